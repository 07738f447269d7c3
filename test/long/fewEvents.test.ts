import process from 'node:process';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { ReminderKind, ReminderPolicy } from '../../src/domain/reminder';
import type { Deadline } from '../../src/domain/user';
import { defaultTechnicalTimes } from '../../src/domain/policy';
import { createShop } from '../../src/temporal/shop';
import { bookOfReminders, endIn, fastReminders, reminderLines, subscribe, untilSettled, type Subscriber } from '../support/reminding';
import { openTestShop, quick, type TestShop } from '../support/shop';
import { until } from '../support/until';
import { queryUser } from '../support/userQueries';

const kinds: readonly ReminderKind[] = ['early', 'soon', 'last', 'ended', 'missed', 'come_back'];

let shop: TestShop;
afterEach(() => shop.close());

function open(policy: { readonly reminders: ReminderPolicy; readonly continueAsNewEvents?: number }): Promise<void> {
  return openTestShop({ tuning: { policy: { ...quick.policy, ...policy } } }).then((opened) => {
    shop = opened;
  });
}

async function runsOf(userId: number): Promise<number> {
  let runs = 0;
  for await (const run of shop.temporal.workflow.list({ query: `WorkflowId = 'user-${userId}'` })) runs += Number(run.runId !== '');
  return runs;
}

describe('a workflow that continues as new every 30 events', () => {
  /** Updates and signals all at once: 12 wishes for two plans in turn, and as many repeats of what is known already. */
  async function fire(person: Subscriber): Promise<readonly { readonly outcome: string }[]> {
    const { userId } = person;
    const handle = shop.temporal.workflow.getHandle(`user-${userId}`);
    const port = createShop(shop.temporal, { times: defaultTechnicalTimes, searchAttributes: () => false });
    const paid: { id: string } = await shop.db('payments').where({ user_id: userId, state: 'paid' }).first('id');
    const shots = Array.from({ length: 12 }, async (_, index) => {
      await handle.signal('resync', { v: 1 });
      await handle.signal('paymentReported', { v: 1, paymentId: paid.id });
      const wish = { userId, key: `fire-${index}`, planId: index % 2 === 0 ? 'quarter' : 'year', provider: 'yookassa' };
      // A wish without an answer in time is asked again with its key, as the bot does.
      return until('the wish is answered', () => port.openOrder(wish).catch(() => undefined), 120_000);
    });
    const answers = await Promise.all(shots);
    const repeated = await until('a key is answered the same', () =>
      port.openOrder({ userId, key: 'fire-7', planId: 'year', provider: 'yookassa' }).catch(() => undefined),
    );
    expect(repeated).toEqual(answers[7]);
    return answers;
  }

  it('loses, doubles and starves nothing under a fire of updates and signals', async () => {
    await open({ reminders: { ...fastReminders, longestRetryMs: 500 }, continueAsNewEvents: 30 });
    const person = await subscribe(shop, 9_400);
    const { userId } = person;
    const endsAt = await endIn(shop, person, 9_000);
    const answers = await fire(person);
    expect(answers.filter((answer) => answer.outcome === 'order')).toHaveLength(12);
    expect(await shop.db('requests').where({ user_id: userId }).whereLike('key', 'fire-%')).toHaveLength(12);
    expect(await shop.db('orders').where({ user_id: userId, state: 'open' })).toHaveLength(1);
    expect(await shop.db('grants').where({ subscription_id: person.subscriptionId })).toHaveLength(1);
    const lines = await untilSettled(shop, person, { endsAt, kinds, patienceMs: 120_000 });
    expect(lines.map((line) => line.kind)).toEqual(kinds);
    // Some may be too late to be of use; none is of unknown fate, and each that was sent is there once.
    const sent = lines.filter((line) => line.state === 'sent').length;
    expect(lines.filter((line) => line.state === 'skipped')).toHaveLength(kinds.length - sent);
    const book = await bookOfReminders(person);
    expect(book.before + book.ended + book.missed + book.comeBack).toBe(sent);
    expect(Math.max(book.ended, book.missed, book.comeBack)).toBe(1);
    const runs = await runsOf(userId);
    expect(runs).toBeGreaterThan(4);
    process.stdout.write(`fire: ${runs} runs, ${sent} reminders sent, ${kinds.length - sent} skipped\n`);
  });

  it('gets on with its work where the beginning of a run alone is over the measure', async () => {
    await open({ reminders: fastReminders, continueAsNewEvents: 3 });
    const person = await subscribe(shop, 9_401);
    await endIn(shop, person, 60_000);
    await until('the end is known', async () => {
      const deadlines = await queryUser<readonly Deadline[]>(shop, person.userId, 'getDeadlines');
      return deadlines?.some((deadline) => deadline.kind === 'remind');
    });
    expect(await runsOf(person.userId)).toBeLessThan(12);
  });
});

