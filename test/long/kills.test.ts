import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { counts, fault, panelClients, post, untilFulfilled } from '../support/facts';
import { openSplitShop, type SplitShop } from '../support/processes';
import type { TestShop } from '../support/shop';
import { until } from '../support/until';

interface KillPoint {
  readonly name: string;
  /** Makes the moment long enough to be hit. */
  readonly slow?: { readonly target: string; readonly operation: string };
  /** Whether the moment has come. */
  readonly reached: (shop: TestShop) => Promise<boolean>;
  /** The buyer pays before the worker is killed. */
  readonly paid: boolean;
}

async function has(shop: TestShop, table: string, where: Readonly<Record<string, unknown>> = {}): Promise<boolean> {
  const row: unknown = await shop.db(table).where(where).first();
  return row !== undefined;
}

async function panelCalled(shop: TestShop, operation: string): Promise<boolean> {
  const calls = (await (await fetch(`${shop.sandbox.url}/sandbox/panels/main/calls`)).json()) as Record<string, number>;
  return (calls[operation] ?? 0) > 0;
}

const points: readonly KillPoint[] = [
  {
    name: 'the order is written, the provider not asked',
    slow: { target: 'yookassa', operation: 'create' },
    reached: (shop) => has(shop, 'orders'),
    paid: false,
  },
  {
    name: 'the invoice is made, its message not shown',
    slow: { target: 'telegram', operation: 'editMessageText' },
    reached: (shop) => has(shop, 'payments', { state: 'pending' }),
    paid: false,
  },
  {
    name: 'the provider is being asked what the webhook means',
    slow: { target: 'yookassa', operation: 'get' },
    reached: (shop) => has(shop, 'payment_events', { trusted: false }),
    paid: true,
  },
  {
    name: 'the money is booked, the panel not called',
    slow: { target: 'panel:main', operation: 'list' },
    reached: (shop) => has(shop, 'charges'),
    paid: true,
  },
  {
    name: 'the panel is being written',
    slow: { target: 'panel:main', operation: 'addClient' },
    reached: (shop) => panelCalled(shop, 'addClient'),
    paid: true,
  },
  {
    name: 'the panel is done, the link not sent',
    slow: { target: 'telegram', operation: 'sendMessage' },
    reached: (shop) => has(shop, 'operations', { state: 'done' }),
    paid: true,
  },
  {
    name: 'the link is sent, the workflow not told',
    reached: async (shop) => (await shop.db('order_messages').whereNotNull('ready_sent_at').first()) !== undefined,
    paid: true,
  },
];

describe.each(points)('kill -9 of the worker when $name', ({ slow, reached, paid }) => {
  let split: SplitShop;
  let shop: TestShop;
  beforeAll(async () => {
    split = await openSplitShop('worker');
    shop = split.shop;
  });
  afterAll(() => split.close());

  it('leaves one entry per inbound, one grant, and the end that was granted', async () => {
    const buyer = shop.buyer();
    if (slow !== undefined && !paid) await fault(shop, { ...slow, mode: 'slow', delayMs: 2_000, count: 1 });
    await buyer.say('/start');
    await buyer.press(/^1 месяц/);
    await buyer.press(/Карта или СБП/).catch(() => undefined);
    const kill = async (): Promise<void> => {
      await until('the moment has come', () => reached(shop));
      await split.kill();
      split.start();
    };
    if (!paid) await kill();
    const payment = await until(
      'there is an invoice',
      async () => {
        const row: { id: string } | undefined = await shop.db('payments').whereNotNull('pay_url').first('id');
        return row;
      },
      90_000,
    );
    await buyer.see(/Ждём оплату/, 90_000);
    if (slow !== undefined && paid) await fault(shop, { ...slow, mode: 'slow', delayMs: 2_000, count: 1 });
    await post(`${shop.sandbox.url}/sandbox/payments/${payment.id}/pay`);
    if (paid) await kill();
    await buyer.see(/Доступ открыт до/, 90_000);
    await untilFulfilled(shop);
    expect(await counts(shop.db)).toMatchObject({ orders: 1, payments: 1, charges: 1, grants: 1, subscriptions: 1, transactions: 2 });
    const grant: { end_after: Date } = await shop.db('grants').first('end_after');
    const clients = await until('the panel holds both entries', async () => {
      const found = await panelClients(shop);
      return found.length === 2 ? found : undefined;
    });
    expect(clients.map((client) => [client.inboundId, client.expiryTime])).toEqual([
      [1, grant.end_after.getTime()],
      [2, grant.end_after.getTime()],
    ]);
    const chat = await buyer.chat();
    const links = chat.filter((message) => message.from === 'bot' && message.html.includes('/sub/') && message.html.includes('🎉'));
    // A message whose answer was lost may be sent once more, never oftener.
    expect(links.length).toBeGreaterThanOrEqual(1);
    expect(links.length).toBeLessThanOrEqual(2);
  });
});

describe('kill -9 of the bot between two updates with a payment in them', () => {
  let split: SplitShop;
  let shop: TestShop;
  beforeAll(async () => {
    split = await openSplitShop('bot');
    shop = split.shop;
  });
  afterAll(() => split.close());

  it('loses neither: the payment is delivered once after the restart', async () => {
    const id = 6_401;
    const buyer = shop.buyer(id);
    await buyer.say('/start');
    await buyer.press(/^1 месяц/);
    await buyer.press(/Telegram Stars/);
    await buyer.see(/Ждём оплату/);
    const url = (await buyer.press(/^Оплатить/)) ?? '';
    const paying = post(`${shop.sandbox.url}/sandbox/users/${id}/stars-payments`, { url });
    await until('the bot has allowed the payment', async () => {
      const calls = (await (await fetch(`${shop.sandbox.url}/sandbox/telegram/calls`)).json()) as { method: string }[];
      return calls.some((call) => call.method === 'answerPreCheckoutQuery');
    });
    await split.kill();
    await paying;
    await buyer.say('/my');
    split.start();
    await buyer.see(/Доступ открыт до/, 90_000);
    await untilFulfilled(shop);
    expect(await counts(shop.db)).toMatchObject({ orders: 1, charges: 1, grants: 1, subscriptions: 1 });
  });
});
