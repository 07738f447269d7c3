import { setTimeout as wait } from 'node:timers/promises';
import type { Telegram } from 'telegraf';
import type { Update } from 'telegraf/types';
import type { Db } from '../db/connection';
import { storeUpdates, type NewUpdate } from '../db/telegramUpdates';

export interface PollerDeps {
  readonly db: Db;
  readonly telegram: Telegram;
  /** Waits until this process is the one that polls; `lost` fires when that ends. */
  readonly lead: () => Promise<{ readonly lost: AbortSignal; release(): Promise<void> }>;
  /** Called when updates were stored. */
  readonly stored: (updates: readonly StoredUpdate[]) => void;
  readonly log: { warn(fields: object, message: string): void };
}

/** An update that is committed. */
export interface StoredUpdate {
  readonly id: number;
  readonly kind: 'pre_checkout_query' | 'other';
}

const pollSeconds = 25;
const longestPauseMs = 30_000;
type UpdateKind = Exclude<UpdateKeys<Update>, 'update_id'>;
type UpdateKeys<T> = T extends T ? keyof T : never;

/** Kinds of updates the bot handles. `subscription` is newer than the library's types (Bot API after 10.1). */
export const wantedUpdates: readonly UpdateKind[] = [
  'message',
  'callback_query',
  'pre_checkout_query',
  'my_chat_member',
  // The library passes on whatever it is given.
  'subscription' as UpdateKind,
];

/** Telegram id of the person an update comes from, where it has one. */
export function senderOf(update: Update): number | undefined {
  if ('message' in update) return update.message.from?.id ?? update.message.chat.id;
  if ('callback_query' in update) return update.callback_query.from.id;
  if ('pre_checkout_query' in update) return update.pre_checkout_query.from.id;
  if ('my_chat_member' in update) return update.my_chat_member.from.id;
  return undefined;
}

/** An update as it is stored. */
export function toNewUpdate(update: Update): NewUpdate {
  return { updateId: update.update_id, telegramUserId: senderOf(update), body: update };
}

async function poll(deps: PollerDeps, until: AbortSignal): Promise<void> {
  let offset = 0;
  let pauseMs = 500;
  while (!until.aborted) {
    try {
      const request = { offset, timeout: pollSeconds, limit: 100, allowed_updates: wantedUpdates };
      // Telegraf types its signal after a polyfill; Node's own is the same at run time.
      const updates = await deps.telegram.callApi('getUpdates', request, { signal: until as never });
      // Only what is committed may be confirmed by the next offset.
      await storeUpdates(deps.db, updates.map(toNewUpdate));
      if (updates.length > 0)
        deps.stored(
          updates.map((update) => ({ id: update.update_id, kind: 'pre_checkout_query' in update ? 'pre_checkout_query' : 'other' })),
        );
      offset = Math.max(offset, ...updates.map((update) => update.update_id + 1));
      pauseMs = 500;
    } catch {
      if (until.aborted) return;
      deps.log.warn({ pauseMs }, 'Telegram gave no updates, or they could not be stored; trying again');
      await wait(pauseMs + Math.random() * pauseMs, undefined, { signal: until }).catch(() => undefined);
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    }
  }
}

/** Receives updates until `signal` fires: stored first, confirmed after. One process polls at a time, the others stand by. */
export async function runPoller(deps: PollerDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const leadership = await deps.lead();
      await poll(deps, AbortSignal.any([signal, leadership.lost]));
      await leadership.release();
    } catch {
      deps.log.warn({}, 'this process could not become the one that receives updates; trying again');
      await wait(1_000, undefined, { signal }).catch(() => undefined);
    }
  }
}