describe('a quiet month', () => {
  // The whole month, from the day after the first access to the end of it, and the day after that.
  const offsetsMs = { never_connected: 8_000, early: -6_000, soon: -4_000, last: -2_000, ended: 0, missed: 4_000 };
  const graceMs = 2_000;

  interface Month {
    readonly handle: WorkflowHandle;
    readonly endsAt: Date;
    /** Events before its first reminder. */
    readonly before: number;
  }

  async function monthOf(person: Subscriber): Promise<Month> {
    const handle = shop.temporal.workflow.getHandle(`user-${person.userId}`);
    const started: { created_at: Date } = await shop.db('subscriptions').where({ id: person.subscriptionId }).first('created_at');
    const endsAt = await endIn(shop, person, started.created_at.getTime() + 18_000 - Date.now());
    await until('the workflow knows the month, and the purchase has left it alone', async () => {
      const deadlines = await handle.query<readonly Deadline[]>('getDeadlines');
      const ofMonth = deadlines.filter((deadline) => deadline.kind === 'remind' && deadline.endsAt === endsAt.toISOString());
      const { events } = await handle.fetchHistory();
      const hasChildEnded = events?.some((event) => event.childWorkflowExecutionCompletedEventAttributes);
      return ofMonth.length === Object.keys(offsetsMs).length && hasChildEnded === true;
    });
    return { handle, endsAt, before: (await handle.describe()).historyLength };
  }

  /** What the month cost once its end is known to be over, before the message of the day after. */
  async function costOf(person: Subscriber, month: Month): Promise<number> {
    const { handle, endsAt, before } = month;
    await untilSettled(shop, person, { endsAt, kinds: ['early', 'soon', 'last', 'ended'] });
    await until('the month and its grace are over', () => Promise.resolve(Date.now() > endsAt.getTime() + graceMs + 500));
    const events = (await handle.describe()).historyLength - before;
    const lines = await reminderLines(shop, person, endsAt);
    const sent = lines.filter((line) => line.state === 'sent').map((line) => line.kind);
    expect(sent).toEqual(expect.arrayContaining(['early', 'soon', 'last', 'ended']));
    expect(sent).not.toContain('missed');
    await untilSettled(shop, person, { endsAt, kinds: ['missed'] });
    await until('nothing is left but to end', async () => {
      const deadlines = await handle.query<readonly Deadline[]>('getDeadlines');
      return deadlines[0]?.kind === 'idle';
    });
    const { view } = await handle.query<{ view: { subscriptions: readonly unknown[] } }>('getState');
    expect(view.subscriptions).toEqual([]);
    return events;
  }

  it.each([0, graceMs])('costs 60 events of history at most, through the end of access, with a grace of %i ms', async (grace) => {
    await open({ reminders: { ...fastReminders, offsetsMs } });
    const { settings }: { settings: object } = await shop.db('shop').first('settings');
    await shop.db('shop').update({ settings: JSON.stringify({ ...settings, graceMs: grace }) });
    const [connected, absent] = [await subscribe(shop, 9_402), await subscribe(shop, 9_403)];
    await shop.db('devices').insert({ id: 'dev_1', subscription_id: connected.subscriptionId, hwid: 'phone' });
    const months = await Promise.all([monthOf(connected), monthOf(absent)]);
    const [ofConnected, ofAbsent] = await Promise.all([costOf(connected, months[0]), costOf(absent, months[1])]);
    expect((await bookOfReminders(connected)).neverConnected).toBe(0);
    expect((await bookOfReminders(absent)).neverConnected).toBe(1);
    process.stdout.write(`a quiet month, grace ${grace} ms: ${ofConnected} events, ${ofAbsent} for who never connected\n`);
    expect(Math.min(ofConnected, ofAbsent)).toBeGreaterThan(40);
    expect(Math.max(ofConnected, ofAbsent)).toBeLessThanOrEqual(60);
  });
});
