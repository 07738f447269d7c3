import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newUser } from '../../test/support/purchases';
import { createShopDatabase } from '../../test/support/seeds';
import type { TestDatabase } from '../../test/support/stack';
import type { ShopSettings } from '../domain/shop';
import { lockUser } from './requests';
import { findTrial, startTrial } from './trials';

const limited = { timeZone: 'Europe/Moscow', graceMs: 0, trial: { dailyPerReferrer: 3 } };
const noon = new Date('2026-12-01T09:00:00.000Z');

describe('a limit of trials per link and day', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createShopDatabase();
  });
  afterAll(() => database.drop());

  async function friendsOf(referrerId: number, count: number): Promise<readonly number[]> {
    const users = await Promise.all(Array.from({ length: count }, () => newUser(database.db)));
    await database.db('users').whereIn('id', users).update({ referrer_id: referrerId, referred_at: noon });
    return users;
  }

  async function attempt(
    userId: number,
    at: { readonly now?: Date; readonly settings?: Pick<ShopSettings, 'timeZone' | 'graceMs' | 'trial'> } = {},
  ): Promise<string> {
    const plan = await findTrial(database.db);
    if (plan === undefined) throw new Error('the shop has no trial');
    const started = await database.db.transaction(async (tx) => {
      await lockUser(tx, userId);
      return startTrial(tx, { userId, personHash: `person-${userId}`, plan, settings: at.settings ?? limited, now: at.now ?? noon });
    });
    return 'refusal' in started ? started.refusal : 'started';
  }

  const started = (results: readonly string[]): number => results.filter((result) => result === 'started').length;

  it('lets exactly that many through, however many come at once, and the others another day', async () => {
    const referrer = await newUser(database.db);
    const friends = await friendsOf(referrer, 20);
    const results = await Promise.all(friends.map((userId) => attempt(userId)));
    expect(started(results)).toBe(3);
    expect(results.filter((result) => result === 'TrialLimit')).toHaveLength(17);
    const refused = friends.filter((_, index) => results[index] === 'TrialLimit');
    const [late = 0, next = 0] = refused;
    expect(await attempt(late, { now: new Date('2026-12-01T20:59:59.000Z') })).toBe('TrialLimit');
    // Midnight in Moscow.
    expect(await attempt(next, { now: new Date('2026-12-01T21:00:00.000Z') })).toBe('started');
    expect(await database.db('subscriptions').whereIn('user_id', [...friends])).toHaveLength(4);
  });

  it('is of each link alone, and of no concern to who came without one or has a trial already', async () => {
    const referrer = await newUser(database.db);
    const friends = await friendsOf(referrer, 3);
    for (const userId of friends) expect(await attempt(userId)).toBe('started');
    const others = [...(await friendsOf(await newUser(database.db), 1)), await newUser(database.db)];
    for (const userId of others) expect(await attempt(userId)).toBe('started');
    for (const userId of friends) expect(await attempt(userId)).toBe('started');
    expect(await database.db('trials').whereIn('user_id', [...friends])).toHaveLength(3);
  });

  it('is none where the shop set none', async () => {
    const friends = await friendsOf(await newUser(database.db), 6);
    const settings = { timeZone: 'Europe/Moscow', graceMs: 0, trial: {} };
    expect(started(await Promise.all(friends.map((userId) => attempt(userId, { settings }))))).toBe(6);
  });
});
