import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../../test/support/stack';
import { connect, type Db } from './connection';
import { takeTurn } from './telegramTurns';

describe('the line of messages to Telegram', () => {
  let database: TestDatabase;
  let other: Db;
  beforeAll(async () => {
    database = await createTestDatabase();
    other = connect({ url: database.url });
  });
  beforeEach(() => database.db('telegram_turns').delete());
  afterAll(async () => {
    await other.destroy();
    await database.drop();
  });

  const endsIn = (ms: number): Promise<number> => database.db('telegram_turns').update({ next_at: new Date(Date.now() + ms) });

  it('gives each of many processes a turn of its own', async () => {
    const wish = { gapMs: 200, longestMs: 50_000 };
    await takeTurn(database.db, wish);
    // Long enough not to pass while the turns are taken, so that each is one gap behind the one before it.
    await endsIn(20_000);
    const { next_at: first }: { next_at: Date } = await database.db('telegram_turns').first('next_at');
    const waits = await Promise.all(Array.from({ length: 60 }, (_, index) => takeTurn(index % 2 === 0 ? database.db : other, wish)));
    const { next_at: last }: { next_at: Date } = await database.db('telegram_turns').first('next_at');
    expect(last.getTime() - first.getTime()).toBe(60 * 200);
    expect(new Set(waits).size).toBe(60);
  });

  it('gives none to who finds it too long, and does not get longer by it', async () => {
    await takeTurn(database.db, { gapMs: 10_000, longestMs: 0 });
    expect(await takeTurn(database.db, { gapMs: 10_000, longestMs: 0 })).toBeUndefined();
    expect(await takeTurn(database.db, { gapMs: 10_000, longestMs: 5_000 })).toBeUndefined();
    const waitMs = await takeTurn(database.db, { gapMs: 10_000, longestMs: 20_000 });
    expect(waitMs).toBeGreaterThan(5_000);
    expect(waitMs).toBeLessThanOrEqual(10_000);
  });

  it('is empty when its last turn has passed, and when its end was set by a clock that was wrong', async () => {
    const wish = { gapMs: 40, longestMs: 0 };
    await takeTurn(database.db, wish);
    await endsIn(-1_000);
    expect(await takeTurn(database.db, wish)).toBe(0);
    await endsIn(3_600_000);
    expect(await takeTurn(database.db, wish)).toBe(0);
    await endsIn(1_000);
    expect(await takeTurn(database.db, wish)).toBeUndefined();
  });
});
