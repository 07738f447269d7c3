import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fullShop } from '../../sandbox/demoShop';
import type { Buyer } from '../../sandbox/buyer';
import { createShop, type Shop } from '../../src/temporal/shop';
import { exhaust } from '../../src/db/traffic';
import { defaultTechnicalTimes } from '../../src/domain/policy';
import { balanceOf, latestPayment, movements, refundOf, tellTelegram } from '../support/buying';
import { post } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

const dayMs = 86_400_000;

interface Agreed {
  readonly buyer: Buyer;
  readonly telegramId: number;
  readonly userId: number;
  readonly orderId: string;
  readonly paymentId: string;
  readonly url: string;
}

describe('a Stars subscription', () => {
  let shop: TestShop;
  let port: Shop;
  let lastId = 61_000;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: fullShop.replace('price: 299\n', 'price: 299\n    traffic: 10 GB\n') });
    port = createShop(shop.temporal, { times: defaultTechnicalTimes, searchAttributes: () => false });
  });
  afterAll(() => shop.close());

  function telegram(who: Agreed, action: string, body: object = {}): Promise<number> {
    return post(`${shop.sandbox.url}/sandbox/users/${who.telegramId}/${action}`, { url: who.url, ...body });
  }

  async function agreed(): Promise<Agreed> {
    lastId += 1;
    const telegramId = lastId;
    const buyer = shop.buyer(telegramId);
    await buyer.say('/start');
    await buyer.press(/^1 месяц/);
    await buyer.press(/Stars.*продл/i);
    await buyer.press(/Соглас/);
    await buyer.see(/Ждём оплату/);
    const url = (await buyer.press(/^Оплатить/)) ?? '';
    const payment = await latestPayment(shop, telegramId);
    if (payment === undefined) throw new Error('there is no payment');
    const who = { buyer, telegramId, userId: payment.user_id, orderId: payment.order_id, paymentId: payment.id, url };
    await telegram(who, 'stars-payments');
    await buyer.see(/Доступ открыт до/);
    await buyer.see(/сохранён для продления\.\s+🔁 Автопродление включено: следующее списание, на ту же сумму/);
    return who;
  }

  async function endOf(userId: number): Promise<number> {
    const row: { ends_at: Date } = await shop.db('subscriptions').where({ user_id: userId }).first('ends_at');
    return row.ends_at.getTime();
  }

  function grants(userId: number): Promise<readonly { kind: string }[]> {
    return shop
      .db('grants')
      .join('subscriptions', 'subscriptions.id', 'grants.subscription_id')
      .where({ user_id: userId })
      .orderBy('sequence')
      .select('kind');
  }

  async function stopped(who: Agreed): Promise<boolean> {
    const stars = (await (await fetch(`${shop.sandbox.url}/sandbox/stars`)).json()) as { stopped: readonly string[] };
    return stars.stopped.includes(who.paymentId);
  }

  it('14: a renewal with the same payload and a new charge extends once, and is told; a lost one is found in the list', async () => {
    const who = await agreed();
    const before = await endOf(who.userId);
    await telegram(who, 'stars-renewals');
    await who.buyer.see(/Списано ⭐ 167.*продлена до/);
    expect((await endOf(who.userId)) - before).toBe(30 * dayMs);
    await telegram(who, 'stars-renewals', { lost: true });
    await until('the lost renewal is found', async () => (await endOf(who.userId)) - before === 60 * dayMs);
    expect((await grants(who.userId)).map((grant) => grant.kind)).toEqual(['purchase', 'renewal', 'renewal']);
    const sold = (await movements(shop, who.orderId)).filter((line) => line.endsWith('sales 29900'));
    expect(sold).toHaveLength(3);
    expect(await balanceOf(shop, who.userId)).toBe(0);
    const told = async (): Promise<number> => (await who.buyer.chat()).filter((message) => /Списано/.test(message.html)).length;
    await until('both renewals are told', async () => (await told()) === 2);
  });

  it('whose traffic was used up is open again with its renewal, and nothing is counted', async () => {
    const who = await agreed();
    const { id }: { id: string } = await shop.db('subscriptions').where({ user_id: who.userId }).first('id');
    const account: { id: string } = await shop.db('panel_accounts').where({ subscription_id: id }).first('id');
    const bytes = 10 * 1024 ** 3;
    await shop.db('account_usage').insert({ panel_account_id: account.id, panel_bytes: bytes, counted_bytes: bytes, seen_at: new Date() });
    await exhaust(shop.db, { subscriptionId: id, graceMs: 0, now: new Date() });
    const isOpen = async (): Promise<boolean> => (await shop.db('panel_accounts').where({ id: account.id }).first()).desired_enabled;
    expect(await isOpen()).toBe(false);
    await telegram(who, 'stars-renewals');
    await who.buyer.see(/Списано ⭐ 167.*продлена до/);
    expect(await isOpen()).toBe(true);
    const usage: { counted_bytes: number } = await shop.db('account_usage').where({ panel_account_id: account.id }).first();
    expect(usage.counted_bytes).toBe(0);
  });

  it('is ended in one tap, at Telegram too, and is not charged again', async () => {
    const who = await agreed();
    await who.buyer.say('/balance');
    await who.buyer.press(/Забыть Telegram Stars/);
    await who.buyer.see(/Списаний этим способом больше не будет/);
    await until('Telegram was told', () => stopped(who));
    const before = await endOf(who.userId);
    await telegram(who, 'stars-renewals');
    expect(await endOf(who.userId)).toBe(before);
    expect(await shop.db('saved_methods').where({ user_id: who.userId }).whereNotNull('stopped_at')).toHaveLength(1);
  });

  it('that the buyer ends in Telegram is forgotten here, and the paid days stay', async () => {
    const who = await agreed();
    const before = await endOf(who.userId);
    await telegram(who, 'stars-subscriptions', { state: 'canceled' });
    await who.buyer.see(/автопродление отключено/);
    expect(await endOf(who.userId)).toBe(before);
    await who.buyer.say('/balance');
    const screen = await who.buyer.see(/Баланс/);
    expect(screen.buttons.flat().map((button) => button.text)).not.toContainEqual(expect.stringMatching(/Забыть/));
  });

  it('is ended by a refund of its order, and what Telegram charged meanwhile is balance', async () => {
    const who = await agreed();
    const payment = { id: who.paymentId, order_id: who.orderId, user_id: who.userId };
    expect((await port.refundOrder(refundOf(payment))).outcome).toBe('done');
    await who.buyer.see(/возвращаются к вам/);
    await until('Telegram was told', () => stopped(who));
    await tellTelegram(shop, who.telegramId, {
      successful_payment: {
        currency: 'XTR',
        total_amount: 167,
        invoice_payload: who.paymentId,
        telegram_payment_charge_id: `late-${who.paymentId}`,
        is_recurring: true,
        subscription_expiration_date: Math.floor(Date.now() / 1000) + 2_592_000,
      },
    });
    await who.buyer.see(/когда заказ был уже закрыт.*299/);
    expect(await balanceOf(shop, who.userId)).toBe(29_900);
  });

  it('is offered only for plans of its own pace', async () => {
    lastId += 1;
    const buyer = shop.buyer(lastId);
    await buyer.say('/start');
    await buyer.press(/^1 год/);
    const { buttons } = await buyer.see(/Как удобнее оплатить/);
    const labels = buttons.flat().map((button) => button.text);
    expect(labels).toContainEqual(expect.stringMatching(/Stars/));
    expect(labels).not.toContainEqual(expect.stringMatching(/Stars.*продл/i));
    expect(labels).toContainEqual(expect.stringMatching(/CloudPayments.*продл/i));
  });
});
