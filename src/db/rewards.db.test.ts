import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buyPlan, giveBack, newUser, orderPlan, payOrder, type Desk } from '../../test/support/purchases';
import { createShopDatabase } from '../../test/support/seeds';
import type { TestDatabase } from '../../test/support/stack';
import { applyUserEvents } from '../activities/userEvents';
import type { ReferralTerms } from '../domain/referral';
import { defaultPolicy } from '../domain/policy';
import { cancelRefund } from './cancelRefund';
import { correctBalance } from './corrections';
import { findWrongBalances } from './reconcile';
import { loadReferralSummary, referralCodeOf, setReferrer } from './referrals';
import { noteRefund } from './refunds';
import { lockUser } from './requests';
import { takeUsersWithEvents } from './userEvents';

const now = new Date('2026-11-27T12:00:00.000Z');
const roubles = (minor: number): ReferralTerms['friend'] => ({ kind: 'balance', amount: { minor, currency: 'RUB' } });
const toBalance: ReferralTerms = { referrer: roubles(5_000), friend: roubles(3_000) };
const inDays: ReferralTerms = { referrer: { kind: 'days', days: 7 }, friend: { kind: 'days', days: 3 } };

describe('referral rewards', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createShopDatabase();
  });
  afterAll(() => database.drop());

  const desk = (referral?: ReferralTerms): Desk => ({
    db: database.db,
    settings: { timeZone: 'Europe/Moscow', graceMs: 0, ...(referral === undefined ? {} : { referral }) },
    now,
  });

  async function friends(): Promise<{ referrer: number; friend: number }> {
    const [referrer, friend] = [await newUser(database.db), await newUser(database.db)];
    const code = await referralCodeOf(database.db, referrer);
    expect(await setReferrer(database.db, { userId: friend, code, now })).toBeUndefined();
    return { referrer, friend };
  }

  /** What the workflow of a user does when it hears of events. */
  async function hear(at: Desk, userId: number): Promise<void> {
    const settings = { name: '', publicUrl: '', currency: 'RUB', orderMs: 0, ...at.settings };
    const log = { warn: (): void => undefined, error: (): void => undefined };
    await applyUserEvents(
      { db: at.db, clock: { now: () => at.now }, log, settings: () => Promise.resolve(settings), policy: defaultPolicy },
      { userId },
    );
  }

  async function balanceOf(userId: number): Promise<number> {
    const row: { amount_minor: number } | undefined = await database.db('balances').where({ user_id: userId, currency: 'RUB' }).first();
    return row?.amount_minor ?? 0;
  }

  async function endOf(userId: number): Promise<string | undefined> {
    const row: { ends_at: Date } | undefined = await database.db('subscriptions').where({ user_id: userId }).first('ends_at');
    return row?.ends_at.toISOString();
  }

  async function spend(userId: number, minor: number): Promise<void> {
    const amount = { minor: -minor, currency: 'RUB' };
    await database.db.transaction((tx) => correctBalance(tx, { userId, key: `spend-${userId}`, amount, reason: 'test', actor: 'test' }));
  }

  it('both sides get money for the first paid order, once, however often it is told', async () => {
    const at = desk(toBalance);
    const { referrer, friend } = await friends();
    const bought = await buyPlan(at, friend);
    await Promise.all(Array.from({ length: 5 }, () => payOrder(at, bought)));
    expect(await takeUsersWithEvents(database.db, { now: new Date(), againMs: 0, limit: 50 })).toContain(referrer);
    await Promise.all(Array.from({ length: 5 }, () => hear(at, referrer)));
    expect(await takeUsersWithEvents(database.db, { now: new Date(), againMs: 0, limit: 50 })).not.toContain(referrer);
    expect([await balanceOf(referrer), await balanceOf(friend)]).toEqual([5_000, 3_000]);
    await buyPlan(at, friend);
    await hear(at, referrer);
    expect([await balanceOf(referrer), await balanceOf(friend)]).toEqual([5_000, 3_000]);
    expect(await loadReferralSummary(database.db, referrer, 'RUB')).toEqual({
      invited: 1,
      bought: 1,
      earned: { minor: 5_000, currency: 'RUB' },
      earnedDays: 0,
    });
  });

  it('a refund takes both back, once', async () => {
    const at = desk(toBalance);
    const { referrer, friend } = await friends();
    const bought = await buyPlan(at, friend);
    await hear(at, referrer);
    await giveBack(at, bought, 'provider');
    await Promise.all(Array.from({ length: 5 }, () => hear(at, referrer)));
    expect([await balanceOf(referrer), await balanceOf(friend)]).toEqual([0, 0]);
    expect(await database.db('transactions').where({ user_id: referrer, kind: 'reward' })).toHaveLength(2);
    expect(await loadReferralSummary(database.db, referrer, 'RUB')).toMatchObject({ invited: 1, bought: 0, earned: { minor: 0 } });
  });

  it('a refund takes what is there when the reward was spent: never below zero, the rest is noted and told', async () => {
    const at = desk(toBalance);
    const { referrer, friend } = await friends();
    const bought = await buyPlan(at, friend);
    await hear(at, referrer);
    await spend(referrer, 4_000);
    await giveBack(at, bought, 'provider');
    await hear(at, referrer);
    expect(await balanceOf(referrer)).toBe(0);
    const reward: { id: string; missing_minor: number; state: string } = await database.db('rewards').where({ user_id: referrer }).first();
    expect(reward).toMatchObject({ state: 'taken_back', missing_minor: 4_000 });
    expect(await database.db('alerts').where({ key: `reward-shortfall:${reward.id}` })).toHaveLength(1);
    expect(await findWrongBalances(database.db)).toEqual([]);
  });

  it('a refund before the referrer heard of the reward ends in nothing', async () => {
    const at = desk(toBalance);
    const { referrer, friend } = await friends();
    await giveBack(at, await buyPlan(at, friend), 'provider');
    await hear(at, referrer);
    expect(await balanceOf(referrer)).toBe(0);
  });

  it('a refund that does not come about gives back what it took, not more', async () => {
    const at = desk(toBalance);
    const { referrer, friend } = await friends();
    const bought = await buyPlan(at, friend);
    await hear(at, referrer);
    await spend(referrer, 4_000);
    const refundId = await giveBack(at, bought, 'provider');
    await hear(at, referrer);
    await noteRefund(database.db, refundId, { state: 'by_hand', why: 'refused' });
    const cancelled = await database.db.transaction(async (tx) => {
      await lockUser(tx, friend);
      return cancelRefund(tx, { refundId, actor: 'test', settings: at.settings, now });
    });
    expect(cancelled).toBe('done');
    await hear(at, referrer);
    expect([await balanceOf(referrer), await balanceOf(friend)]).toEqual([1_000, 3_000]);
    await giveBack(at, bought, 'provider');
    await hear(at, referrer);
    expect([await balanceOf(referrer), await balanceOf(friend)]).toEqual([0, 0]);
  });

  it('days go to the end of what both have, and a refund takes them', async () => {
    const at = desk(inDays);
    const { referrer, friend } = await friends();
    await buyPlan(at, referrer);
    const bought = await buyPlan(at, friend);
    await hear(at, referrer);
    expect(await endOf(friend)).toBe('2026-12-30T12:00:00.000Z');
    expect(await endOf(referrer)).toBe('2027-01-03T12:00:00.000Z');
    await giveBack(at, bought);
    await hear(at, referrer);
    expect(await endOf(referrer)).toBe('2026-12-27T12:00:00.000Z');
    expect(await endOf(friend)).toBe(now.toISOString());
    expect(await database.db('subscriptions').where({ user_id: friend }).whereNotNull('revoked_at')).toHaveLength(1);
    expect(
      await database
        .db('panel_accounts')
        .where({ desired_enabled: true })
        .whereIn('subscription_id', database.db('subscriptions').where({ user_id: friend }).select('id')),
    ).toEqual([]);
  });

  it('days wait for a referrer who has no subscription until there is one', async () => {
    const at = desk(inDays);
    const { referrer, friend } = await friends();
    await buyPlan(at, friend);
    await hear(at, referrer);
    expect(await database.db('rewards').where({ user_id: referrer })).toMatchObject([{ state: 'due' }]);
    await buyPlan(at, referrer);
    expect(await endOf(referrer)).toBe('2027-01-03T12:00:00.000Z');
  });

  it('nobody is referred by oneself, in a circle, twice, or after a purchase; also when all try at once', async () => {
    const users = await Promise.all(Array.from({ length: 3 }, () => newUser(database.db)));
    const [a = 0, b = 0, c = 0] = users;
    const codes = await Promise.all(users.map((userId) => referralCodeOf(database.db, userId)));
    const refer = (userId: number, of: number): ReturnType<typeof setReferrer> =>
      setReferrer(database.db, { userId, code: codes[of] ?? '', now });
    expect(await refer(a, 0)).toBe('self');
    const circle = await Promise.all([refer(a, 1), refer(b, 2), refer(c, 0)]);
    expect(circle.toSorted()).toEqual(['cycle', undefined, undefined]);
    expect(await refer(await newUser(database.db), 7)).toBe('unknown');
    const late = await newUser(database.db);
    await buyPlan(desk(), late);
    expect(await refer(late, 0)).toBe('has_bought');
    const early = await newUser(database.db);
    expect([await refer(early, 0), await refer(early, 0), await refer(early, 1)]).toEqual([undefined, undefined, 'has_referrer']);
  });

  it('a renewal of an order before the referral, and a shop without the block, reward nobody', async () => {
    const { referrer, friend } = await friends();
    await payOrder(desk(), await orderPlan(desk(), friend));
    await buyPlan(desk(toBalance), friend);
    await hear(desk(toBalance), referrer);
    expect(await database.db('rewards').where({ referred_id: friend })).toEqual([]);
  });
});
