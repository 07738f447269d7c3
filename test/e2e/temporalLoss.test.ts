import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { counts, orderByCard, post, untilFulfilled } from '../support/facts';
import { createOwnTemporal, type OwnTemporal } from '../support/ownTemporal';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';
import type { Deadline } from '../../src/domain/user';

describe('while Temporal is away', () => {
  let temporal: OwnTemporal;
  let shop: TestShop;
  beforeAll(async () => {
    temporal = await createOwnTemporal();
    await temporal.start();
    shop = await openTestShop({ temporalAddress: temporal.address, namespace: temporal.namespace });
  });
  afterAll(async () => {
    await shop.close();
    await temporal.close();
  });

  it('webhooks are answered 2xx, and delivered when it is back', async () => {
    const buyer = shop.buyer(9_201);
    const { paymentId } = await orderByCard(shop, buyer);
    await temporal.stop();
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await until('the webhook is stored and was answered', async () => {
      const books = (await (await fetch(`${shop.sandbox.url}/sandbox/payments`)).json()) as { deliveries: { status: number }[] }[];
      return books.some((entry) => entry.deliveries.some((delivery) => delivery.status === 200));
    });
    await temporal.start();
    await buyer.see(/Доступ открыт до/, 80_000);
  });

  it('the bot answers, keeps the wish, and completes it later', async () => {
    const buyer = shop.buyer(9_202);
    await buyer.say('/start');
    await buyer.press(/^1 месяц/);
    await buyer.see(/Как удобнее оплатить/);
    await temporal.stop();
    await buyer.press(/Карта или СБП/);
    await buyer.see(/Готовим счёт/, 20_000);
    await buyer.say('/help');
    await buyer.see(/Как подключиться/);
    await temporal.start();
    await buyer.see(/Ждём оплату/, 80_000);
  });

  it('a paid order survives the loss of its whole database after the 2xx, and every live subscription’s workflow comes back with the right deadline', async () => {
    const buyer = shop.buyer(9_203);
    const { paymentId } = await orderByCard(shop, buyer);
    await temporal.stop();
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await until('the event is stored', async () => (await shop.db('payment_events').where({ payment_id: paymentId })).length > 0);
    temporal.lose();
    await temporal.start();
    await buyer.see(/Доступ открыт до/, 80_000);
    await untilFulfilled(shop, 2);
    expect(await counts(shop.db)).toMatchObject({ grants: 2, charges: 2, subscriptions: 2 });
    const subscriptions: readonly { id: string; user_id: number; ends_at: Date }[] = await shop.db('subscriptions');
    for (const subscription of subscriptions) {
      const deadlines = await until(`the workflow of user ${subscription.user_id} knows its deadline`, async () => {
        try {
          return await shop.temporal.workflow.getHandle(`user-${subscription.user_id}`).query<readonly Deadline[]>('getDeadlines');
        } catch {
          return undefined;
        }
      });
      expect(deadlines).toContainEqual({
        kind: 'subscriptionEnds',
        subscriptionId: subscription.id,
        at: subscription.ends_at.toISOString(),
      });
    }
  });

  it('14: Stars: another sum, currency or person and a late payer are refused within 10 s, and the right one is let through', async () => {
    const id = 9_204;
    const buyer = shop.buyer(id);
    await buyer.say('/start');
    await buyer.press(/^1 месяц/);
    await buyer.press(/Telegram Stars/);
    await buyer.see(/Ждём оплату/);
    const url = (await buyer.press(/^Оплатить/)) ?? '';
    const payment: { id: string; deadline: Date } = await shop.db('payments').where({ pay_url: url }).first('id', 'deadline');
    await temporal.stop();
    const attempt = async (payer: number, changes: object = {}): Promise<{ ok: boolean; isQuick: boolean }> => {
      const begin = Date.now();
      const body = JSON.stringify({ url, ...changes });
      const reply = await fetch(`${shop.sandbox.url}/sandbox/users/${payer}/stars-payments`, { method: 'POST', body });
      const { ok } = (await reply.json()) as { ok: boolean };
      return { ok, isQuick: Date.now() - begin < 10_000 };
    };
    const refused = { ok: false, isQuick: true };
    expect(await attempt(id, { amount: 1 })).toEqual(refused);
    expect(await attempt(id, { currency: 'RUB' })).toEqual(refused);
    expect(await attempt(9_299)).toEqual(refused);
    await shop
      .db('payments')
      .where({ id: payment.id })
      .update({ deadline: new Date(Date.now() - 1_000) });
    expect(await attempt(id)).toEqual(refused);
    await shop.db('payments').where({ id: payment.id }).update({ deadline: payment.deadline });
    expect(await attempt(id)).toEqual({ ok: true, isQuick: true });
    await temporal.start();
    await buyer.see(/Доступ открыт до/, 80_000);
  });
});
