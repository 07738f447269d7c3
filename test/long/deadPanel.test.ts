import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { counts, fault, orderByCard, panelClients, post, untilFulfilled } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';

const deadMs = 30_000;

describe('a panel that refuses connections for 30 s', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop();
  });
  afterAll(() => shop.close());

  it('costs no order, and the feed answers 200 all the time', async () => {
    await fault(shop, { target: 'panel:main', mode: 'refuse' });
    const buyer = shop.buyer();
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Сервер временно не отвечает/);
    const { token }: { token: string } = await shop.db('subscriptions').first('token');
    const statuses: number[] = [];
    // The duration is the subject of this test.
    for (const end = Date.now() + deadMs; Date.now() < end; await wait(250))
      statuses.push((await fetch(`${shop.apiUrl}/sub/${token}`)).status);
    expect(new Set(statuses)).toEqual(new Set([200]));
    await fault(shop, { target: 'panel:main', mode: null });
    await buyer.see(/Доступ открыт до/);
    await untilFulfilled(shop);
    expect(await counts(shop.db)).toEqual({ orders: 1, payments: 1, charges: 1, grants: 1, subscriptions: 1, transactions: 2 });
    expect(await panelClients(shop)).toHaveLength(2);
  });
});
