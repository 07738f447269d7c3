import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createShopDatabase } from '../../test/support/seeds';
import type { TestDatabase } from '../../test/support/stack';
import type { Plan } from '../domain/plan';
import { applyPayment } from './applyPayment';
import { closeOrder } from './closeOrder';
import { correctBalance } from './corrections';
import { openOrder, type OpenedOrder } from './openOrder';
import { payFromBalance } from './payFromBalance';
import { insertPaymentEvent } from './paymentEvents';
import { addPromoCode, endPromoCode, listPlansFor, type NewPromoCode } from './promoCodes';
import { redeemCode, type Redeemed } from './redeemCode';
import { requestRefund } from './requestRefund';
import { lockUser } from './requests';

const now = new Date('2026-11-27T12:00:00.000Z');
const settings = { timeZone: 'Europe/Moscow', graceMs: 0 };

describe('promo codes', () => {
  let database: TestDatabase;
  let count = 0;
  beforeAll(async () => {
    database = await createShopDatabase();
  });
  afterAll(() => database.drop());

  async function newUser(): Promise<number> {
    const rows: readonly { id: number }[] = await database.db('users').insert({ language: 'en' }).returning('id');
    return rows[0]?.id ?? 0;
  }

  async function newCode(changes: Partial<NewPromoCode> = {}): Promise<string> {
    count += 1;
    const code = `CODE-${count}`;
    const made = await addPromoCode(database.db, {
      code,
      effect: { kind: 'percent', percent: 50 },
      planIds: [],
      newBuyersOnly: false,
      maxUses: 10,
      maxPerUser: 1,
      startsAt: undefined,
      endsAt: undefined,
      actor: 'test',
      ...changes,
    });
    expect(made).toBe(true);
    return code;
  }

  const redeem = (userId: number, text: string): Promise<Redeemed> =>
    database.db.transaction(async (tx) => {
      await lockUser(tx, userId);
      return redeemCode(tx, { userId, text, settings, now });
    });

  async function planFor(userId: number, id = 'month'): Promise<Plan> {
    const plan = (await listPlansFor(database.db, userId)).find((entry) => entry.id === id);
    if (plan === undefined) throw new Error(`there is no plan ${id}`);
    return plan;
  }

  async function order(userId: number, plan: Plan): ReturnType<typeof openOrder> {
    count += 1;
    const key = `order-${count}`;
    return database.db.transaction((tx) =>
      openOrder(tx, {
        userId,
        key,
        purchase: { kind: 'plan', plan, subscriptionId: undefined },
        provider: 'yookassa',
        choice: undefined,
        useBalance: false,
        saveMethod: false,
        messageId: undefined,
        quote: (due) => ({ asked: due, rate: undefined }),
        transfer: undefined,
        orderMs: 1_800_000,
        now,
      }),
    );
  }

  async function ordered(userId: number, plan: Plan): Promise<OpenedOrder> {
    const opened = await order(userId, plan);
    if ('refusal' in opened) throw new Error(opened.refusal);
    return opened;
  }

  async function pay(userId: number, paymentId: string): Promise<string> {
    const payment: { asked_minor: number } = await database.db('payments').where({ id: paymentId }).first();
    const event = {
      provider: 'yookassa',
      type: 'paid',
      trusted: true,
      live: true,
      dedupeKey: `paid:${paymentId}`,
      chargeId: paymentId,
      ref: { paymentId },
      received: { minor: payment.asked_minor, currency: 'RUB' },
    } as const;
    await insertPaymentEvent(database.db, { event, digest: undefined, rawSealed: undefined, now });
    const plans = await listPlansFor(database.db, 0);
    const planToday = (id: string): Promise<Plan | undefined> => Promise.resolve(plans.find((plan) => plan.id === id));
    return (await database.db.transaction((tx) => applyPayment(tx, { userId, paymentId, settings, planToday, now }))).outcome;
  }

  const close = (orderId: string): Promise<boolean> =>
    database.db.transaction((tx) => closeOrder(tx, orderId, { state: 'expired', reason: 'test' }));

  const usesOf = async (code: string): Promise<number> => {
    const row: { uses: number } = await database.db('promo_codes').where({ code }).first();
    return row.uses;
  };

  async function buyer(code: string): Promise<{ userId: number; plan: Plan }> {
    const userId = await newUser();
    expect(await redeem(userId, code)).toEqual({ kind: 'discount', code });
    return { userId, plan: await planFor(userId) };
  }

  it('ten uses and 200 users at once: exactly ten orders at the lower price', async () => {
    const code = await newCode();
    const users: number[] = [];
    for (let index = 0; index < 200; index += 1) users.push(await newUser());
    // Every screen shows the lower price before anybody orders.
    await database.db('users').whereIn('id', users).update({ promo_code: code });
    const results = await Promise.all(users.map(async (userId) => order(userId, await planFor(userId))));
    const refusals = results.flatMap((result) => ('refusal' in result ? [result.refusal] : []));
    expect(refusals).toEqual(Array.from({ length: 190 }, () => 'CodeUsedUp'));
    const orders: readonly { price_minor: number }[] = await database.db('orders').where({ promo_code: code, state: 'open' });
    expect(orders.map((row) => row.price_minor)).toEqual(Array.from({ length: 10 }, () => 14_950));
    expect(await usesOf(code)).toBe(10);
    expect(await database.db('users').whereIn('id', users).whereNotNull('promo_code')).toHaveLength(10);
  });

  it('ten uses and 200 users at once who get days: exactly ten are longer', async () => {
    const code = await newCode({ effect: { kind: 'days', days: 7 } });
    const users: number[] = [];
    for (let index = 0; index < 200; index += 1) users.push(await newUser());
    const endsAt = new Date('2026-12-01T00:00:00.000Z');
    await database.db('subscriptions').insert(
      users.map((userId) => ({
        id: `sub_${userId}`,
        user_id: userId,
        plan_id: 'month',
        token: `token-of-user-${userId}`,
        ends_at: endsAt,
        server_ids: ['nl'],
      })),
    );
    const results = await Promise.all(users.map((userId) => redeem(userId, code.toLowerCase())));
    expect(results.filter((result) => result.kind === 'days')).toEqual(
      Array.from({ length: 10 }, () => ({ kind: 'days', days: 7, endsAt: '2026-12-08T00:00:00.000Z' })),
    );
    expect(
      await database
        .db('grants')
        .where({ source: 'promo' })
        .whereIn(
          'subscription_id',
          users.map((userId) => `sub_${userId}`),
        ),
    ).toHaveLength(10);
    expect(await usesOf(code)).toBe(10);
  });

  it('the table itself refuses one use too many', async () => {
    const code = await newCode({ maxUses: 1 });
    await database.db('promo_codes').where({ code }).update({ uses: 1 });
    await expect(database.db('promo_codes').where({ code }).update({ uses: 2 })).rejects.toThrow(/check constraint/);
  });

  it('one user uses a code once, however often and fast it is tried', async () => {
    const code = await newCode();
    const { userId, plan } = await buyer(code);
    await pay(userId, (await ordered(userId, plan)).paymentId);
    expect((await planFor(userId)).price.minor).toBe(29_900);
    const again = await Promise.all(Array.from({ length: 5 }, () => redeem(userId, code)));
    expect(again).toEqual(Array.from({ length: 5 }, () => ({ kind: 'refused', reason: 'CodeUsedByYou' })));
    expect(await usesOf(code)).toBe(1);
  });

  it('another plan takes the use along, and a closed order gives it back', async () => {
    const code = await newCode({ maxUses: 1 });
    const { userId, plan } = await buyer(code);
    const first = await ordered(userId, plan);
    const second = await ordered(userId, await planFor(userId, 'year'));
    expect(second.superseded).toBe(first.orderId);
    expect(await usesOf(code)).toBe(1);
    await close(second.orderId);
    expect(await usesOf(code)).toBe(0);
    await ordered(await buyer(code).then((other) => other.userId), plan);
    expect(await usesOf(code)).toBe(1);
  });

  it('late money buys at the price that was quoted, also when the last use is gone, which is not counted twice', async () => {
    const code = await newCode({ maxUses: 1 });
    const late = await buyer(code);
    const opened = await ordered(late.userId, late.plan);
    await close(opened.orderId);
    const other = await buyer(code);
    await ordered(other.userId, other.plan);
    expect(await pay(late.userId, opened.paymentId)).toBe('delivered_late');
    expect(await usesOf(code)).toBe(1);
    expect(await database.db('promo_uses').where({ order_id: opened.orderId })).toMatchObject([{ state: 'beyond' }]);
  });

  it('late money after a day buys while the plan has its list price, and takes a use that is left', async () => {
    const code = await newCode();
    const late = await buyer(code);
    const opened = await ordered(late.userId, late.plan);
    await close(opened.orderId);
    await database
      .db('orders')
      .where({ id: opened.orderId })
      .update({ created_at: new Date(now.getTime() - 2 * 86_400_000) });
    expect(await pay(late.userId, opened.paymentId)).toBe('delivered_late');
    expect(await usesOf(code)).toBe(1);
  });

  it('a full refund gives the use back', async () => {
    const code = await newCode();
    const { userId, plan } = await buyer(code);
    const { orderId, paymentId } = await ordered(userId, plan);
    await pay(userId, paymentId);
    expect(await usesOf(code)).toBe(1);
    await database.db.transaction(async (tx) => {
      await lockUser(tx, userId);
      return requestRefund(tx, {
        userId,
        orderId,
        scope: 'full',
        destination: 'balance',
        reason: 'test',
        actor: 'test',
        ability: () => Promise.resolve('partial' as const),
        settings,
        now,
      });
    });
    expect(await usesOf(code)).toBe(0);
    expect(await redeem(userId, code)).toEqual({ kind: 'discount', code });
  });

  it('is taken from the balance at the lower price', async () => {
    const code = await newCode();
    const { userId, plan } = await buyer(code);
    const amount = { minor: 14_950, currency: 'RUB' };
    await database.db.transaction((tx) => correctBalance(tx, { userId, key: 'start', amount, reason: 'test', actor: 'test' }));
    const paid = await database.db.transaction((tx) =>
      payFromBalance(tx, { userId, key: 'balance', plan, subscriptionId: undefined, messageId: undefined, settings, now }),
    );
    expect(paid).toMatchObject({ orderId: expect.stringMatching(/^ord_/) });
    expect(await usesOf(code)).toBe(1);
  });

  it('a screen that still shows the lower price of a code that was ended is answered with the reason, then with the full price', async () => {
    const code = await newCode();
    const { userId, plan } = await buyer(code);
    await database.db.transaction((tx) => endPromoCode(tx, code, { actor: 'test', now }));
    expect(await order(userId, plan)).toEqual({ refusal: 'CodeExpired' });
    expect((await planFor(userId)).price.minor).toBe(29_900);
    expect(await redeem(userId, code)).toEqual({ kind: 'refused', reason: 'CodeExpired' });
  });

  it('ten unknown codes within an hour, and no other is looked at until it is over, for that user alone', async () => {
    const code = await newCode();
    const [guesser, other] = [await newUser(), await newUser()];
    const at = async (userId: number, text: string, minute: number): Promise<Redeemed> =>
      database.db.transaction(async (tx) => {
        await lockUser(tx, userId);
        return redeemCode(tx, { userId, text, settings, now: new Date(now.getTime() + minute * 60_000) });
      });
    for (let guess = 0; guess < 9; guess += 1) expect(await at(guesser, `GUESS-${guess}`, guess)).toMatchObject({ reason: 'CodeUnknown' });
    expect(await at(guesser, code, 9)).toEqual({ kind: 'discount', code });
    expect(await at(guesser, 'GUESS-9', 10)).toMatchObject({ reason: 'CodeUnknown' });
    expect(await at(guesser, code, 11)).toEqual({ kind: 'refused', reason: 'CodeTooManyTries' });
    expect(await at(other, code, 11)).toEqual({ kind: 'discount', code });
    expect(await at(guesser, code, 59)).toEqual({ kind: 'refused', reason: 'CodeTooManyTries' });
    expect(await at(guesser, code, 60)).toEqual({ kind: 'discount', code });
  });

  it('says why a code does nothing', async () => {
    const userId = await newUser();
    expect(await redeem(userId, 'no-such-code')).toEqual({ kind: 'refused', reason: 'CodeUnknown' });
    const days = await newCode({ effect: { kind: 'days', days: 7 } });
    expect(await redeem(userId, days)).toEqual({ kind: 'refused', reason: 'CodeNeedsSubscription' });
    const newcomers = await newCode({ newBuyersOnly: true });
    await pay(userId, (await ordered(userId, await planFor(userId))).paymentId);
    expect(await redeem(userId, newcomers)).toEqual({ kind: 'refused', reason: 'CodeForNewBuyers' });
    const ofYear = await newCode({ effect: { kind: 'days', days: 7 }, planIds: ['year'] });
    expect(await redeem(userId, ofYear)).toEqual({ kind: 'refused', reason: 'CodeNotForPlan' });
    expect(await redeem(userId, days)).toEqual({ kind: 'days', days: 7, endsAt: '2027-01-03T12:00:00.000Z' });
  });
});
