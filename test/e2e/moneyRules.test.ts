import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fullShop } from '../../sandbox/demoShop';
import { methodButton } from '../../sandbox/once';
import { atProvider, balanceOf, expire, latestPayment, movements, openPayment, tellTelegram } from '../support/buying';
import { post } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

describe('the rules of money', () => {
  let shop: TestShop;
  let telegramId = 41_000;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: fullShop });
    await until('the coin has a price', async () => {
      const row: object | undefined = await shop.db('rates').first('unit_price');
      return row;
    });
  });
  afterAll(() => shop.close());

  function person(): { telegramId: number; buyer: ReturnType<TestShop['buyer']> } {
    telegramId += 1;
    return { telegramId, buyer: shop.buyer(telegramId) };
  }

  async function grants(userId: number): Promise<number> {
    return (await shop.db('grants').join('subscriptions', 'subscriptions.id', 'grants.subscription_id').where({ user_id: userId })).length;
  }

  async function setPrice(minor: number): Promise<void> {
    await shop.db('plans').where({ id: 'month' }).update({ price_minor: minor });
  }

  it('E5: two attempts of one order both paid: one delivery, the other is balance, and the buyer is told', async () => {
    const who = person();
    const first = await openPayment(shop, { ...who, provider: 'yookassa' });
    await who.buyer.press(/Другой способ/);
    await who.buyer.press(methodButton('cryptopay'));
    const second = await until('a second attempt is open', async () => {
      const payment = await latestPayment(shop, who.telegramId);
      return payment?.id !== first.id && payment?.state === 'pending' ? payment : undefined;
    });
    expect(second.order_id).toBe(first.order_id);
    await Promise.all([
      atProvider(shop, { action: 'pay', paymentId: first.id }),
      atProvider(shop, { action: 'pay', paymentId: second.id }),
    ]);
    await who.buyer.see(/Оплата пришла второй раз.*299/);
    await who.buyer.see(/Доступ открыт до/);
    expect(await grants(first.user_id)).toBe(1);
    expect(await balanceOf(shop, first.user_id)).toBe(29_900);
    const winner = (await movements(shop, first.order_id)).filter((line) => line.startsWith('order')).join();
    expect(winner).toBe('order → sales 29900');
  });

  it('E5: a Stars invoice paid twice: the second is balance at the price of the order', async () => {
    const who = person();
    const payment = await openPayment(shop, { ...who, provider: 'stars' });
    const row: { pay_url: string } = await shop.db('payments').where({ id: payment.id }).first('pay_url');
    const pay = (): Promise<number> =>
      tellTelegram(shop, who.telegramId, {
        successful_payment: {
          currency: 'XTR',
          total_amount: payment.asked_minor,
          invoice_payload: payment.id,
          telegram_payment_charge_id: `again-${payment.id}`,
        },
      });
    await post(`${shop.sandbox.url}/sandbox/users/${who.telegramId}/stars-payments`, { url: row.pay_url });
    await who.buyer.see(/Доступ открыт до/);
    await pay();
    await pay();
    await who.buyer.see(/Оплата пришла второй раз.*299/);
    expect(await grants(payment.user_id)).toBe(1);
    expect(await balanceOf(shop, payment.user_id)).toBe(29_900);
  });

  it('E4: paid after expiry at the same price is delivered', async () => {
    const who = person();
    const payment = await openPayment(shop, { ...who, provider: 'yookassa' });
    await expire(shop, payment);
    await atProvider(shop, { action: 'pay', paymentId: payment.id });
    await who.buyer.see(/Доступ открыт до/);
    expect(await movements(shop, payment.order_id)).toEqual(['order → sales 29900', 'yookassa → order 29900']);
  });

  it('E4: paid after expiry at a changed price, long after: everything is balance, and the buyer is told', async () => {
    const who = person();
    const payment = await openPayment(shop, { ...who, provider: 'yookassa' });
    await expire(shop, payment);
    await shop
      .db('orders')
      .where({ id: payment.order_id })
      .update({ created_at: new Date(Date.now() - 2 * 86_400_000) });
    await setPrice(39_900);
    await atProvider(shop, { action: 'pay', paymentId: payment.id });
    await who.buyer.see(/когда заказ был уже закрыт.*299/);
    await setPrice(29_900);
    expect(await grants(payment.user_id)).toBe(0);
    expect(await movements(shop, payment.order_id)).toEqual(['yookassa → user 29900']);
  });

  it('E22: paid by a banned user: balance, no access, and the operator is told', async () => {
    const who = person();
    const payment = await openPayment(shop, { ...who, provider: 'yookassa' });
    await shop.db('users').where({ id: payment.user_id }).update({ is_banned: true });
    await atProvider(shop, { action: 'pay', paymentId: payment.id });
    await until('the money is balance', async () => (await balanceOf(shop, payment.user_id)) === 29_900);
    await who.buyer.see(/когда заказ был уже закрыт.*299/);
    expect(await grants(payment.user_id)).toBe(0);
    expect(await movements(shop, payment.order_id)).toEqual(['yookassa → user 29900']);
    const alerts: readonly object[] = await shop.db('alerts').where({ key: `banned-money:${payment.id}` });
    expect(alerts).toHaveLength(1);
  });

  it.each(['heleket', 'ton', 'yoomoney'])(
    'E2: underpaid at %s, told what is missing, then completed and delivered once',
    async (provider) => {
      const who = person();
      const payment = await openPayment(shop, { ...who, provider });
      const digits = provider === 'ton' ? 9 : 2;
      const half = (Math.floor(payment.asked_minor / 2) / 10 ** digits).toFixed(digits);
      await atProvider(shop, { action: 'pay', paymentId: payment.id, body: { amount: half } });
      await who.buyer.see(/Пришло только/);
      await who.buyer.see(/Ждём оплату[^]*Доплатите/);
      expect(await grants(payment.user_id)).toBe(0);
      await atProvider(shop, { action: 'pay', paymentId: payment.id });
      await who.buyer.see(/Доступ открыт до/);
      expect(await grants(payment.user_id)).toBe(1);
      const sold = (await movements(shop, payment.order_id)).filter((line) => line.endsWith('sales 29900'));
      expect(sold).toEqual(['order → sales 29900']);
      expect(await balanceOf(shop, payment.user_id)).toBe(0);
    },
  );

  it('E2: underpaid and closed: what came is balance', async () => {
    const who = person();
    const payment = await openPayment(shop, { ...who, provider: 'heleket' });
    await atProvider(shop, { action: 'pay', paymentId: payment.id, body: { amount: '100.00' } });
    await who.buyer.see(/Пришло только/);
    await expire(shop, payment);
    await who.buyer.see(/снова на вашем балансе/);
    expect(await balanceOf(shop, payment.user_id)).toBe(10_000);
    expect(await movements(shop, payment.order_id)).toEqual(['heleket → order 10000', 'order → user 10000']);
  });

  it('E3: overpaid: delivered, the excess is balance, and the buyer is told', async () => {
    const who = person();
    const payment = await openPayment(shop, { ...who, provider: 'yoomoney' });
    await atProvider(shop, { action: 'pay', paymentId: payment.id, body: { amount: '500.00' } });
    await who.buyer.see(/Пришло больше, чем нужно.*201/);
    await who.buyer.see(/Доступ открыт до/);
    expect(await movements(shop, payment.order_id)).toEqual(['order → sales 29900', 'order → user 20100', 'yoomoney → order 50000']);
  });

  it('a top-up becomes balance; balance and card pay one order together', async () => {
    const who = person();
    await who.buyer.say('/balance');
    await who.buyer.press(/Пополнить/);
    await who.buyer.press(/^100/);
    await who.buyer.press(methodButton('yookassa'));
    const topup = await until('the top-up is open', async () => {
      const payment = await latestPayment(shop, who.telegramId);
      return payment?.state === 'pending' ? payment : undefined;
    });
    await atProvider(shop, { action: 'pay', paymentId: topup.id });
    await who.buyer.see(/100.*на вашем балансе/);
    expect(await movements(shop, topup.order_id)).toEqual(['order → user 10000', 'yookassa → order 10000']);

    await who.buyer.say('/start');
    await who.buyer.press(/^1 месяц/);
    await who.buyer.press(/Списать 100/);
    await who.buyer.see(/останется заплатить 199/);
    await who.buyer.press(methodButton('yookassa'));
    const mixed = await until('the mixed order is open', async () => {
      const payment = await latestPayment(shop, who.telegramId);
      return payment?.id !== topup.id && payment?.state === 'pending' ? payment : undefined;
    });
    expect(mixed.asked_minor).toBe(19_900);
    expect(await balanceOf(shop, mixed.user_id)).toBe(0);
    await atProvider(shop, { action: 'pay', paymentId: mixed.id });
    await who.buyer.see(/Доступ открыт до/);
    expect(await movements(shop, mixed.order_id)).toEqual(['order → sales 29900', 'user → order 10000', 'yookassa → order 19900']);
  });

  it('a mixed order that expires gives the balance back, and its late money still buys while the balance has its part', async () => {
    const who = person();
    await who.buyer.say('/start');
    await who.buyer.see(/Выберите тариф/);
    const user: { id: number } = await shop.db('users').where({ telegram_id: who.telegramId }).first('id');
    await shop.db('balances').insert({ user_id: user.id, currency: 'RUB', amount_minor: 10_000 });
    await who.buyer.press(/^1 месяц/);
    await who.buyer.press(/Списать 100/);
    await who.buyer.see(/останется заплатить 199/);
    await who.buyer.press(methodButton('yookassa'));
    const payment = await until('the mixed order is open', async () => {
      const found = await latestPayment(shop, who.telegramId);
      return found?.state === 'pending' ? found : undefined;
    });
    await expire(shop, payment);
    await who.buyer.see(/снова на вашем балансе/);
    expect(await balanceOf(shop, user.id)).toBe(10_000);
    await atProvider(shop, { action: 'pay', paymentId: payment.id });
    await who.buyer.see(/Доступ открыт до/);
    expect(await balanceOf(shop, user.id)).toBe(0);
    expect(await movements(shop, payment.order_id)).toEqual([
      'order → sales 29900',
      'order → user 10000',
      'user → order 10000',
      'user → order 10000',
      'yookassa → order 19900',
    ]);
  });

  it('no balance and no order is off: everything adds up', async () => {
    const held: readonly object[] = await shop.db('orders').where('held_minor', '>', 0).whereNot({ state: 'open' });
    expect(held).toEqual([]);
    const sums: { rows: readonly { bad: string }[] } = await shop.db.raw(
      `select o.id as bad from orders o where o.held_minor <> coalesce((select sum(case when t.to_account = 'order:' || o.id
         then t.amount_minor else -t.amount_minor end) from transactions t where ('order:' || o.id) in (t.from_account, t.to_account)), 0)`,
    );
    expect(sums.rows).toEqual([]);
  });
});
