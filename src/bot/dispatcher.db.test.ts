import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../../test/support/stack';
import { until } from '../../test/support/until';
import { claimUpdate, deferUpdate, finishUpdate, putOffUpdate, storeUpdates } from '../db/telegramUpdates';
import { ShopError } from '../errors';
import type { TelegramSender } from '../telegram/sender';
import { createDispatcher, type DispatcherDeps } from './dispatcher';

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
    await deferUpdate(database.db, 1, { at: new Date(), errorCode: 'TemporalUnavailable', said: [] });
    expect(await claimUpdate(database.db, { now: behind, leaseMs: 30_000 })).toBeUndefined();
  });

  it('a deferred one holds up nobody and comes back', async () => {
    await storeUpdates(database.db, [
      { updateId: 1, telegramUserId: 1, body: {} },
      { updateId: 2, telegramUserId: 1, body: {} },
    ]);
    await claim();
    await deferUpdate(database.db, 1, { at: now(), errorCode: 'TemporalUnavailable', said: [] });
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

  it('of one user wait behind one that is put off, except for payments and the questions before them', async () => {
    await storeUpdates(database.db, [
      { updateId: 1, telegramUserId: 1, body: { message: { text: '/start' } } },
      { updateId: 2, telegramUserId: 1, body: { message: { text: '/help' } } },
      { updateId: 3, telegramUserId: 1, body: { pre_checkout_query: {} } },
      { updateId: 4, telegramUserId: 1, body: { message: { successful_payment: {} } } },
    ]);
    await claim();
    await putOffUpdate(database.db, 1, { at: new Date(now().getTime() + 5_000), errorCode: 'TelegramRateLimited', said: ['one'] });
    expect([(await claim())?.updateId, (await claim())?.updateId, await claim()]).toEqual([3, 4, undefined]);
    const later = { now: new Date(now().getTime() + 5_000), leaseMs: 30_000 };
    expect(await claimUpdate(database.db, later)).toMatchObject({ updateId: 1, putOffs: 1, said: ['one'] });
    await finishUpdate(database.db, 1, later);
    expect(await database.db('telegram_updates').where({ update_id: 1 }).first()).toMatchObject({ said: [], body: null });
    expect((await claim())?.updateId).toBe(2);
  });
});

describe('the dispatcher', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  /** Runs a dispatcher by a clock that stands still until it is moved. */
  async function running(
    handle: DispatcherDeps['handle'],
    test: (at: { pass(ms: number): void; readonly errors: readonly string[] }) => Promise<void>,
  ): Promise<void> {
    let passed = 0;
    const began = Date.now();
    const errors: string[] = [];
    const ending = new AbortController();
    const log = { warn: () => undefined, error: (_: object, message: string) => void errors.push(message) };
    const dispatcher = createDispatcher({ db: database.db, clock: { now: () => new Date(began + passed) }, handle, log });
    const end = dispatcher.run(ending.signal);
    try {
      await test({
        pass(ms) {
          passed += ms;
          dispatcher.wake();
        },
        errors,
      });
    } finally {
      ending.abort();
      await end;
    }
  }

  const rowOf = (updateId: number): Promise<unknown> => database.db('telegram_updates').where({ update_id: updateId }).first();
  const isPutOff = async (updateId: number, times: number): Promise<boolean> => {
    const row = await database
      .db('telegram_updates')
      .where({ update_id: updateId, put_offs: times, leased_until: null })
      .first('update_id');
    return row !== undefined;
  };
  const isHandled = async (updateId: number): Promise<boolean> =>
    (await database.db('telegram_updates').where({ update_id: updateId }).whereNotNull('handled_at').first('update_id')) !== undefined;

  it.each(['TelegramRateLimited', 'TelegramUnavailable', 'TelegramUnknownOutcome'] as const)(
    'tries an update again whose answer met %s, in its order, and serves others meanwhile',
    async (code) => {
      await database.db('telegram_updates').delete();
      const [one, two, other] = [{ name: 'one' }, { name: 'two' }, { name: 'other' }];
      await storeUpdates(database.db, [
        { updateId: 1, telegramUserId: 1, body: one },
        { updateId: 2, telegramUserId: 1, body: two },
        { updateId: 3, telegramUserId: 2, body: other },
      ]);
      const tries: unknown[] = [];
      const nameOf = (update: unknown): unknown => Object.entries(update as object)[0]?.[1];
      const handle = async (update: unknown): Promise<void> => {
        const isFirstTry = nameOf(update) === 'one' && !tries.includes('one');
        tries.push(nameOf(update));
        if (isFirstTry) throw new ShopError(code, { message: 'not now', retryAfterMs: 60_000 });
      };
      await running(handle, async ({ pass }) => {
        await until('the first is put off and the other is served', async () => (await isPutOff(1, 1)) && isHandled(3));
        expect(await isHandled(1)).toBe(false);
        pass(59_000);
        await storeUpdates(database.db, [{ updateId: 4, telegramUserId: 2, body: other }]);
        await until('the other is served again', () => isHandled(4));
        expect(await isHandled(1)).toBe(false);
        pass(1_001);
        await until('the rest is handled', () => isHandled(2));
        expect(tries.filter((name) => name !== 'other')).toEqual(['one', 'one', 'two']);
        expect(await rowOf(1)).toMatchObject({ error_code: null });
      });
    },
  );

  it.each(['TelegramRateLimited', 'TemporalUnavailable'] as const)('says once what it said before %s', async (code) => {
    await database.db('telegram_updates').delete();
    await storeUpdates(database.db, [{ updateId: 1, telegramUserId: 1, body: {} }]);
    const sent: string[] = [];
    const sender: TelegramSender = {
      send: (_, { html }) => Promise.resolve(sent.push(html)),
      edit: () => Promise.resolve('edited'),
      tell: () => Promise.resolve(),
    };
    let tries = 0;
    const handle: DispatcherDeps['handle'] = async (_, answers) => {
      tries += 1;
      await answers.say(sender, 1, { html: 'it takes a moment', keyboard: [] });
      if (tries === 1) throw new ShopError(code, { message: 'not now' });
      await answers.say(sender, 1, { html: 'done', keyboard: [] });
    };
    await running(handle, async ({ pass }) => {
      await until('the first try is over', async () => (await database.db('telegram_updates').where({ error_code: code })).length === 1);
      pass(3_001);
      await until('it is handled', () => isHandled(1));
      expect([tries, sent]).toEqual([2, ['it takes a moment', 'done']]);
    });
  });

  it('gives an answer up after eleven tries, says so, and goes on', async () => {
    await database.db('telegram_updates').delete();
    await storeUpdates(database.db, [
      { updateId: 1, telegramUserId: 1, body: {} },
      { updateId: 2, telegramUserId: 1, body: { isFine: true } },
    ]);
    let tries = 0;
    const handle = (update: unknown): Promise<void> => {
      if (Object.hasOwn(update as object, 'isFine')) return Promise.resolve();
      tries += 1;
      return Promise.reject(new ShopError('TelegramUnavailable', { message: 'no route' }));
    };
    await running(handle, async ({ pass, errors }) => {
      for (let round = 1; round <= 10; round += 1) {
        await until(`it is put off ${round} times`, () => isPutOff(1, round));
        pass(60_001);
      }
      await until('the next one is handled', () => isHandled(2));
      expect(tries).toBe(11);
      expect(errors).toEqual([expect.stringMatching(/given up.*none of 11 tries/)]);
      expect(await rowOf(1)).toMatchObject({ error_code: 'TelegramUnavailable', said: [] });
    });
  });
});
