import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../../test/support/stack';
import { claimUpdate, deferUpdate, finishUpdate, storeUpdates } from '../db/telegramUpdates';

describe('stored updates', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  beforeEach(() => database.db('telegram_updates').delete());
  afterAll(() => database.drop());

  const now = (): Date => new Date(Date.now() + 1_000);
  const claim = (): ReturnType<typeof claimUpdate> => claimUpdate(database.db, { now: now(), leaseMs: 30_000 });

  it('are stored once', async () => {
    const update = { updateId: 1, telegramUserId: 1, body: {} };
    await storeUpdates(database.db, [update]);
    await storeUpdates(database.db, [update]);
    expect(await database.db('telegram_updates')).toHaveLength(1);
  });

  it('go in order per user, and users do not wait for each other', async () => {
    await storeUpdates(database.db, [
      { updateId: 1, telegramUserId: 1, body: {} },
      { updateId: 2, telegramUserId: 1, body: {} },
      { updateId: 3, telegramUserId: 2, body: {} },
    ]);
    expect((await claim())?.updateId).toBe(1);
    expect((await claim())?.updateId).toBe(3);
    expect(await claim()).toBeUndefined();
    await finishUpdate(database.db, 1, { now: now() });
    expect((await claim())?.updateId).toBe(2);
  });

  it('are ready at once, also for a process whose clock is behind', async () => {
    await storeUpdates(database.db, [{ updateId: 1, telegramUserId: 1, body: {} }]);
    const behind = new Date(Date.now() - 60_000);
    expect(await claimUpdate(database.db, { now: behind, leaseMs: 30_000 })).toMatchObject({ updateId: 1 });
    await deferUpdate(database.db, 1, { at: new Date(), errorCode: 'TemporalUnavailable' });
    expect(await claimUpdate(database.db, { now: behind, leaseMs: 30_000 })).toBeUndefined();
  });

  it('a deferred one holds up nobody and comes back', async () => {
    await storeUpdates(database.db, [
      { updateId: 1, telegramUserId: 1, body: {} },
      { updateId: 2, telegramUserId: 1, body: {} },
    ]);
    await claim();
    await deferUpdate(database.db, 1, { at: now(), errorCode: 'TemporalUnavailable' });
    expect((await claim())?.updateId).toBe(2);
    expect(await claimUpdate(database.db, { now: new Date(now().getTime() + 5_000), leaseMs: 1 })).toMatchObject({
      updateId: 1,
      deferred: true,
    });
  });

  it('one whose handler died comes back when its lease ends', async () => {
    await storeUpdates(database.db, [{ updateId: 1, telegramUserId: 1, body: {} }]);
    await claim();
    expect(await claim()).toBeUndefined();
    expect(await claimUpdate(database.db, { now: new Date(Date.now() + 60_000), leaseMs: 1 })).toMatchObject({ updateId: 1, attempts: 2 });
  });
});
