import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createShopDatabase } from '../../test/support/seeds';
import type { TestDatabase } from '../../test/support/stack';
import type { PausePolicy } from '../domain/pause';
import { nominalMs } from '../domain/period';
import type { Plan } from '../domain/plan';
import { listPlans } from './catalog';
import { correctBalance } from './corrections';
import { pauseSubscription, resumeSubscription, type PauseWish } from './pauses';
import { payFromBalance } from './payFromBalance';
import { changePlan, offerChange } from './planChange';
import { lockUser } from './requests';
import { requestRefund } from './requestRefund';

const dayMs = 86_400_000;
const settings = { timeZone: 'UTC', graceMs: 0 };
const policy: PausePolicy = { shortestMs: dayMs, longestMs: 30 * dayMs, count: 100, windowMs: 365 * dayMs };
const start = new Date('2026-12-01T12:00:00.000Z');
const inDays = (days: number): Date => new Date(start.getTime() + days * dayMs);

interface Row {
  readonly ends_at: Date;
  readonly paused_at: Date | null;
  readonly resumes_at: Date | null;
  readonly plan_id: string;
  readonly device_limit: number | null;
}

describe('the life of a subscription', () => {
  let database: TestDatabase;
  let plans: readonly Plan[];
  let count = 0;
  beforeAll(async () => {
    database = await createShopDatabase();
    plans = await listPlans(database.db);
  });
  afterAll(() => database.drop());

  function next(): string {
    count += 1;
    return `life-${count}`;
  }

  async function rich(minor: number): Promise<number> {
    const rows: readonly { id: number }[] = await database.db('users').insert({ language: 'en' }).returning('id');
    const userId = rows[0]?.id ?? 0;
    await fund(userId, minor);
    return userId;
  }

  async function fund(userId: number, minor: number): Promise<void> {
    await database.db.transaction((tx) =>
      correctBalance(tx, { userId, amount: { minor, currency: 'RUB' }, key: next(), reason: 'test', actor: 'test' }),
    );
  }

  function plan(id: string): Plan {
    const found = plans.find((entry) => entry.id === id);
    if (found === undefined) throw new Error(`there is no plan ${id}`);
    return found;
  }

  async function buy(userId: number, id: string, at: { readonly now: Date; readonly subscriptionId?: string }): Promise<string> {
    const paid = await database.db.transaction((tx) =>
      payFromBalance(tx, {
        userId,
        key: next(),
        plan: plan(id),
        subscriptionId: at.subscriptionId,
        messageId: undefined,
        settings,
        now: at.now,
      }),
    );
    if ('refusal' in paid) return paid.refusal;
    return paid.orderId;
  }

  async function subscriptionOf(userId: number): Promise<string> {
    const row: { id: string } = await database.db('subscriptions').where({ user_id: userId }).first('id');
    return row.id;
  }

  function rowOf(subscriptionId: string): Promise<Row> {
    return database.db('subscriptions').where({ id: subscriptionId }).first();
  }

  function wish(userId: number, subscriptionId: string, now: Date): PauseWish {
    return { userId, subscriptionId, sourceId: next(), policy, settings, now };
  }

  const pause = (userId: number, id: string, now: Date): ReturnType<typeof pauseSubscription> =>
    database.db.transaction((tx) => pauseSubscription(tx, wish(userId, id, now)));
  const resume = (userId: number, id: string, now: Date): ReturnType<typeof resumeSubscription> =>
    database.db.transaction((tx) => resumeSubscription(tx, wish(userId, id, now)));

  async function change(
    userId: number,
    subscriptionId: string,
    to: { readonly planId: string; readonly now: Date },
  ): ReturnType<typeof changePlan> {
    const offer = await offerChange(database.db, { userId, subscriptionId, ...to });
    if ('refusal' in offer) return offer;
    return database.db.transaction((tx) => changePlan(tx, { userId, subscriptionId, ...to, tag: offer.tag, sourceId: next(), settings }));
  }

  const refund = (userId: number, orderId: string, now: Date): ReturnType<typeof requestRefund> =>
    database.db.transaction(async (tx) => {
      await lockUser(tx, userId);
      return requestRefund(tx, {
        userId,
        orderId,
        scope: 'unused',
        destination: 'balance',
        reason: 'test',
        actor: 'test',
        settings,
        now,
        ability: () => Promise.resolve('partial'),
      });
    });

  async function wantedOnPanels(subscriptionId: string): Promise<readonly { desired_enabled: boolean; desired_ends_at: Date }[]> {
    return database.db('panel_accounts').where({ subscription_id: subscriptionId }).select('desired_enabled', 'desired_ends_at');
  }

  it('paused: shut on its panels, its time stands still, also for what is bought meanwhile', async () => {
    const userId = await rich(100_000);
    await buy(userId, 'month', { now: start });
    const id = await subscriptionOf(userId);
    const endsAt = (await rowOf(id)).ends_at;
    expect(await pause(userId, id, inDays(10))).toEqual({ until: inDays(40) });
    expect(await rowOf(id)).toMatchObject({ ends_at: endsAt, paused_at: inDays(10), resumes_at: inDays(40) });
    expect(await wantedOnPanels(id)).toMatchObject([{ desired_enabled: false }]);
    expect(await pause(userId, id, inDays(11))).toEqual({ refusal: 'PauseNotNow' });
    await buy(userId, 'month', { now: inDays(35), subscriptionId: id });
    expect(await wantedOnPanels(id)).toMatchObject([{ desired_enabled: false }]);
    const longer = (await rowOf(id)).ends_at;
    expect(longer.getTime() - endsAt.getTime()).toBe(31 * dayMs);
    expect(await resume(userId, id, inDays(40))).toEqual({ endsAt: new Date(longer.getTime() + 30 * dayMs) });
    expect(await wantedOnPanels(id)).toMatchObject([{ desired_enabled: true, desired_ends_at: new Date(longer.getTime() + 30 * dayMs) }]);
    expect(await resume(userId, id, inDays(41))).toEqual({ refusal: 'NotPaused' });
    expect(await rowOf(id)).toMatchObject({ paused_at: null, resumes_at: null });
  });

  it('refunded while paused: what the pause kept counts as unused, and nothing is lost by the calendar', async () => {
    const userId = await rich(29_900);
    const orderId = await buy(userId, 'month', { now: start });
    const id = await subscriptionOf(userId);
    await pause(userId, id, start);
    expect(await refund(userId, orderId, inDays(25))).toMatchObject({ amount: { minor: 29_900 } });
    expect((await rowOf(id)).ends_at).toEqual(start);
  });

  it('moved to another plan: the time that is left keeps its worth, limits follow, and a refund gives back what is left of the money', async () => {
    const userId = await rich(29_900);
    const orderId = await buy(userId, 'month', { now: start });
    const id = await subscriptionOf(userId);
    const [month, year] = [plan('month'), plan('year')];
    const left = (await rowOf(id)).ends_at.getTime() - inDays(10).getTime();
    const changed = await change(userId, id, { planId: 'year', now: inDays(10) });
    const worth = (left * month.price.minor * nominalMs(year.period)) / (nominalMs(month.period) * year.price.minor);
    const expected = new Date(inDays(10).getTime() + Math.floor(worth));
    expect(changed).toEqual({ endsAt: expected });
    expect(await rowOf(id)).toMatchObject({ ends_at: expected, plan_id: 'year', device_limit: year.deviceLimit ?? null });
    expect(await wantedOnPanels(id)).toMatchObject([{ desired_enabled: true, desired_ends_at: expected }]);
    const money = Math.floor((29_900 * left) / (left + 10 * dayMs));
    const given = await refund(userId, orderId, inDays(10));
    expect('amount' in given ? Math.abs(given.amount.minor - money) : given).toBeLessThanOrEqual(1);
  });

  it('is not moved at a price that the buyer did not see, nor where it is already, nor of somebody else', async () => {
    const userId = await rich(29_900);
    await buy(userId, 'month', { now: start });
    const id = await subscriptionOf(userId);
    const wanted = { userId, subscriptionId: id, planId: 'year', tag: 'none', sourceId: next(), settings, now: inDays(1) };
    expect(await database.db.transaction((tx) => changePlan(tx, wanted))).toEqual({ refusal: 'OfferChanged' });
    expect(await change(userId, id, { planId: 'month', now: inDays(1) })).toEqual({ refusal: 'PlanUnavailable' });
    expect(await change(await rich(1), id, { planId: 'year', now: inDays(1) })).toEqual({ refusal: 'NotFound' });
    await pause(userId, id, inDays(1));
    expect(await change(userId, id, { planId: 'year', now: inDays(2) })).toEqual({ refusal: 'ChangeNotNow' });
  });

  it('renewed with another plan: what is left becomes time of that plan first', async () => {
    const userId = await rich(400_000);
    await buy(userId, 'month', { now: start });
    const id = await subscriptionOf(userId);
    const orderId = await buy(userId, 'year', { now: inDays(10), subscriptionId: id });
    const grants: readonly { kind: string; end_after: Date }[] = await database
      .db('grants')
      .where({ subscription_id: id })
      .orderBy('sequence');
    expect(grants.map((grant) => grant.kind)).toEqual(['purchase', 'change', 'renewal']);
    expect((await rowOf(id)).ends_at).toEqual(grants[2]?.end_after);
    expect(await refund(userId, orderId, inDays(10))).toMatchObject({ amount: plan('year').price });
    expect((await rowOf(id)).ends_at).toEqual(grants[1]?.end_after);
  });

  const step = fc.tuple(
    fc.integer({ min: 0, max: 40 }),
    fc.constantFrom('month', 'year', 'pause', 'resume', 'toMonth', 'toYear', 'refund', 'refund'),
    fc.nat(5),
  );

  it('over any history: the end is that of the last entry, and no balance goes below zero nor holds more than was paid in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
        const userId = await rich(300_000);
        const orders = [await buy(userId, 'month', { now: start })];
        const id = await subscriptionOf(userId);
        let days = 0;
        for (const [wait, kind, which] of steps) {
          days += wait;
          const now = inDays(days);
          if (kind === 'month' || kind === 'year') orders.push(await buy(userId, kind, { now, subscriptionId: id }));
          else if (kind === 'pause') await pause(userId, id, now);
          else if (kind === 'resume') await resume(userId, id, now);
          else if (kind === 'refund') await refund(userId, orders[which] ?? orders[0] ?? '', now);
          else await change(userId, id, { planId: kind === 'toMonth' ? 'month' : 'year', now });
        }
        const last: { end_after: Date } = await database.db('grants').where({ subscription_id: id }).orderBy('sequence', 'desc').first();
        expect((await rowOf(id)).ends_at).toEqual(last.end_after);
        const balance: { amount_minor: number } = await database.db('balances').where({ user_id: userId }).first();
        expect(balance.amount_minor).toBeGreaterThanOrEqual(0);
        expect(balance.amount_minor).toBeLessThanOrEqual(300_000);
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});
