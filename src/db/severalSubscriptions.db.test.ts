import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buyPlan, newUser, type Desk } from '../../test/support/purchases';
import { createShopDatabase } from '../../test/support/seeds';
import type { TestDatabase } from '../../test/support/stack';
import { subscriptionScreen, subscriptionsScreen } from '../bot/views/subscriptionScreens';
import type { SubscriptionScreenData } from '../domain/subscription';
import { listPlans } from './catalog';
import { loadSubscriptions } from './screens';
import { setDefaultSubscription, singleToRenew, subscriptionForDays } from './subscriptions';

const now = new Date('2026-12-01T12:00:00.000Z');
const settings = { name: 'Shop', publicUrl: 'https://vpn.example', currency: 'RUB', timeZone: 'UTC', orderMs: 1, graceMs: 0 };

describe('several subscriptions of one user', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createShopDatabase();
  });
  afterAll(() => database.drop());

  const listOf = (userId: number): Promise<readonly SubscriptionScreenData[]> => loadSubscriptions(database.db, { userId, settings, now });
  const dayTaker = (userId: number): ReturnType<typeof subscriptionForDays> =>
    subscriptionForDays(database.db, { userId, planIds: [], endedAfter: now });
  const buttons = (screen: ReturnType<typeof subscriptionScreen>): readonly string[] =>
    screen.keyboard.flat().map((button) => button.label);

  async function owner(...planIds: readonly string[]): Promise<number> {
    const userId = await newUser(database.db);
    const plans = await listPlans(database.db);
    const desk: Desk = { db: database.db, settings, now };
    for (const planId of planIds) {
      const plan = plans.find(({ id }) => id === planId);
      await buyPlan(desk, userId, plan === undefined ? {} : { plan });
    }
    return userId;
  }

  it('the default is the one that ends last until its owner chooses another; it comes first, and days go there', async () => {
    const userId = await owner('month', 'year');
    const [first, second] = await listOf(userId);
    if (first === undefined || second === undefined) throw new Error('there are not two');
    expect([first, second].map(({ planId, isDefault }) => [planId, isDefault])).toEqual([
      ['year', true],
      ['month', false],
    ]);
    expect((await dayTaker(userId))?.id).toBe(first.id);
    expect(buttons(subscriptionScreen(second, undefined, now))).toContain('⭐ Make it the main one');
    expect(buttons(subscriptionScreen(first, undefined, now))).not.toContain('⭐ Make it the main one');

    await setDefaultSubscription(database.db, userId, second.id);
    const chosen = await listOf(userId);
    expect(chosen.map(({ planId, isDefault }) => [planId, isDefault])).toEqual([
      ['month', true],
      ['year', false],
    ]);
    expect((await dayTaker(userId))?.id).toBe(second.id);
    expect(buttons(subscriptionsScreen(chosen)).map((label) => label.startsWith('⭐'))).toEqual([true, false, false, false]);

    // One that is taken back is the default no more.
    await database.db('subscriptions').where({ id: second.id }).update({ revoked_at: now });
    expect((await listOf(userId))[0]?.id).toBe(first.id);
    expect((await dayTaker(userId))?.id).toBe(first.id);
  });

  it('a plan of which nobody has two is renewed by its purchase, live or lapsed, unless it was taken back', async () => {
    const userId = await owner('month', 'year');
    const [year, month] = await listOf(userId);
    const single = { id: 'month', isSingle: true } as const;
    expect(await singleToRenew(database.db, userId, { id: 'month' })).toBeUndefined();
    expect(await singleToRenew(database.db, userId, single)).toBe(month?.id);
    expect(await singleToRenew(database.db, userId, { ...single, id: 'year' })).toBe(year?.id);
    await database
      .db('subscriptions')
      .where({ id: month?.id })
      .update({ ends_at: new Date(0) });
    expect(await singleToRenew(database.db, userId, single)).toBe(month?.id);
    await database.db('subscriptions').where({ id: month?.id }).update({ revoked_at: now });
    expect(await singleToRenew(database.db, userId, single)).toBeUndefined();
    expect(await singleToRenew(database.db, await newUser(database.db), single)).toBeUndefined();
  });

  it('nobody chooses what is not theirs, and who has one sees nothing of all this', async () => {
    const userId = await owner('month');
    const [only] = await listOf(userId);
    const [other] = await listOf(await owner('year'));
    if (only === undefined || other === undefined) throw new Error('nothing was bought');
    await setDefaultSubscription(database.db, userId, other.id);
    const user: { default_subscription_id: string | null } = await database.db('users').where({ id: userId }).first();
    expect(user.default_subscription_id).toBeNull();
    expect(only.isDefault).toBeUndefined();
    const screen = subscriptionScreen(only, undefined, now);
    expect([screen.html, ...buttons(screen)].join('\n')).not.toContain('⭐');
  });
});
