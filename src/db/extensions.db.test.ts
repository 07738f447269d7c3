import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buyPlan, giveBack, newUser, type Desk } from '../../test/support/purchases';
import { createShopDatabase } from '../../test/support/seeds';
import type { TestDatabase } from '../../test/support/stack';
import { applyUserEvents } from '../activities/userEvents';
import { defaultPolicy } from '../domain/policy';
import { listExtensions, startExtension } from './extensions';
import { loadSources } from './sources';
import { takeUsersWithEvents } from './userEvents';

const now = new Date('2026-11-27T12:00:00.000Z');
const settings = { timeZone: 'Europe/Moscow', graceMs: 0 };

describe('days for everybody, and where everybody came from', () => {
  let database: TestDatabase;
  let desk: Desk;
  let users: readonly number[] = [];
  beforeAll(async () => {
    database = await createShopDatabase();
    desk = { db: database.db, settings, now };
    users = await Promise.all(Array.from({ length: 12 }, () => newUser(database.db)));
    for (const userId of users.slice(0, 10)) await buyPlan(desk, userId);
  });
  afterAll(() => database.drop());

  const start = (): ReturnType<typeof startExtension> =>
    startExtension(database.db, { days: 3, reason: 'outage', actor: 'test', perSecond: 5, graceMs: 0, now });

  async function hear(userId: number): Promise<void> {
    const shop = { name: '', publicUrl: '', currency: 'RUB', orderMs: 0, ...settings };
    const log = { warn: (): void => undefined, error: (): void => undefined };
    const deps = { db: database.db, clock: { now: () => now }, log, settings: () => Promise.resolve(shop), policy: defaultPolicy };
    await applyUserEvents(deps, { userId });
  }

  async function endsOf(userId: number): Promise<readonly string[]> {
    const rows: readonly { ends_at: Date }[] = await database.db('subscriptions').where({ user_id: userId });
    return rows.map((row) => row.ends_at.toISOString());
  }

  it('reach everybody who has something live, once, at their pace, whatever stops and is told again', async () => {
    const [paused = 0, revoked = 0] = users;
    await database
      .db('subscriptions')
      .where({ user_id: paused })
      .update({ paused_at: now, resumes_at: new Date('2026-12-10T12:00:00.000Z') });
    await database.db('subscriptions').where({ user_id: revoked }).update({ revoked_at: now });
    const id = await start();
    expect(await listExtensions(database.db)).toMatchObject([{ id, days: 3, total: 8, done: 0 }]);
    expect(await start()).toBeUndefined();
    const at = (ms: number): Promise<readonly number[]> =>
      takeUsersWithEvents(database.db, { now: new Date(now.getTime() + ms), againMs: 120_000, limit: 50 });
    expect(await at(900)).toHaveLength(5);
    expect(await at(10_000)).toHaveLength(3);
    for (const userId of users) await Promise.all([hear(userId), hear(userId)]);
    expect(await listExtensions(database.db)).toMatchObject([{ id, total: 8, done: 8 }]);
    for (const userId of users.slice(2, 10)) expect(await endsOf(userId)).toEqual(['2026-12-30T12:00:00.000Z']);
    expect(await endsOf(paused)).toEqual(['2026-12-27T12:00:00.000Z']);
    expect(await endsOf(revoked)).toEqual(['2026-12-27T12:00:00.000Z']);
    expect(await database.db('notices').where({ kind: 'granted' })).toHaveLength(8);
    expect(await at(600_000)).toEqual([]);
    expect(await start()).toMatch(/^ext_/);
  });

  it('sales are counted per campaign, less what was refunded', async () => {
    const [first = 0, second = 0, third = 0] = users.slice(-3);
    await database.db('users').whereIn('id', [first, second, third]).update({ source: 'channel' });
    await giveBack(desk, await buyPlan(desk, second), 'balance');
    const report = await loadSources(database.db, 'RUB');
    expect(report).toEqual([
      { source: undefined, users: 9, buyers: 9, sales: { minor: 9 * 29_900, currency: 'RUB' } },
      { source: 'channel', users: 3, buyers: 2, sales: { minor: 29_900, currency: 'RUB' } },
    ]);
  });
});
