import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../../test/support/stack';
import { defaultReminderPolicy, type ReminderPolicy, type ShopDay } from '../domain/reminder';
import {
  claimReminder,
  endClaim,
  findReminder,
  loadReminderFacts,
  putOffReminder,
  releaseReminder,
  settleLostClaims,
  skipReminder,
  upcomingReminders,
  usersToRemind,
} from './reminders';

const now = new Date('2026-12-01T12:00:00.000Z');
const hours = (count: number): Date => new Date(now.getTime() + count * 3_600_000);
const policy: ReminderPolicy = { ...defaultReminderPolicy, spreadMs: 0 };
const day: ShopDay = { timeZone: 'UTC', quiet: undefined };

describe('reminders in the database', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await database.db.raw(`insert into plans (id, title, period_value, period_unit, price_minor, currency, server_ids, position)
      values ('month', '{"ru":"М","en":"M"}', 1, 'month', 100, 'RUB', '{}', 0)`);
  });
  afterAll(() => database.drop());

  let last = 0;
  async function subscription(endsAt: Date): Promise<{ userId: number; subscriptionId: string }> {
    last += 1;
    const rows: readonly { id: number }[] = await database.db('users').insert({ telegram_id: last, language: 'en' }).returning('id');
    const userId = rows[0]?.id ?? 0;
    const subscriptionId = `sub_${String(last).padStart(20, '0')}`;
    const token = `token-of-subscription-${last}`;
    const plan = { plan_id: 'month', server_ids: [], created_at: hours(-1_000) };
    await database.db('subscriptions').insert({ id: subscriptionId, user_id: userId, token, ends_at: endsAt, ...plan });
    return { userId, subscriptionId };
  }
  const kinds = async (userId: number): Promise<readonly string[]> =>
    (await upcomingReminders(database.db, { userId, now, policy, day })).map((entry) => entry.kind);

  it('are claimed by one of 20 that try at once, and by nobody once the end has moved', async () => {
    const { subscriptionId } = await subscription(hours(24));
    const due = { subscriptionId, kind: 'soon', endsAt: hours(24), at: now } as const;
    const claims = await Promise.all(Array.from({ length: 20 }, () => claimReminder(database.db, due, now)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    await database
      .db('subscriptions')
      .where({ id: subscriptionId })
      .update({ ends_at: hours(700) });
    expect(await claimReminder(database.db, { ...due, kind: 'last' }, now)).toBe(false);
    expect(await skipReminder(database.db, { ...due, kind: 'last' }, { reason: 'ended', now })).toBe(false);
  });

  it.each([{ paused_at: now, resumes_at: hours(48) }, { suspended_at: now }, { revoked_at: now }])('are none while %j', async (shut) => {
    const { userId, subscriptionId } = await subscription(hours(24));
    expect(await kinds(userId)).toContain('last');
    await database.db('subscriptions').where({ id: subscriptionId }).update(shut);
    expect(await kinds(userId)).toEqual([]);
    expect(await claimReminder(database.db, { subscriptionId, kind: 'last', endsAt: hours(24), at: now }, now)).toBe(false);
    expect(await loadReminderFacts(database.db, { subscriptionId, kind: 'last', endsAt: hours(24) }, now)).toBeUndefined();
  });

  it('that never left are due again later, and those that are settled never', async () => {
    const { userId, subscriptionId } = await subscription(hours(24));
    const due = { subscriptionId, kind: 'soon', endsAt: hours(24), at: now } as const;
    const again = async (): Promise<Date | undefined> =>
      (await upcomingReminders(database.db, { userId, now, policy, day })).find((entry) => entry.kind === 'soon')?.at;
    await claimReminder(database.db, due, now);
    // Whoever has claimed it may put it off, and be gone by then.
    expect(await again()).toEqual(hours(1 / 60));
    await releaseReminder(database.db, due, hours(1));
    expect(await again()).toEqual(hours(1));
    expect(await findReminder(database.db, due)).toEqual({ state: 'waiting', tries: 1 });
    expect(await claimReminder(database.db, due, now)).toBe(true);
    expect(await endClaim(database.db, due, { state: 'sent', now })).toBe(true);
    expect(await putOffReminder(database.db, due, hours(2))).toBe(false);
    expect(await endClaim(database.db, due, { state: 'unknown', now })).toBe(false);
    expect(await kinds(userId)).not.toContain('soon');
  });

  it('of never having connected are one, whatever becomes of the end', async () => {
    const { userId, subscriptionId } = await subscription(hours(24));
    const due = { subscriptionId, kind: 'never_connected', endsAt: hours(24), at: now } as const;
    expect(await kinds(userId)).toContain('never_connected');
    await skipReminder(database.db, due, { reason: 'too_late', now });
    await database
      .db('subscriptions')
      .where({ id: subscriptionId })
      .update({ ends_at: hours(700) });
    expect(await kinds(userId)).not.toContain('never_connected');
    expect(await kinds(userId)).toContain('early');
  });

  it('whose claim got no answer become unknown, and a late answer still says that they were sent', async () => {
    const { subscriptionId } = await subscription(hours(24));
    const due = { subscriptionId, kind: 'soon', endsAt: hours(24), at: now } as const;
    await claimReminder(database.db, due, now);
    await settleLostClaims(database.db, { claimedBefore: hours(-1), now });
    expect((await findReminder(database.db, due))?.state).toBe('claimed');
    await settleLostClaims(database.db, { claimedBefore: hours(1), now: hours(1) });
    expect((await findReminder(database.db, due))?.state).toBe('unknown');
    expect(await endClaim(database.db, due, { state: 'sent', now })).toBe(true);
  });

  it('find the users whose workflow has slept through one, and no others', async () => {
    const missed = await subscription(hours(23.5));
    const justDue = await subscription(hours(23.99));
    const dealtWith = await subscription(hours(23.5));
    await skipReminder(
      database.db,
      { subscriptionId: dealtWith.subscriptionId, kind: 'soon', endsAt: hours(23.5), at: now },
      { reason: 'blocked', now },
    );
    const behind = { now, lateMs: 600_000, limit: 100, policy: { ...policy, offsetsMs: { soon: policy.offsetsMs.soon ?? 0 } } };
    const found = await usersToRemind(database.db, { ...behind, day });
    expect(found).toContain(missed.userId);
    expect(found).not.toContain(justDue.userId);
    expect(found).not.toContain(dealtWith.userId);
    const quiet = { timeZone: 'UTC', quiet: { fromMinute: 11 * 60, toMinute: 13 * 60 } };
    expect(await usersToRemind(database.db, { ...behind, day: quiet })).not.toContain(missed.userId);
  });
});
