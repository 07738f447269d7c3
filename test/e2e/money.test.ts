import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { counts, fault, orderByCard, post, untilFulfilled } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

interface UserRow {
  readonly id: number;
}

describe('money', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop();
  });
  afterAll(() => shop.close());

  async function userOf(telegramId: number): Promise<UserRow> {
    return shop.db('users').where({ telegram_id: telegramId }).first('id');
  }

  it('is found by asking when no webhook ever comes', async () => {
    await post(`${shop.sandbox.url}/sandbox/yookassa/settings`, { webhooks: false });
    const buyer = shop.buyer(8_001);
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Доступ открыт до/);
    await post(`${shop.sandbox.url}/sandbox/yookassa/settings`, { webhooks: true });
  });

  it('finds its payment when the webhook comes before the invoice was answered', async () => {
    const buyer = shop.buyer(8_002);
    await fault(shop, { target: 'yookassa', mode: 'slow', operation: 'create', count: 1, delayMs: 0 });
    await fault(shop, { target: 'yookassa', mode: 'drop', operation: 'create', count: 1 });
    await buyer.say('/start');
    await buyer.press(/^1 месяц/);
    await buyer.press(/Карта или СБП/);
    const user = await until('the user is there', () => userOf(8_002));
    const payment = await until('the payment is there', async () => {
      const row: { id: string } | undefined = await shop.db('payments').where({ user_id: user.id }).first('id');
      return row;
    });
    await until('the provider has it', async () => (await post(`${shop.sandbox.url}/sandbox/payments/${payment.id}/pay`)) === 200);
    await buyer.see(/Доступ открыт до/);
    expect(await shop.db('charges').where({ payment_id: payment.id })).toHaveLength(1);
  });

  it('of a superseded order is not lost: what it was for is delivered, the rival order makes way', async () => {
    const buyer = shop.buyer(8_003);
    const { paymentId } = await orderByCard(shop, buyer);
    await orderByCard(shop, buyer, /^3 месяца/);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Доступ открыт до/);
    const user = await userOf(8_003);
    const orders: readonly { plan_id: string; state: string }[] = await shop
      .db('orders')
      .where({ user_id: user.id })
      .orderBy('created_at')
      .select('plan_id', 'state');
    expect(orders).toEqual([
      { plan_id: 'month', state: 'paid' },
      { plan_id: 'quarter', state: 'superseded' },
    ]);
  });

  it('of a second attempt at a paid order becomes balance, and the balance buys the next plan', async () => {
    const buyer = shop.buyer(8_004);
    const first = await orderByCard(shop, buyer);
    const second = await orderByCard(shop, buyer, /^3 месяца/);
    await post(`${shop.sandbox.url}/sandbox/payments/${second.paymentId}/pay`);
    await buyer.see(/Доступ открыт до/);
    await post(`${shop.sandbox.url}/sandbox/payments/${first.paymentId}/pay`);
    const user = await userOf(8_004);
    await until('the first payment is balance', async () => {
      const row: { amount_minor: number } | undefined = await shop.db('balances').where({ user_id: user.id }).first('amount_minor');
      return row?.amount_minor === 29_900;
    });
    await buyer.see(/лежат на вашем балансе/);
    await buyer.say('/my');
    await buyer.press(/Купить ещё одну/);
    await buyer.press(/^1 месяц/);
    await buyer.press(/С баланса/);
    await until('two subscriptions are live', async () => (await shop.db('subscriptions').where({ user_id: user.id })).length === 2);
    const balance: { amount_minor: number } = await shop.db('balances').where({ user_id: user.id }).first('amount_minor');
    expect(balance.amount_minor).toBe(0);
  });

  it('that comes after the order expired is delivered, and the buyer is told', async () => {
    const buyer = shop.buyer(8_005);
    const { paymentId } = await orderByCard(shop, buyer);
    const user = await userOf(8_005);
    await shop
      .db('orders')
      .where({ user_id: user.id })
      .update({ expires_at: new Date(Date.now() - 1_000) });
    await shop.temporal.workflow.getHandle(`user-${user.id}`).signal('resync', { v: 1 });
    await buyer.see(/Время на оплату вышло/);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Доступ открыт до/);
  });

  it('in another currency buys nothing and waits for the operator', async () => {
    const before = await counts(shop.db);
    const buyer = shop.buyer(8_007);
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`, { currency: 'USD' });
    await until('the money is in quarantine', async () => (await shop.db('quarantine').where({ payment_id: paymentId })).length === 1);
    const after = await counts(shop.db);
    expect(after.grants).toBe(before.grants);
    expect(after.subscriptions).toBe(before.subscriptions);
    const operator = await until('the operator was told', async () => {
      const calls = (await (await fetch(`${shop.sandbox.url}/sandbox/telegram/calls`)).json()) as { method: string; chatId?: number }[];
      return calls.find((call) => call.method === 'sendMessage' && call.chatId === 900);
    });
    expect(operator.chatId).toBe(900);
  });

  it('moves in pairs: what sales, buyers and quarantine hold is what the provider took', async () => {
    const rows: readonly { currency: string; from_account: string; to_account: string; amount_minor: number }[] =
      await shop.db('transactions');
    const charged: { sum?: string | number } | undefined = await shop
      .db('charges')
      .where({ currency: 'RUB' })
      .sum({ sum: 'amount_minor' })
      .first();
    const fromProvider = rows.filter((row) => row.from_account === 'provider:yookassa' && row.to_account !== 'quarantine');
    expect(fromProvider.reduce((sum, row) => sum + row.amount_minor, 0)).toBe(Number(charged?.sum));
    const balances: readonly { user_id: number; amount_minor: number }[] = await shop.db('balances');
    for (const balance of balances) {
      const account = `user:${balance.user_id}`;
      const net = rows.reduce(
        (sum, row) => sum + (row.to_account === account ? row.amount_minor : 0) - (row.from_account === account ? row.amount_minor : 0),
        0,
      );
      expect(balance.amount_minor).toBe(net);
    }
  });

  it('paid in Stars is checked, taken and delivered; found by the list when its update got lost', async () => {
    const fulfilled: readonly unknown[] = await shop.db('orders').where({ fulfilment: 'fulfilled' });
    for (const [index, lost] of [false, true].entries()) {
      const telegramId = 8_010 + index;
      const buyer = shop.buyer(telegramId);
      await buyer.say('/start');
      await buyer.press(/^1 месяц/);
      await buyer.press(/Telegram Stars/);
      await buyer.see(/Ждём оплату/);
      const url = (await buyer.press(/^Оплатить/)) ?? '';
      const wrong = await fetch(`${shop.sandbox.url}/sandbox/users/${telegramId}/stars-payments`, {
        method: 'POST',
        body: JSON.stringify({ url, amount: 1 }),
      });
      expect(await wrong.json()).toMatchObject({ ok: false });
      const stranger = await fetch(`${shop.sandbox.url}/sandbox/users/8099/stars-payments`, {
        method: 'POST',
        body: JSON.stringify({ url }),
      });
      expect(await stranger.json()).toMatchObject({ ok: false });
      const paid = await fetch(`${shop.sandbox.url}/sandbox/users/${telegramId}/stars-payments`, {
        method: 'POST',
        body: JSON.stringify({ url, lost }),
      });
      expect(await paid.json()).toMatchObject({ ok: true });
      await buyer.see(/Доступ открыт до/);
    }
    await untilFulfilled(shop, fulfilled.length + 2);
    const exchanged: readonly { amount_minor: number }[] = await shop.db('transactions').where({ kind: 'exchange' });
    expect(exchanged.map((row) => row.amount_minor)).toEqual([167, 167]);
  });
});
