import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Knex } from 'knex';
import { setTimeout as wait } from 'node:timers/promises';
import { defaultPolicy, defaultTechnicalTimes, type Policy } from '../src/domain/policy';
import type { Db } from '../src/db/connection';
import { createUserSignals } from '../src/temporal/userSignals';
import { messageMoments, mostWithinASecond } from '../test/support/telegramBook';
import { until } from '../test/support/until';
import { askWhile, type Answers } from './asking';
import { inParallel, median, say } from './measure';

export interface RemindersBench {
  readonly db: Db;
  readonly client: Client;
  readonly sandboxUrl: string;
}

export interface RemindersFigures {
  readonly wakesPerSecond: number;
  readonly remindersPerSecond: number;
  readonly mostInASecond: number;
  /** Of answers while the reminders are sent, in milliseconds. */
  readonly menuP95Ms: number;
  readonly orderP95Ms: number;
}

type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

const dayMs = 86_400_000;
const firstTelegramId = 70_000_000;
const quietMs = 30_000;
const longestMs = 600_000;
const manyPeople = 100_000;
const { spreadMs: ownSpreadMs } = defaultPolicy.reminders;

/** People whose reminders fall due together. */
export interface Mass {
  readonly title: string;
  readonly people: number;
  readonly spreadMs: number;
  /** Time to start every workflow and to measure the quiet before. */
  readonly leadMs: number;
}

/** Subscriptions that end in the same instant, as after a sale to many at once or a day given to all; the shop's own spread is on. */
export const equalEnds: Mass = {
  title: `of ends in the same instant, spread over ${ownSpreadMs / 60_000} minutes as the shop does`,
  people: 2_000,
  spreadMs: ownSpreadMs,
  leadMs: 200_000,
};

/** Everybody in the same moment, which the spread never lets happen: only the end of a long failure of Temporal is like that. */
export const noSpread: Mass = { ...equalEnds, title: 'in the same moment, with no spread', spreadMs: 0 };

/** One reminder a day before the end. */
export function remindersOf(mass: Mass): Policy['reminders'] {
  return { ...defaultPolicy.reminders, offsetsMs: { early: -dayMs }, spreadMs: mass.spreadMs };
}

async function count(rows: Knex.QueryBuilder): Promise<number> {
  const [row]: readonly { count: number }[] = await rows.count({ count: '*' });
  return row?.count ?? 0;
}

/** When the first such event happened in a user's workflow. */
async function happened(client: Client, userId: number, isWanted: (event: HistoryEvent) => unknown): Promise<number | undefined> {
  const { events } = await client.workflow.getHandle(`user-${userId}`).fetchHistory();
  const time = (events ?? []).find((event) => Boolean(isWanted(event)))?.eventTime;
  return time?.seconds === undefined || time.seconds === null ? undefined : Number(time.seconds) * 1_000 + (time.nanos ?? 0) / 1e6;
}

/** People whose chat the bot may write to; returns their numbers. */
async function meetPeople({ db, sandboxUrl }: RemindersBench, mass: Mass): Promise<readonly number[]> {
  const chats = Array.from({ length: mass.people }, (_, index) => firstTelegramId + index);
  const work = async (chat: number): Promise<void> => {
    const reply = await fetch(`${sandboxUrl}/sandbox/users/${chat}/unblock`, { method: 'POST' });
    await reply.arrayBuffer();
  };
  await inParallel(chats, { atOnce: 16, work });
  await until('the bot knows everybody', async () => (await count(db('telegram_updates').whereNull('handled_at'))) === 0, longestMs);
  const rows: readonly { id: number }[] = await db('users')
    .insert(chats.map((chat) => ({ telegram_id: chat, language: 'ru' })))
    .onConflict('telegram_id')
    .merge(['language'])
    .returning('id');
  return rows.map(({ id }) => id);
}

/** Gives everybody a subscription whose reminder is due in the same moment, and workflows that wait for it; returns that moment. */
async function letThemWait(
  { db, client }: RemindersBench,
  { ids, leadMs }: { readonly ids: readonly number[]; readonly leadMs: number },
): Promise<number> {
  const dueAt = Date.now() + leadMs;
  await db('subscriptions').insert(
    ids.map((id) => ({
      id: `sub_bench${id}`,
      user_id: id,
      plan_id: 'month',
      token: `bench-${id}`.padEnd(43, 'x'),
      ends_at: new Date(dueAt + dayMs),
      created_at: new Date(dueAt - 20 * dayMs),
      server_ids: [],
    })),
  );
  const signals = createUserSignals(client, { times: defaultTechnicalTimes, searchAttributes: () => true });
  const begun = performance.now();
  await inParallel(ids, { atOnce: 8, work: (id) => signals.resync(id) });
  const waits = (id: number): Promise<number> =>
    until('the workflow has set its timer', () => happened(client, id, (event) => event.timerStartedEventAttributes), leadMs);
  // Those begun last are ready last, so that few have to be asked more than once.
  await inParallel(ids.toReversed(), { atOnce: 2, work: waits });
  const rate = ids.length / ((performance.now() - begun) / 1_000);
  say(`\n${ids.length} workflows started, ${rate.toFixed(0)} per s`);
  return dueAt;
}

