import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { counts, fault, orderByCard, panelClients, post, untilFulfilled } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

async function feedStatus(shop: TestShop): Promise<number | undefined> {
  const row: { token: string } | undefined = await shop.db('subscriptions').first('token');
  return row === undefined ? undefined : (await fetch(`${shop.apiUrl}/sub/${row.token}`)).status;
}

describe('an order whose panel is in trouble', () => {
  let shop: TestShop;
  beforeEach(async () => {
    shop = await openTestShop({ tuning: { policy: { patienceMs: 1_000, secondLookMs: 300, idleMs: 60_000 } } });
  });
  afterEach(() => shop.close());

  const troubles: readonly { readonly name: string; readonly mode: string; readonly operation?: string; readonly count: number }[] = [
    { name: 'answers a web page', mode: 'html', count: 6 },
    { name: 'answers success:false', mode: 'success-false', count: 6 },
    { name: 'answers 500 with an empty body after half the work', mode: 'half-500', operation: 'addClient', count: 2 },
    { name: 'does the work and drops the answer', mode: 'drop', operation: 'addClient', count: 2 },
    { name: 'loses a write that it confirmed', mode: 'lost-write', operation: 'addClient', count: 2 },
    { name: 'forgets the session', mode: 'session-lost', operation: 'list', count: 1 },
  ];

  it.each(troubles)('finishes by itself, once, when the panel $name', async ({ mode, operation, count }) => {
    await fault(shop, { target: 'panel:main', mode, count, ...(operation === undefined ? {} : { operation }) });
    const buyer = shop.buyer();
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Доступ открыт до/, 60_000);
    await untilFulfilled(shop);
    expect((await panelClients(shop)).map((client) => client.inboundId)).toEqual([1, 2]);
    expect(await counts(shop.db)).toEqual({ orders: 1, payments: 1, charges: 1, grants: 1, subscriptions: 1, transactions: 2 });
  });

  it('tells the buyer while the panel refuses, keeps the feed at 200, and lets a renewal made meanwhile stand', async () => {
    await fault(shop, { target: 'panel:main', mode: 'refuse' });
    const buyer = shop.buyer();
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Сервер временно не отвечает/);
    expect(await feedStatus(shop)).toBe(200);
    await buyer.say('/my');
    await buyer.press(/^Продлить/);
    await until('the renewal has its page', async () => (await shop.db('payments').whereNotNull('pay_url')).length === 2);
    const renewal: { id: string } = await shop.db('payments').orderBy('created_at', 'desc').first('id');
    await post(`${shop.sandbox.url}/sandbox/payments/${renewal.id}/pay`);
    await until('both are granted', async () => (await shop.db('grants')).length === 2);
    expect(await feedStatus(shop)).toBe(200);
    await fault(shop, { target: 'panel:main', mode: null });
    await untilFulfilled(shop, 2);
    const subscription: { ends_at: Date } = await shop.db('subscriptions').first('ends_at');
    await until('the panel holds the newer end', async () => {
      const clients = await panelClients(shop);
      return clients.length === 2 && clients.every((client) => client.expiryTime === subscription.ends_at.getTime());
    });
    const grants: readonly { end_before: Date | null; end_after: Date }[] = await shop.db('grants').orderBy('sequence');
    expect(grants[1]?.end_before).toEqual(grants[0]?.end_after);
    expect(grants[1]?.end_after).toEqual(subscription.ends_at);
  });
});
