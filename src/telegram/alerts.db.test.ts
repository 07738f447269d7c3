import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../../test/support/stack';
import { healAlert, raiseAlert } from '../db/alerts';
import { ShopError } from '../errors';
import { groupAlerts, sendDueAlerts } from './alerts';

const signal = new AbortController().signal;
const log = { warn: () => undefined, error: () => undefined };

describe('alerts', () => {
  let database: TestDatabase;
  let told: { operator: number; text: string }[];
  let failures: (ShopError | undefined)[];
  beforeAll(async () => {
    database = await createTestDatabase();
    await database.db('operators').insert([{ telegram_id: 1 }, { telegram_id: 2 }]);
  });
  beforeEach(async () => {
    await database.db('alerts').delete();
    told = [];
    failures = [];
  });
  afterAll(() => database.drop());

  function send(): Promise<number> {
    const sender = {
      tell(operator: number, text: string) {
        const failure = failures.shift();
        if (failure !== undefined) return Promise.reject(failure);
        told.push({ operator, text });
        return Promise.resolve();
      },
    };
    return sendDueAlerts({ db: database.db, sender, paceMs: 1, log }, signal);
  }

  const raise = (key: string, text = `${key} is broken`): Promise<void> => raiseAlert(database.db, { key, kind: 'test', text });

  it('reach every operator once, several in one message, and their end is told', async () => {
    await raise('one');
    await raise('one');
    await raise('two');
    expect(await send()).toBe(2);
    expect(await send()).toBe(0);
    const text = '⚠️ one is broken (2 times)\n\n⚠️ two is broken';
    expect(told).toEqual([
      { operator: 1, text },
      { operator: 2, text },
    ]);
    await healAlert(database.db, 'one');
    await send();
    expect(told.slice(2).map((message) => message.text)).toEqual(['✅ Over: one is broken', '✅ Over: one is broken']);
  });

  it('wait for Telegram when it asks to, and are told all the same', async () => {
    await raise('one');
    failures = [new ShopError('TelegramRateLimited', { message: 'wait', retryAfterMs: 5 })];
    await send();
    expect(told.map((message) => message.operator)).toEqual([1, 2]);
  });

  it('are due again when nobody could be reached', async () => {
    await raise('one');
    failures = Array.from({ length: 10 }, () => new ShopError('TelegramUnavailable', { message: 'down', retryAfterMs: 1 }));
    await send();
    expect(told).toEqual([]);
    failures = [];
    expect(await send()).toBe(1);
    expect(told).toHaveLength(2);
  });

  it('of an operator who has blocked the bot stop no other', async () => {
    await raise('one');
    failures = [new ShopError('TelegramUnreachable', { message: 'blocked' })];
    await send();
    expect(told.map((message) => message.operator)).toEqual([2]);
    expect(await send()).toBe(0);
  });

  it('fit into messages of at most 4096 characters', () => {
    const long = { kind: 'test', count: 1, healed: false, text: 'x'.repeat(3_000) };
    const messages = groupAlerts([
      { ...long, key: 'a' },
      { ...long, key: 'b' },
      { ...long, key: 'c', text: 'y'.repeat(9_000) },
    ]);
    expect(messages).toHaveLength(3);
    for (const message of messages) expect(message.length).toBeLessThanOrEqual(4_096);
  });
});
