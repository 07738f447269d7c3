import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../clock';
import type { Db } from '../db/connection';
import { claimThisUpdate, claimUpdate, deferUpdate, finishUpdate, type ClaimedUpdate } from '../db/telegramUpdates';
import { isShopError } from '../errors';

export interface DispatcherDeps {
  readonly db: Db;
  readonly clock: Clock;
  /** Handles one update; it may be given the same one again after a crash. */
  readonly handle: (update: unknown, attempts: number) => Promise<void>;
  readonly log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
  readonly workers?: number;
}

export interface Dispatcher {
  /** Says that updates came in. */
  wake(): void;
  /** Handles stored updates until `signal` fires. */
  run(signal: AbortSignal): Promise<void>;
}

/** A handler that takes longer has died with its process, and another takes the update. */
const leaseMs = 30_000;
const idleMs = 1_000;
const deferMs = 3_000;
const mostAttempts = 20;

/** Makes the dispatcher: several workers, updates of one user in order. */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  let bell = new AbortController();

  async function settle(update: ClaimedUpdate): Promise<void> {
    const now = (): Date => deps.clock.now();
    try {
      await deps.handle(update.body, update.attempts);
      await finishUpdate(deps.db, update.updateId, { now: now() });
    } catch (error) {
      // The wish is kept and done later; the buyer has been told.
      if (isShopError(error, 'TemporalUnavailable', 'Busy')) {
        await deferUpdate(deps.db, update.updateId, { at: new Date(now().getTime() + deferMs), errorCode: error.code });
        return;
      }
      const code = isShopError(error) ? error.code : 'Internal';
      deps.log.error({ updateId: update.updateId, code, err: error }, 'an update could not be handled');
      await finishUpdate(deps.db, update.updateId, { now: now(), errorCode: code });
    }
  }

  async function next(): Promise<boolean> {
    const update = await claimUpdate(deps.db, { now: deps.clock.now(), leaseMs });
    if (update === undefined) return false;
    if (update.attempts > mostAttempts && !update.deferred) {
      deps.log.error({ updateId: update.updateId }, 'an update was given up after many tries');
      await finishUpdate(deps.db, update.updateId, { now: deps.clock.now(), errorCode: 'Internal' });
      return true;
    }
    await settle(update);
    return true;
  }

  async function work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const ring = bell.signal;
      try {
        if (await next()) continue;
      } catch {
        deps.log.warn({}, 'stored updates could not be read; trying again');
      }
      await wait(idleMs, undefined, { signal: AbortSignal.any([signal, ring]) }).catch(() => undefined);
    }
  }

  return {
    wake() {
      const ringing = bell;
      bell = new AbortController();
      ringing.abort();
    },
    async run(signal) {
      await Promise.all(Array.from({ length: deps.workers ?? 8 }, () => work(signal)));
    },
  };
}

/** Handles one update out of turn, for questions that Telegram wants answered within seconds. */
export async function handleNow(deps: DispatcherDeps, updateId: number): Promise<void> {
  const update = await claimThisUpdate(deps.db, updateId, { now: deps.clock.now(), leaseMs });
  if (update === undefined) return;
  await deps.handle(update.body, update.attempts);
  await finishUpdate(deps.db, updateId, { now: deps.clock.now() });
}
