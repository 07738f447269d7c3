import { setTimeout as wait } from 'node:timers/promises';

export interface Limits {
  /** Messages per second over all chats. */
  readonly overall: number;
  /** Messages one chat may get at once before it is held to one per second. */
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Telegram's documented flood limits (Bots FAQ): about 30 messages a second in all, about one a second in one chat. */
export const telegramLimits: Limits = { overall: 25, burst: 10 };

function refill(bucket: Bucket, most: number, perSecond: number): void {
  const now = performance.now();
  bucket.tokens = Math.min(most, bucket.tokens + ((now - bucket.at) / 1_000) * perSecond);
  bucket.at = now;
}

/** Makes a gate that a call to one chat waits at until both limits allow it. */
export function createGate(limits: Limits): (chatId: number) => Promise<void> {
  const all: Bucket = { tokens: limits.overall, at: performance.now() };
  const chats = new Map<number, Bucket>();
  return async (chatId) => {
    const chat = chats.get(chatId) ?? { tokens: limits.burst, at: performance.now() };
    chats.set(chatId, chat);
    for (;;) {
      refill(all, limits.overall, limits.overall);
      refill(chat, limits.burst, 1);
      if (all.tokens >= 1 && chat.tokens >= 1) break;
      const waits = [(1 - all.tokens) * (1_000 / limits.overall), (1 - chat.tokens) * 1_000];
      await wait(Math.max(10, ...waits));
    }
    all.tokens -= 1;
    chat.tokens -= 1;
    if (chats.size > 10_000) for (const [id, bucket] of chats) if (performance.now() - bucket.at > 60_000) chats.delete(id);
  };
}
