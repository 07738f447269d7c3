import { setTimeout as wait } from 'node:timers/promises';
import { methodButton } from '../sandbox/once';

/** How long people waited, in milliseconds, from their message or press to the answer in their chat. */
export interface Answers {
  /** Screens that the bot makes alone. */
  readonly menu: readonly number[];
  /** The page of a payment, which the user's workflow has to make. */
  readonly orders: readonly number[];
}

interface Button {
  readonly text: string;
}

interface Message {
  readonly id: number;
  readonly buttons: readonly (readonly Button[])[];
}

const paceMs = 1_000;
const patienceMs = 120_000;
let lastTelegramId = 60_000_000;

async function post(url: string, body: object): Promise<void> {
  const reply = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!reply.ok) throw new Error(`${url} answered ${reply.status}`);
  await reply.arrayBuffer();
}

/** A button of the chat, with its message. */
async function findButton(person: string, label: RegExp): Promise<{ messageId: number; button: string } | undefined> {
  // The sandbox's own answer, in its own shape.
  const { messages } = (await (await fetch(`${person}/chat`)).json()) as { messages: readonly Message[] };
  for (const { id, buttons } of messages) {
    const button = buttons.flat().find(({ text }) => label.test(text));
    if (button !== undefined) return { messageId: id, button: button.text };
  }
  return undefined;
}

/** Asks, and waits until a button shows; returns how long that took. The chat tells of its changes, so nobody looks in between. */
async function answerTime(person: string, ask: () => Promise<void>, expected: RegExp): Promise<number> {
  const events = await fetch(`${person}/events`, { signal: AbortSignal.timeout(patienceMs) });
  const changes = events.body?.getReader();
  // The first thing it says is that it has begun.
  await changes?.read();
  const asked = performance.now();
  const done = ask();
  // Told below; a question that fails has no answer, and patience ends.
  done.catch(() => undefined);
  while ((await findButton(person, expected)) === undefined) {
    await changes?.read().catch((error: unknown) => {
      throw new Error(`nobody answered with a button ${expected} within ${patienceMs / 1_000} s`, { cause: error });
    });
  }
  const ms = performance.now() - asked;
  await Promise.all([done, changes?.cancel()]);
  return ms;
}

/** Somebody new who goes as far as the page of a payment. */
async function buy(sandboxUrl: string): Promise<{ readonly menu: readonly number[]; readonly order: number }> {
  const person = `${sandboxUrl}/sandbox/users/${(lastTelegramId += 1)}`;
  const [plan, method, pay] = [/^1 месяц/, methodButton('yookassa'), /^Оплатить/];
  const press = (label: RegExp) => async (): Promise<void> => {
    const found = await findButton(person, label);
    await post(`${person}/presses`, found ?? {});
  };
  const start = (): Promise<void> => post(`${person}/messages`, { text: '/start', languageCode: 'ru', firstName: 'Buyer' });
  const menu = [await answerTime(person, start, plan), await answerTime(person, press(plan), method)];
  return { menu, order: await answerTime(person, press(method), pay) };
}

/** Lets a new buyer come every second, whether those before have been answered or not, until `over`; everybody is waited for. */
export async function askWhile(sandboxUrl: string, over: Promise<unknown>): Promise<Answers> {
  const ended = new AbortController();
  const watched = over.finally(() => ended.abort());
  watched.catch(() => undefined);
  const walks: ReturnType<typeof buy>[] = [];
  while (!ended.signal.aborted) {
    const walk = buy(sandboxUrl);
    walk.catch(() => undefined);
    walks.push(walk);
    await wait(paceMs, undefined, { signal: ended.signal }).catch(() => undefined);
  }
  const [results] = await Promise.all([Promise.all(walks), watched]);
  return { menu: results.flatMap(({ menu }) => menu), orders: results.map(({ order }) => order) };
}
