import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fullShop } from '../../sandbox/demoShop';
import { renewalConsentVersion } from '../../src/db/autoRenewals';
import { consentVersion } from '../../src/db/savedMethods';
import { addPeriod } from '../../src/domain/period';
import { defaultTechnicalTimes } from '../../src/domain/policy';
import type { TuningChanges } from '../../src/main/tuning';
import { createShop } from '../../src/temporal/shop';
import { atProvider, balanceOf, bookOf, latestPayment, movements, type OpenedPayment } from '../support/buying';
import { fault } from '../support/facts';
import { openTestShop, quick, type TestShop } from '../support/shop';

type Buyer = ReturnType<TestShop['buyer']>;

interface Attempt {
  readonly slot: number;
  readonly state: string;
  readonly order_id: string | null;
  readonly payment_id: string | null;
}

const dayMs = 86_400_000;
/** When tries come, counted from the purchase. */
const triesMs = [15_000, 30_000, 45_000] as const;
const inAMonth = (from: Date): number => addPeriod(from, { value: 1, unit: 'month' }, 'Europe/Moscow').getTime() - from.getTime();

// A month from now has its own length each day, and the calendar of the test counts from the end.
function tuning(): TuningChanges {
  const monthMs = inAMonth(new Date());
  const renewal = { offsetsMs: triesMs.map((ms) => ms - monthMs), announceMs: 8_000, answerMs: dayMs };
  return { policy: { ...quick.policy, renewal } };
}

