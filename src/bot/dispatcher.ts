import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../clock';
import type { Db } from '../db/connection';
import { claimThisUpdate, claimUpdate, deferUpdate, finishUpdate, putOffUpdate, type ClaimedUpdate } from '../db/telegramUpdates';
import { isShopError, type ShopError } from '../errors';
import { createAnswers, type Answers } from './answers';

export interface DispatcherDeps {
  readonly db: Db;
  readonly clock: Clock;
  /** Handles one update; it may be given the same one again: after a crash, or where an answer did not leave. */
  readonly handle: (update: unknown, answers: Answers) => Promise<void>;
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
/** Five minutes or more: as long as somebody may still wait for an answer, or as Telegram asks to wait. */
const mostPutOffs = 10;
const shortestPutOffMs = 1_000;
const longestPutOffMs = 60_000;

// What could be said twice has an unknown outcome of its own (`Answers`): here it is only of calls that may be repeated.
const notAnswered = ['TelegramRateLimited', 'TelegramUnavailable', 'TelegramUnknownOutcome'] as const;

async function putOff(
  deps: DispatcherDeps,
  { updateId, putOffs }: ClaimedUpdate,
  why: { error: ShopError; said: readonly string[] },
): Promise<void> {
  const { code, retryAfterMs = 0 } = why.error;
  const now = deps.clock.now();
  if (putOffs >= mostPutOffs) {
    deps.log.error({ updateId, code }, `an answer was given up: Telegram took it in none of ${putOffs + 1} tries`);
    return finishUpdate(deps.db, updateId, { now, errorCode: code });
  }
  const waitMs = Math.max(retryAfterMs, Math.min(longestPutOffMs, shortestPutOffMs * 2 ** putOffs));
  await putOffUpdate(deps.db, updateId, { at: new Date(now.getTime() + waitMs), errorCode: code, said: why.said });
}

async function settle(deps: DispatcherDeps, update: ClaimedUpdate): Promise<void> {
  const { updateId } = update;
  const answers = createAnswers(update.said);
  try {
    await deps.handle(update.body, answers);
    if (answers.isDoubtful) deps.log.warn({ updateId }, 'an answer may not have arrived');
    const doubt = answers.isDoubtful ? { errorCode: 'TelegramUnknownOutcome' } : {};
    await finishUpdate(deps.db, updateId, { now: deps.clock.now(), ...doubt });
  } catch (error) {
    const said = [...answers.said];
    if (isShopError(error, ...notAnswered)) return putOff(deps, update, { error, said });
    // The wish is kept and done later; the buyer has been told.
    if (isShopError(error, 'TemporalUnavailable', 'Busy')) {
      const at = new Date(deps.clock.now().getTime() + deferMs);
      return deferUpdate(deps.db, updateId, { at, errorCode: error.code, said });
    }
    const code = isShopError(error) ? error.code : 'Internal';
    deps.log.error({ updateId, code, err: error }, 'an update could not be handled');
    await finishUpdate(deps.db, updateId, { now: deps.clock.now(), errorCode: code });
  }
}

/** Makes the dispatcher: several workers, updates of one user in order. */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  let bell = new AbortController();

  async function next(): Promise<boolean> {
    const update = await claimUpdate(deps.db, { now: deps.clock.now(), leaseMs });
    if (update === undefined) return false;
    if (update.attempts > mostAttempts && !update.deferred) {
      deps.log.error({ updateId: update.updateId }, 'an update was given up after many tries');
      await finishUpdate(deps.db, update.updateId, { now: deps.clock.now(), errorCode: 'Internal' });
      return true;
    }
    await settle(deps, update);
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
  if (update !== undefined) await settle(deps, update);
}
