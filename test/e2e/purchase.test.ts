import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { counts, orderByCard, panelClients, post, untilFulfilled } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';
import { connectTemporal } from '../../src/temporal/connection';
import { createShop } from '../../src/temporal/shop';
import { defaultTechnicalTimes } from '../../src/domain/policy';

describe('a purchase', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop({ tuning: { policy: { continueAsNewEvents: 60 } } });
  });
  afterAll(() => shop.close());

  it('goes from /start to a feed that names the paid end, with one entry per inbound on the panel', async () => {
    const buyer = shop.buyer();
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    const link = await buyer.seeLink();
    const feed = await fetch(link);
    const nodes = Buffer.from(await feed.text(), 'base64')
      .toString('utf8')
      .split('\n');
    expect(feed.status).toBe(200);
    expect(nodes).toHaveLength(2);
    const subscription: { ends_at: Date } = await shop.db('subscriptions').first('ends_at');
    expect(feed.headers.get('subscription-userinfo')).toBe(
      `upload=0; download=0; total=0; expire=${Math.floor(subscription.ends_at.getTime() / 1000)}`,
    );
    const clients = await panelClients(shop);
    expect(clients.map((client) => [client.inboundId, client.enable, client.expiryTime])).toEqual([
      [1, true, subscription.ends_at.getTime()],
      [2, true, subscription.ends_at.getTime()],
    ]);
    await untilFulfilled(shop);
    expect(await counts(shop.db)).toEqual({ orders: 1, payments: 1, charges: 1, grants: 1, subscriptions: 1, transactions: 2 });
  });

  it('stays one when the same webhook comes 20 times at once', async () => {
    const payment: { external_id: string } = await shop.db('payments').first('external_id');
    const before = await counts(shop.db);
    const clients = await panelClients(shop);
    const body = { type: 'notification', event: 'payment.succeeded', object: { id: payment.external_id } };
    const statuses = await Promise.all(Array.from({ length: 20 }, () => post(`${shop.apiUrl}/webhooks/yookassa`, body)));
    // At most 16 are taken at once; the others are told to come again, and do.
    expect(statuses.every((status) => status === 200 || status === 503)).toBe(true);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(1);
    await until('every event is applied', async () => {
      const open: unknown = await shop.db('payment_events').whereNull('applied_at').first('id');
      return open === undefined;
    });
    expect(await counts(shop.db)).toEqual(before);
    expect(await panelClients(shop)).toEqual(clients);
  });

  it('makes one order and one provider payment when the pay button is pressed 10 times at once', async () => {
    const buyer = shop.buyer(7_001);
    await buyer.say('/start');
    await buyer.press(/^1 месяц/);
    const choice = await buyer.see(/Как удобнее оплатить/);
    const presses = Array.from({ length: 10 }, () =>
      post(`${shop.sandbox.url}/sandbox/users/7001/presses`, { messageId: choice.id, button: '💳 Карта или СБП' }),
    );
    await Promise.all(presses);
    await buyer.see(/Ждём оплату/);
    await until('all presses are handled', async () => {
      const open: unknown = await shop.db('telegram_updates').where({ telegram_user_id: 7_001 }).whereNull('handled_at').first('update_id');
      return open === undefined;
    });
    const user: { id: number } = await shop.db('users').where({ telegram_id: 7_001 }).first('id');
    expect(await shop.db('orders').where({ user_id: user.id })).toHaveLength(1);
    expect(await shop.db('payments').where({ user_id: user.id })).toHaveLength(1);
    const books = (await (await fetch(`${shop.sandbox.url}/sandbox/payments`)).json()) as { reference: string }[];
    const mine: { id: string } = await shop.db('payments').where({ user_id: user.id }).first('id');
    expect(books.filter((entry) => entry.reference === mine.id)).toHaveLength(1);
  });

  it('handles two updates with one id once', async () => {
    const message = {
      message_id: 900_001,
      date: 1,
      chat: { id: 7_002, type: 'private' },
      from: { id: 7_002, is_bot: false, first_name: 'A' },
      text: '/help',
      entities: [{ type: 'bot_command', offset: 0, length: 5 }],
    };
    await shop.buyer(7_002).say('/start');
    await shop.buyer(7_002).see(/Выберите тариф/);
    for (let copy = 0; copy < 2; copy += 1)
      await post(`${shop.sandbox.url}/sandbox/telegram/updates`, { update: { update_id: 5_000_001, message } });
    await shop.buyer(7_002).see(/Как подключиться/);
    await shop.buyer(7_002).say('/terms');
    await shop.buyer(7_002).see(/Доступ выдаётся/);
    const chat = await shop.buyer(7_002).chat();
    expect(chat.filter((entry) => entry.from === 'bot' && entry.html.includes('Как подключиться'))).toHaveLength(1);
  });

  it('answers the same request key the same before and after a continue-as-new', async () => {
    const user: { id: number } = await shop.db('users').where({ telegram_id: 7_002 }).first('id');
    const client = connectTemporal({ address: shop.engines.temporalAddress, namespace: shop.config.temporalNamespace });
    const port = createShop(client, { times: defaultTechnicalTimes, searchAttributes: () => true });
    const first = await port.openOrder({ userId: user.id, key: 'same-key', planId: 'month', provider: 'yookassa' });
    const handle = client.workflow.getHandle(`user-${user.id}`);
    const run = (await handle.describe()).runId;
    for (let round = 0; (await handle.describe()).runId === run; round += 1) {
      expect(round).toBeLessThan(60);
      await port.openOrder({ userId: user.id, key: `other-${round}`, planId: round % 2 === 0 ? 'quarter' : 'month', provider: 'yookassa' });
    }
    const orders = await shop.db('orders').where({ user_id: user.id });
    const again = await port.openOrder({ userId: user.id, key: 'same-key', planId: 'month', provider: 'yookassa' });
    expect(again).toEqual(first);
    expect(await shop.db('orders').where({ user_id: user.id })).toHaveLength(orders.length);
    await client.connection.close();
  });
});