/** When each workflow woke: it then asks for its reminder. */
async function wakes({ client }: RemindersBench, ids: readonly number[]): Promise<readonly number[]> {
  const moments: number[] = [];
  const isReminder = (event: HistoryEvent): boolean => event.activityTaskScheduledEventAttributes?.activityType?.name === 'sendReminder';
  const work = async (id: number): Promise<void> => {
    const woke = await happened(client, id, isReminder);
    if (woke === undefined) throw new Error(`the workflow of user ${id} did not wake`);
    moments.push(woke);
  };
  await inParallel(ids, { atOnce: 8, work });
  return moments;
}

function sayAnswers(name: string, quiet: readonly number[], busy: readonly number[]): number {
  const p95 = at(0.95, busy);
  const line = (times: readonly number[]): string =>
    `p50 ${median(times).toFixed(0).padStart(5)} ms   p95 ${at(0.95, times).toFixed(0).padStart(5)} ms   longest ${Math.max(...times)
      .toFixed(0)
      .padStart(6)} ms   of ${times.length}`;
  say(`  ${name}`);
  say(`    nothing due                ${line(quiet)}`);
  say(`    reminders due              ${line(busy)}   p95 ${(p95 / at(0.95, quiet)).toFixed(2)} times`);
  return p95;
}

function at(share: number, values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
}

/** What became of the reminders, as "sent 1990, unknown 10". */
async function outcomes({ db }: RemindersBench): Promise<string> {
  const rows: readonly { state: string; count: number }[] = await db('reminders').groupBy('state').select('state').count({ count: '*' });
  const again = await count(db('reminders').where('tries', '>', 0));
  return `${rows.map(({ state, count }) => `${state} ${count}`).join(', ')}; put off at first ${again}`;
}

/** What the rates would mean for many more; nobody has measured that. */
export function sayForMany(rates: RemindersFigures): void {
  const [waking, sending] = [manyPeople / rates.wakesPerSecond, manyPeople / rates.remindersPerSecond];
  say(`\n  ${manyPeople} due at once, EXTRAPOLATED from the rates with no spread, not measured:`);
  say(`    waking ${(waking / 60).toFixed(0)} minutes, sending ${(sending / 3_600).toFixed(1)} hours`);
  say(
    `    the shop's own spread would ask for ${((manyPeople * 1_000) / ownSpreadMs).toFixed(0)} wakes per s of ${rates.wakesPerSecond.toFixed(0)} that this machine can`,
  );
}

async function messagesSince(sandboxUrl: string, since: number): Promise<{ readonly count: number; readonly most: number }> {
  return { count: (await messageMoments(sandboxUrl, since)).length, most: await mostWithinASecond(sandboxUrl, since) };
}

/** Reminders of a mass of people, while others buy. Shop, sandbox, Temporal and Postgres share the machine. */
export async function benchReminders(bench: RemindersBench, mass: Mass): Promise<RemindersFigures> {
  const { db, sandboxUrl } = bench;
  const { people, leadMs } = mass;
  const ids = await meetPeople(bench, mass);
  const dueAt = await letThemWait(bench, { ids, leadMs });
  // The first buyers meet code that was never run.
  await askWhile(sandboxUrl, wait(5_000));
  const quiet: Answers = await askWhile(sandboxUrl, wait(quietMs));
  if (Date.now() > dueAt) throw new Error('the reminders were due before the quiet was measured: this machine is too slow or too busy');
  await wait(dueAt - Date.now());
  const settled = async (): Promise<boolean> => (await count(db('reminders').whereNotNull('settled_at'))) === people;
  const busy = await askWhile(sandboxUrl, until('all reminders are settled', settled, mass.spreadMs + longestMs));
  const [last]: readonly { at: Date }[] = await db('reminders').max({ at: 'settled_at' });
  const seconds = ((last?.at.getTime() ?? 0) - dueAt) / 1_000;
  const messages = await messagesSince(sandboxUrl, dueAt);
  const wakeSeconds = (Math.max(...(await wakes(bench, ids))) - dueAt) / 1_000;
  const figures = { wakesPerSecond: people / wakeSeconds, remindersPerSecond: people / seconds, mostInASecond: messages.most };
  say(`\n${people} reminders due, ${mass.title}, while people buy`);
  say(`  workflows woken              ${figures.wakesPerSecond.toFixed(1).padStart(5)} per s, the last after ${wakeSeconds.toFixed(0)} s`);
  say(
    `  reminders settled            ${figures.remindersPerSecond.toFixed(1).padStart(5)} per s, the last after ${seconds.toFixed(0)} s: ${await outcomes(bench)}`,
  );
  say(
    `  messages of all kinds        ${(messages.count / seconds).toFixed(1).padStart(5)} per s, ${messages.most} at most within any second`,
  );
  const menuP95Ms = sayAnswers('answers of the menu', quiet.menu, busy.menu);
  const orderP95Ms = sayAnswers('orders with their payment page, through Temporal', quiet.orders, busy.orders);
  return { ...figures, menuP95Ms, orderP95Ms };
}
