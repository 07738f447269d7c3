import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultTechnicalTimes } from '../../src/domain/policy';
import { createShop } from '../../src/temporal/shop';
import { bookOf, movements, refundOf } from '../support/buying';
import { fault, orderByCard, panelClients, post, untilFulfilled } from '../support/facts';
import { openSplitShop, type SplitShop } from '../support/processes';
import type { TestShop } from '../support/shop';
import { unlessUnavailable, until } from '../support/until';

interface KillPoint {
  readonly name: string;
  /** Makes the moment long enough to be hit. */
  readonly slow: { readonly target: string; readonly operation: string; readonly mode: 'slow' | 'late' };
  /** Whether the moment has come. */
  readonly reached: (shop: TestShop) => Promise<boolean>;
}

async function has(shop: TestShop, table: string, where: Readonly<Record<string, unknown>>): Promise<boolean> {
  const row: unknown = await shop.db(table).where(where).first();
  return row !== undefined;
}

async function refundedAtProvider(shop: TestShop): Promise<boolean> {
  const payment: { id: string } = await shop.db('payments').first('id');
  return (await bookOf(shop, payment.id)).refunded === '299.00';
}

const points: readonly KillPoint[] = [
  {
    name: 'the refund is decided, the provider not asked',
    slow: { target: 'yookassa', operation: 'refund', mode: 'slow' },
    reached: (shop) => has(shop, 'refunds', { state: 'requested' }),
  },
  {
    name: 'the money is on its way, the answer not there',
    slow: { target: 'yookassa', operation: 'refund', mode: 'late' },
    reached: refundedAtProvider,
  },
  {
    name: 'the access is being taken from the panel',
    slow: { target: 'panel:main', operation: 'updateClient', mode: 'slow' },
    reached: (shop) => has(shop, 'operations', { state: 'open' }),
  },
  {
    name: 'the panel is done, the workflow not told',
    slow: { target: 'panel:main', operation: 'updateClient', mode: 'late' },
    reached: async (shop) => (await panelClients(shop)).some((client) => !client.enable),
  },
  {
    name: 'the money is booked, the buyer not told',
    slow: { target: 'telegram', operation: 'sendMessage', mode: 'slow' },
    reached: (shop) => has(shop, 'payments', { state: 'refunded' }),
  },
];

describe.each(points)('kill -9 of the worker when $name', ({ slow, reached }) => {
  let split: SplitShop;
  let shop: TestShop;
  beforeAll(async () => {
    split = await openSplitShop('worker');
    shop = split.shop;
  });
  afterAll(() => split.close());

  it('gives the money back once and leaves no access', async () => {
    const buyer = shop.buyer();
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Доступ открыт до/, 90_000);
    await untilFulfilled(shop);
    const order: { id: string; user_id: number } = await shop.db('orders').first('id', 'user_id');
    await fault(shop, { ...slow, delayMs: 2_000, count: 1 });
    const port = createShop(shop.temporal, { times: defaultTechnicalTimes, searchAttributes: () => false });
    const wish = refundOf({ id: paymentId, order_id: order.id, user_id: order.user_id });
    // The answer may come from the second worker; the wish itself is kept either way.
    const asked = port.refundOrder(wish).catch(unlessUnavailable);
    await until('the moment has come', () => reached(shop));
    await split.kill();
    split.start();
    await asked;
    await until('the refund is done', () => has(shop, 'refunds', { state: 'done' }), 90_000);
    await until('the panel work is done', async () => !(await has(shop, 'operations', { state: 'open' })), 90_000);

    expect(await bookOf(shop, paymentId)).toEqual({ received: '299.00', refunded: '299.00' });
    expect(await movements(shop, order.id)).toEqual(['order → sales 29900', 'sales → yookassa 29900', 'yookassa → order 29900']);
    expect(await shop.db('refunds')).toHaveLength(1);
    expect(await shop.db('refund_parts')).toHaveLength(1);
    expect(await shop.db('grants').where({ kind: 'refund' })).toHaveLength(1);
    expect((await panelClients(shop)).filter((client) => client.enable)).toEqual([]);
    const again = await until(
      'the same wish is answered',
      // While the workflow waits for what the killed worker had begun, the port says so and may be asked again.
      () => port.refundOrder(wish).catch(unlessUnavailable),
      90_000,
    );
    expect(again.outcome).toBe('done');
    expect(await shop.db('refunds')).toHaveLength(1);
    const told = (await buyer.chat()).filter((message) => /возвращаются к вам/.test(message.html));
    expect(told.length).toBeLessThanOrEqual(1);
  });
});
