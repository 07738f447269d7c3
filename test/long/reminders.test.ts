import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ReminderKind } from '../../src/domain/reminder';
import { fault } from '../support/facts';
import { startRole, type RoleProcess } from '../support/processes';
import { bookOfReminders, endIn, fastReminders, subscribe, untilSettled, type Subscriber } from '../support/reminding';
import { openTestShop, quick, type TestShop } from '../support/shop';
import { until } from '../support/until';

const kinds: readonly ReminderKind[] = ['early', 'soon', 'last', 'ended', 'missed', 'come_back'];
/** An hour of a life in which the reminders of a month come within 9 seconds. */
const scaledHourMs = 1_500;
const reminders = { ...fastReminders, longestRetryMs: 500 };

async function sums(shop: TestShop, subscriber: Subscriber, endsAt: Date): Promise<{ sent: number; unknown: number; skipped: number }> {
  const lines = await untilSettled(shop, subscriber, { endsAt, kinds, patienceMs: 120_000 });
  const count = (state: string): number => lines.filter((line) => line.state === state).length;
  return { sent: count('sent'), unknown: count('unknown'), skipped: count('skipped') };
}

/** At most one message per kind in the sandbox's own book, and as many as the shop says were sent (those of unknown fate may be there or not). */
async function expectOneEach(subscriber: Subscriber, told: { sent: number; unknown: number; skipped: number }): Promise<void> {
  const book = await bookOfReminders(subscriber);
  expect(told.sent + told.unknown + told.skipped).toBe(kinds.length);
  expect(book.before).toBeLessThanOrEqual(3);
  expect(Math.max(book.ended, book.missed, book.comeBack)).toBeLessThanOrEqual(1);
  const messages = book.before + book.ended + book.missed + book.comeBack;
  expect(messages).toBeGreaterThanOrEqual(told.sent);
  expect(messages).toBeLessThanOrEqual(told.sent + told.unknown);
}

describe('reminders, whatever happens meanwhile', () => {
  let shop: TestShop;
  let worker: RoleProcess | undefined;
  const environment = { KIOSK_TUNING: JSON.stringify({ ...quick, policy: { ...quick.policy, reminders } }) };
  beforeEach(async () => {
    shop = await openTestShop({ closed: true, tuning: { policy: { reminders } } });
    await shop.open('api');
    await shop.open('bot');
  });
  afterEach(async () => {
    await worker?.stop();
    worker = undefined;
    await shop.close();
  });

  it('come at most once through kills of the worker, 429 and lost answers', async () => {
    worker = startRole(shop, 'worker', environment);
    const people = await Promise.all(Array.from({ length: 8 }, (_, index) => subscribe(shop, 9_100 + index)));
    const ends = await Promise.all(people.map((person) => endIn(shop, person, 8_000)));
    for (const mode of ['http429', 'drop', 'late']) {
      await fault(shop, { target: 'telegram', operation: 'sendMessage', mode, count: 3, delayMs: 1_000 });
      const before = Date.now();
      await until('some reminders are under way', async () => {
        const row: unknown = await shop.db('reminders').where('claimed_at', '>', new Date(before)).first('kind');
        return row !== undefined;
      });
      await worker.kill();
      worker = startRole(shop, 'worker', environment);
    }
    const told = await Promise.all(people.map((person, index) => sums(shop, person, ends[index] ?? new Date())));
    for (const [index, person] of people.entries()) await expectOneEach(person, told[index] ?? { sent: 0, unknown: 0, skipped: 0 });
    process.stdout.write(`kills: ${JSON.stringify(told)}\n`);
    expect(told.reduce((sum, one) => sum + one.sent, 0)).toBeGreaterThan(0);
  });

  it('that were due while Telegram was down for two hours are sent late, skipped by the rule, or unknown', async () => {
    worker = startRole(shop, 'worker', environment);
    const people = await Promise.all(Array.from({ length: 4 }, (_, index) => subscribe(shop, 9_200 + index)));
    const ends = await Promise.all(people.map((person) => endIn(shop, person, 7_000)));
    await until('the first reminder is there', async () => (await shop.db('reminders').where({ state: 'sent' })).length > 0);
    await fault(shop, { target: 'telegram', mode: 'refuse' });
    const back = Date.now() + 2 * scaledHourMs;
    await until('two hours are over', () => Promise.resolve(Date.now() > back));
    await fault(shop, { target: 'telegram', mode: null });
    const told = await Promise.all(people.map((person, index) => sums(shop, person, ends[index] ?? new Date())));
    for (const [index, person] of people.entries()) await expectOneEach(person, told[index] ?? { sent: 0, unknown: 0, skipped: 0 });
    process.stdout.write(`Telegram down: ${JSON.stringify(told)}\n`);
  });

  it.each([3_600_000, -3_600_000])(
    'come on time from a worker whose wall clock is off by %i ms, and nothing ends early',
    async (movedMs) => {
      const moved = { ...environment, NODE_OPTIONS: '--import ./test/support/movedClock.mjs', TEST_CLOCK_MS: String(movedMs) };
      worker = startRole(shop, 'worker', moved);
      const person = await subscribe(shop, 9_300);
      const grant: { created_at: Date } = await shop.db('grants').first('created_at');
      expect(Math.abs(grant.created_at.getTime() - Date.now())).toBeLessThan(60_000);
      const endsAt = await endIn(shop, person, 8_000);
      const told = await sums(shop, person, endsAt);
      expect(told).toEqual({ sent: 6, unknown: 0, skipped: 0 });
      await expectOneEach(person, told);
      const late: { rows: { seconds: number }[] } = await shop.db.raw(
        'select max(extract(epoch from claimed_at - due_at))::float8 as seconds from reminders',
      );
      expect(late.rows[0]?.seconds).toBeGreaterThan(-1);
      expect(late.rows[0]?.seconds).toBeLessThan(30);
    },
  );
});
