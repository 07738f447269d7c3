import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { defaultPolicy, defaultTechnicalTimes, type Policy } from '../src/domain/policy';
import type { Db } from '../src/db/connection';
import { createUserSignals } from '../src/temporal/userSignals';
import { until } from '../test/support/until';
import { inParallel, median, say } from './measure';

export interface RemindersBench {
  readonly db: Db;
  readonly client: Client;
  readonly sandboxUrl: string;
}

export interface RemindersFigures {
  readonly mostInASecond: number;
  readonly p95Ms: number;
}

const dayMs = 86_400_000;
const subscriptions = 2_000;
const leadMs = 150_000;
const sampled = 200;
const askers = 10;
const atOnce = 16;
const firstTelegramId = 70_000_000;

/** One reminder a day before the end, of everybody in the same moment: the worst that a shop can do. */
export const dueAtOnce: Policy['reminders'] = { ...defaultPolicy.reminders, offsetsMs: { early: -dayMs }, spreadMs: 0 };

async function post(url: string, body: object = {}): Promise<void> {
  const reply = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!reply.ok) throw new Error(`${url} answered ${reply.status}`);
  await reply.arrayBuffer();
}

/** People with a chat and a subscription, whose workflows wait for the reminder; returns their numbers and when it is due. */
async function waitingPeople({
  db,
  client,
  sandboxUrl,
}: RemindersBench): Promise<{ readonly ids: readonly number[]; readonly dueAt: number }> {
  const chats = Array.from({ length: subscriptions }, (_, index) => firstTelegramId + index);
  await inParallel(chats, { atOnce, work: (chat) => post(`${sandboxUrl}/sandbox/users/${chat}/unblock`) });
  const rows: readonly { id: number }[] = await db('users')
    .insert(chats.map((chat) => ({ telegram_id: chat, language: 'ru' })))
    .onConflict('telegram_id')
    .merge(['language'])
    .returning('id');
  const ids = rows.map(({ id }) => id);
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
  const started = performance.now();
  await inParallel(ids, { atOnce, work: (id) => until('the workflow is started', () => signals.resync(id).then(() => true)) });
  say(`${ids.length} workflows started in ${((performance.now() - started) / 1_000).toFixed(1)} s`);
  if (Date.now() > dueAt)
    throw new Error('the reminders were due before every workflow waited for them; this machine is too busy to measure');
  return { ids, dueAt };
}

async function messagesOf(sandboxUrl: string, chat: number): Promise<number> {
  const reply = await fetch(`${sandboxUrl}/sandbox/users/${chat}/chat`);
  // The sandbox's own answer, in its own shape.
  const { messages } = (await reply.json()) as { messages: readonly { from: string }[] };
  return messages.filter(({ from }) => from === 'bot').length;
}

/** People who write to the bot, one after another, until it is over; returns how long each waited for the answer, in milliseconds. */
async function askMeanwhile(sandboxUrl: string, over: AbortSignal): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = 0; !over.aborted; index += 1) {
    const chat = firstTelegramId - 1 - (index % askers);
    const before = await messagesOf(sandboxUrl, chat);
    const begun = performance.now();
    await post(`${sandboxUrl}/sandbox/users/${chat}/messages`, { text: '/start', languageCode: 'ru', firstName: 'Buyer' });
    while ((await messagesOf(sandboxUrl, chat)) === before) await wait(5);
    times.push(performance.now() - begun);
    await wait(500);
  }
  return times;
}

function at(share: number, values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
}

/** When workflows woke: those whose reminder waits its turn say when they asked for it. */
async function wakesPerSecond({ client, db }: RemindersBench, ids: readonly number[]): Promise<number> {
  const told: readonly { user_id: number }[] = await db('reminders').whereNotNull('settled_at').select('user_id');
  const settled = new Set(told.map((row) => row.user_id));
  const waiting = ids.filter((id) => !settled.has(id));
  const step = Math.max(1, Math.floor(waiting.length / sampled));
  const woke: number[] = [];
  for (const id of waiting.filter((_id, index) => index % step === 0)) {
    const { raw } = await client.workflow.getHandle(`user-${id}`).describe();
    const seconds = raw.pendingActivities?.[0]?.scheduledTime?.seconds;
    const nanos = raw.pendingActivities?.[0]?.scheduledTime?.nanos ?? 0;
    if (seconds !== undefined && seconds !== null) woke.push(Number(seconds) + nanos / 1e9);
  }
  if (woke.length < sampled / 2) throw new Error(`only ${woke.length} workflows told when they woke`);
  return (subscriptions * 0.9) / (at(0.95, woke) - at(0.05, woke));
}

function mostWithinASecond(moments: readonly number[]): number {
  const sorted = moments.toSorted((a, b) => a - b);
  let [most, first] = [0, 0];
  for (const [index, moment] of sorted.entries()) {
    while ((sorted[first] ?? moment) <= moment - 1_000) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

/** 2,000 reminders due in the same moment, while people write to the bot. */
export async function benchReminders(bench: RemindersBench): Promise<RemindersFigures> {
  const { db, sandboxUrl } = bench;
  const { ids, dueAt } = await waitingPeople(bench);
  await until('the reminders are due', () => Promise.resolve(Date.now() > dueAt), leadMs + 1_000);
  const over = new AbortController();
  const asked = askMeanwhile(sandboxUrl, over.signal);
  const settled = async (): Promise<number> => (await db('reminders').whereNotNull('settled_at')).length;
  await until('the first are sent', async () => (await settled()) > 300, 120_000);
  const wakes = await wakesPerSecond(bench, ids);
  await until('all are settled', async () => (await settled()) === subscriptions, 600_000);
  over.abort();
  const answers = await asked;
  const sent: readonly { settled_at: Date }[] = await db('reminders').where({ state: 'sent', tries: 0 }).select('settled_at');
  const seconds = (Math.max(...sent.map((row) => row.settled_at.getTime())) - dueAt) / 1_000;
  const calls = (await (await fetch(`${sandboxUrl}/sandbox/telegram/calls`)).json()) as readonly { method: string; at: number }[];
  const messages = calls.filter((call) => call.method === 'sendMessage' && call.at >= dueAt).map((call) => call.at);
  say(`\n${subscriptions} reminders due at once, ${answers.length} messages from ${askers} people meanwhile`);
  say(`  wakes                    ${wakes.toFixed(0).padStart(7)} per s`);
  say(
    `  reminders sent           ${(sent.length / seconds).toFixed(1).padStart(7)} per s, ${sent.length} at the first try, in ${seconds.toFixed(0)} s`,
  );
  say(
    `  answers to people        p50 ${median(answers).toFixed(0)} ms, p95 ${at(0.95, answers).toFixed(0)} ms, longest ${at(1 - 1e-9, answers).toFixed(0)} ms`,
  );
  const hours = 100_000 / (sent.length / seconds) / 3_600;
  say(
    `  100,000 due at once      ${(100_000 / wakes / 60).toFixed(0)} minutes of waking, ${hours.toFixed(1)} hours of sending (extrapolated from these rates)`,
  );
  return { mostInASecond: mostWithinASecond(messages), p95Ms: at(0.95, answers) };
}