describe('a subscription that renews itself', () => {
  let shop: TestShop;
  let telegramId = 83_000;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: fullShop, tuning: tuning() });
  });
  afterAll(() => shop.close());

  async function bought(label: RegExp): Promise<{ buyer: Buyer; payment: OpenedPayment; subscriptionId: string; endsAt: Date }> {
    telegramId += 1;
    const buyer = shop.buyer(telegramId);
    await buyer.say('/start');
    await buyer.press(/^1 месяц/);
    await buyer.press(label);
    if (/запомнить/.test(label.source)) await buyer.press(/Соглас/);
    await buyer.see(/Ждём оплату/);
    const payment = await latestPayment(shop, telegramId);
    if (payment === undefined) throw new Error('there is no payment');
    await atProvider(shop, { action: 'pay', paymentId: payment.id });
    await buyer.see(/Доступ открыт до/);
    const row: { id: string; ends_at: Date } = await shop.db('subscriptions').where({ user_id: payment.user_id }).first();
    return { buyer, payment, subscriptionId: row.id, endsAt: row.ends_at };
  }

  async function withCard(): ReturnType<typeof bought> {
    const owner = await bought(/Карта или СБП, запомнить/);
    await owner.buyer.see(/способ оплаты сохранён для продления/);
    return owner;
  }

  function attempts(subscriptionId: string): Promise<readonly Attempt[]> {
    return shop.db('renewal_attempts').where({ subscription_id: subscriptionId }).orderBy('created_at');
  }

  async function endOf(subscriptionId: string): Promise<Date> {
    const row: { ends_at: Date } = await shop.db('subscriptions').where({ id: subscriptionId }).first('ends_at');
    return row.ends_at;
  }

  async function useCard(userId: number, externalId: string): Promise<string> {
    const row: { external_id: string } = await shop.db('saved_methods').where({ user_id: userId }).first('external_id');
    await shop.db('saved_methods').where({ user_id: userId }).update({ external_id: externalId });
    return row.external_id;
  }

  it('by the card whose keeping was agreed to: told of before, charged once though its answer is lost, in an order of its own', async () => {
    const { buyer, payment, subscriptionId, endsAt } = await withCard();
    expect(await shop.db('auto_renewals').where({ subscription_id: subscriptionId })).toMatchObject([
      { consent_version: consentVersion, ended_at: null },
    ]);
    await buyer.say('/my');
    await buyer.see(/Автопродление: .* спишем 299/);
    await buyer.see(/продлим подписку: спишем 299/);
    await fault(shop, { target: 'yookassa', mode: 'drop', operation: 'POST', count: 1 });
    await buyer.see(/Подписка продлена до .*Списано 299/);
    await fault(shop, { target: 'yookassa', mode: null });
    expect((await endOf(subscriptionId)).getTime()).toBe(endsAt.getTime() + inAMonth(endsAt));
    const [attempt, ...others] = await attempts(subscriptionId);
    expect(others).toEqual([]);
    expect(attempt).toMatchObject({ slot: 0, state: 'paid' });
    expect(attempt?.order_id).not.toBe(payment.order_id);
    expect(await movements(shop, attempt?.order_id ?? '')).toEqual(['order → sales 29900', 'yookassa → order 29900']);
    expect(await bookOf(shop, attempt?.payment_id ?? '')).toEqual({ received: '299.00', refunded: '0.00' });
    const grants: readonly { kind: string; source_id: string }[] = await shop
      .db('grants')
      .where({ subscription_id: subscriptionId })
      .orderBy('sequence');
    expect(grants.map((grant) => grant.kind)).toEqual(['purchase', 'renewal']);
    const told = (await buyer.chat()).filter((message) => /Продлено до|Включаем доступ|Готовим счёт/.test(message.html));
    expect(told.filter((message) => /Продлено/.test(message.html))).toEqual([]);
  });

  it('whose card is declined says when it tries again, and renews then; after the last try it ends', async () => {
    const [first, second] = [await withCard(), await withCard()];
    const card = await useCard(first.payment.user_id, 'declined-once');
    await useCard(second.payment.user_id, 'declined-always');
    await first.buyer.see(/Не получилось списать 299.*Следующая попытка/);
    await useCard(first.payment.user_id, card);
    await first.buyer.see(/Подписка продлена до/);
    expect((await attempts(first.subscriptionId)).map(({ slot, state }) => `${slot} ${state}`)).toEqual(['0 declined', '1 paid']);
    await second.buyer.see(/последняя попытка, автопродление отключено/);
    expect((await attempts(second.subscriptionId)).map(({ slot, state }) => `${slot} ${state}`)).toEqual([
      '0 declined',
      '1 declined',
      '2 declined',
    ]);
    expect(await endOf(second.subscriptionId)).toEqual(second.endsAt);
    expect(await shop.db('orders').where({ user_id: second.payment.user_id, state: 'open' })).toEqual([]);
  });

  it('from the balance, agreed to in the bot with its own text; one press ends it, and nothing is charged', async () => {
    const [payer, quitter] = [await bought(/Карта или СБП$/), await bought(/Карта или СБП$/)];
    const port = createShop(shop.temporal, { times: defaultTechnicalTimes, searchAttributes: () => false });
    for (const { buyer, payment } of [payer, quitter]) {
      await port.correctBalance({ userId: payment.user_id, key: 'gift', minor: 30_000, reason: 'test', actor: 'test' });
      await buyer.say('/my');
      await buyer.press(/Пауза и тариф/);
      await buyer.press(/Включить автопродление/);
      await buyer.see(/Вы разрешаете продлевать подписку/);
      await buyer.press(/Согласен, с баланса/);
      await buyer.see(/Автопродление включено/);
    }
    expect(await shop.db('auto_renewals').where({ subscription_id: payer.subscriptionId })).toMatchObject([
      { consent_version: renewalConsentVersion, method_id: null },
    ]);
    await quitter.buyer.say('/my');
    await quitter.buyer.press(/Отключить автопродление/);
    await quitter.buyer.see(/списаний больше не будет/);
    await payer.buyer.see(/Списано 299.*с баланса/);
    expect(await balanceOf(shop, payer.payment.user_id)).toBe(100);
    expect((await endOf(payer.subscriptionId)).getTime()).toBeGreaterThan(payer.endsAt.getTime() + 27 * dayMs);
    expect(await attempts(quitter.subscriptionId)).toEqual([]);
    expect(await endOf(quitter.subscriptionId)).toEqual(quitter.endsAt);
    expect(await balanceOf(shop, quitter.payment.user_id)).toBe(30_000);
  });
});
