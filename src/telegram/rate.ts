import { setTimeout as wait } from 'node:timers/promises';
import { ShopError } from '../errors';

/** Why a message is sent, the most urgent first: somebody has just pressed or written; something has happened; the shop's own accord. */
export type Urgency = 'answer' | 'news' | 'reminder';

/**
 * Messages and edits a second over all chats and all processes of a shop. Telegram takes about 30 (Bots FAQ, "My bot is hitting limits"); the rest
 * is for those that its network delays until they arrive together.
 */
const messagesPerSecond = 25;

/** Messages one chat may get at once before it is held to one a second (Bots FAQ). */
const burst = 10;

/** Time between two turns of the line that all messages of a shop stand in, in milliseconds. */
export const turnMs = 1_000 / messagesPerSecond;

/** The longest line, in milliseconds, at whose end a message still takes its place: so news never keeps an answer waiting for long, and a reminder never anybody. */
const longestLineMs: Readonly<Record<Urgency, number>> = { answer: 2_000, news: 500, reminder: 0 };

const patienceMs = 2_000;
const lookMs = 20;

interface Bucket {
  tokens: number;
  at: number;
}

/** Takes the next turn; returns how long to wait for it, in milliseconds, or undefined where the line is longer than `longestMs`. */
export type TakeTurn = (longestMs: number) => Promise<number | undefined>;

/** Waits until a message may be sent to a chat; throws `ShopError` where that takes too long, and the message has then not left. */
export type Gate = (chatId: number, urgency: Urgency) => Promise<void>;

// Every message of a kind looks at the line after the one before it, so that many that wait ask Postgres no more often than one.
function createLine(takeTurn: TakeTurn, urgency: Urgency): () => Promise<number> {
  let last: Promise<unknown> = Promise.resolve();
  async function find(end: number): Promise<number> {
    for (;;) {
      const turn = await takeTurn(longestLineMs[urgency]);
      if (turn !== undefined) return turn;
      if (performance.now() > end) break;
      await wait(lookMs * (1 + Math.random()));
    }
    throw new ShopError('TelegramRateLimited', { message: 'the shop has more to send than Telegram takes', retryAfterMs: patienceMs });
  }
  return () => {
    const end = performance.now() + patienceMs;
    const turn = last.then(() => find(end));
    last = turn.catch(() => undefined);
    return turn;
  };
}

function createChatLimit(): (chatId: number) => Promise<void> {
  const chats = new Map<number, Bucket>();
  return async (chatId) => {
    const chat = chats.get(chatId) ?? { tokens: burst, at: performance.now() };
    chats.set(chatId, chat);
    for (;;) {
      const now = performance.now();
      chat.tokens = Math.min(burst, chat.tokens + (now - chat.at) / 1_000);
      chat.at = now;
      if (chat.tokens >= 1) break;
      await wait(Math.max(10, (1 - chat.tokens) * 1_000));
    }
    chat.tokens -= 1;
    if (chats.size > 10_000) for (const [id, bucket] of chats) if (performance.now() - bucket.at > 60_000) chats.delete(id);
  };
}

/** Makes the gate of a process; `takeTurn` keeps the line of all of them. */
export function createGate(takeTurn: TakeTurn): Gate {
  const chatAllows = createChatLimit();
  const lines: Readonly<Record<Urgency, () => Promise<number>>> = {
    answer: createLine(takeTurn, 'answer'),
    news: createLine(takeTurn, 'news'),
    reminder: createLine(takeTurn, 'reminder'),
  };
  return async (chatId, urgency) => {
    await chatAllows(chatId);
    try {
      await wait(await lines[urgency]());
    } catch (error) {
      if (error instanceof ShopError) throw error;
      throw new ShopError('TelegramUnavailable', { message: 'Postgres gave no turn to send', cause: error });
    }
  };
}
