import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buyPlan, newUser, type Desk } from '../../test/support/purchases';
import { createShopDatabase } from '../../test/support/seeds';
import type { TestDatabase } from '../../test/support/stack';
import { forgetKeys, subscriptionsToForget } from './keptKeys';
import { findAccount, serversOnPanel } from './panelAccounts';

const dayMs = 86_400_000;
const start = new Date('2026-12-01T12:00:00.000Z');
const inDays = (days: number): Date => new Date(start.getTime() + days * dayMs);
const settings = { timeZone: 'UTC', graceMs: 0 };

interface Owned {
  readonly id: string;
  readonly token: string;
  readonly ends_at: Date;
}

describe('keys of what has ended', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createShopDatabase();
  });
  afterAll(() => database.drop());

  const desk = (now: Date): Desk => ({ db: database.db, settings, now });
  const ownedBy = (userId: number): Promise<Owned> => database.db('subscriptions').where({ user_id: userId }).first();
  const accountOf = async (subscriptionId: string): ReturnType<typeof findAccount> => {
    const row: { id: string } = await database.db('panel_accounts').where({ subscription_id: subscriptionId }).first('id');
    return findAccount(database.db, row.id);
  };
  const forget = (subscriptionId: string, endedBefore: Date, now: Date): Promise<number | undefined> =>
    forgetKeys(database.db, { subscriptionId, endedBefore, now });
  const causes = async (): Promise<readonly string[]> => {
    const rows: readonly { cause: string }[] = await database.db('operations').where('cause', 'like', 'retention:%').select('cause');
    return rows.map((row) => row.cause);
  };

  it('go once, however often and by how many at once that is asked, and come back with a renewal as they were', async () => {
    const userId = await newUser(database.db);
    await buyPlan(desk(start), userId);
    const before = await ownedBy(userId);
    const known = await accountOf(before.id);
    const withLinks = (): Promise<readonly object[]> => serversOnPanel(database.db, before.id, known?.panelId ?? '');
    expect(await withLinks()).not.toEqual([]);
    await database.db('vpn_keys').where({ subscription_id: before.id }).update({ connection_string: 'vless://a-link' });

    const early = inDays(40);
    expect(await subscriptionsToForget(database.db, { endedBefore: before.ends_at, limit: 10 })).toEqual([]);
    expect(await forget(before.id, before.ends_at, early)).toBeUndefined();

    const late = inDays(70);
    const endedBefore = inDays(40);
    expect(await subscriptionsToForget(database.db, { endedBefore, limit: 10 })).toEqual([before.id]);
    const asked = await Promise.all(Array.from({ length: 8 }, () => forget(before.id, endedBefore, late)));
    expect(asked.filter((owner) => owner === userId)).toHaveLength(1);
    expect(await causes()).toEqual([`retention:${before.id}:${before.ends_at.getTime()}`]);
    expect(await accountOf(before.id)).toMatchObject({ isRemoved: true, enabled: false, version: (known?.version ?? 0) + 1 });
    expect(await subscriptionsToForget(database.db, { endedBefore, limit: 10 })).toEqual([]);
    const links: unknown[] = await database.db('vpn_keys').where({ subscription_id: before.id }).whereNotNull('connection_string');
    expect(links).toEqual([]);
    // What was read from the panel before is not stored after.
    expect(await withLinks()).toEqual([]);

    await buyPlan(desk(late), userId, { subscriptionId: before.id });
    const after = await ownedBy(userId);
    expect([after.id, after.token, after.ends_at > late]).toEqual([before.id, before.token, true]);
    expect(await accountOf(before.id)).toMatchObject({ isRemoved: false, enabled: true, credentials: known?.credentials });
    expect(await withLinks()).not.toEqual([]);

    // Another end is another time to go.
    expect(await forget(before.id, inDays(200), inDays(230))).toBe(userId);
    expect(await causes()).toHaveLength(2);
  });

  it('stay while time stands still, and while the subscription lives', async () => {
    const ids: string[] = [];
    for (const column of ['paused_at', 'suspended_at'] as const) {
      const userId = await newUser(database.db);
      await buyPlan(desk(start), userId);
      const { id } = await ownedBy(userId);
      const pause = column === 'paused_at' ? { resumes_at: inDays(300) } : {};
      await database
        .db('subscriptions')
        .where({ id })
        .update({ [column]: start, ...pause });
      ids.push(id);
    }
    const userId = await newUser(database.db);
    await buyPlan(desk(inDays(60)), userId);
    ids.push((await ownedBy(userId)).id);
    const endedBefore = inDays(80);
    const old = await subscriptionsToForget(database.db, { endedBefore, limit: 100 });
    for (const id of ids) {
      expect(old).not.toContain(id);
      expect(await forget(id, endedBefore, inDays(110))).toBeUndefined();
      expect(await accountOf(id)).toMatchObject({ isRemoved: false });
    }
  });
});
