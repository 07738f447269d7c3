import { createHash, timingSafeEqual } from 'node:crypto';
import type { RawWebhook, WebhookAck, WebhookResult } from './provider';

function digest(text: string | Buffer): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Whether two texts are equal, in a time that tells nothing of either. An empty text equals nothing. */
export function isSame(given: string | undefined, expected: string): boolean {
  if (given === undefined || given === '' || expected === '') return false;
  return timingSafeEqual(digest(given), digest(expected));
}

/** The one value of a header; undefined when it is missing or came more than once. */
export function headerOf(webhook: RawWebhook, name: string): string | undefined {
  const values = webhook.headers[name];
  return values?.length === 1 ? values[0] : undefined;
}

/** An answer without a text. */
export function emptyAck(status: number): WebhookAck {
  return { status, body: '', contentType: 'text/plain' };
}

/** The answer to a message that is not from the provider: no hint why. */
export const notAuthentic: WebhookResult = { kind: 'rejected', why: 'auth', ack: emptyAck(403) };

/** The answer to an authentic message that is not as documented. */
export function unreadable(why: string): WebhookResult {
  return { kind: 'unreadable', why, ack: emptyAck(400) };
}

/** A body as JSON; undefined when it is none, or not UTF-8. */
export function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** A reference that may be a payment id of the shop. */
export function referenceOf(text: unknown): { readonly paymentId?: string } {
  return typeof text === 'string' && /^[\w-]{1,32}$/.test(text) ? { paymentId: text } : {};
}

/** What a word of a provider means; undefined for one that is not in the table, such as the names that every object has. */
export function meaningOf<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}
