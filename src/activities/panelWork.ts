import { randomInt } from 'node:crypto';
import { healAlert, raiseAlert } from '../db/alerts';
import { claimTry, countFailure, countWaiting, findPanelHealth, markPanelDown, markPanelUp } from '../db/panelHealth';
import { pauseAfter, waitForPanel, type PanelTrouble } from '../domain/breaker';
import { ShopError, type ShopErrorCode } from '../errors';
import type { Panel } from '../panels/panel';
import type { PanelDeps } from './deps';
import { toShopError } from './failures';

/** What each code says about the panel as a whole; codes that are not here speak of one account, one inbound, or of us. */
const troubles: Partial<Readonly<Record<ShopErrorCode, PanelTrouble>>> = {
  PanelAuthFailed: 'refused',
  PanelBadConfig: 'misplaced',
  PanelRateLimited: 'limited',
  PanelUnavailable: 'silent',
  PanelUnknownOutcome: 'silent',
};

/** What the operator can do about a panel that is down. */
const advice: Partial<Readonly<Record<ShopErrorCode, string>>> = {
  PanelAuthFailed: 'Correct its credentials in shop.yaml and apply; without a change it is asked again after 15 minutes.',
  PanelBadConfig: 'Correct its url in shop.yaml (the path too) and apply.',
};

/** A panel that somebody works with, until `signal` calls the work off. */
export interface PanelUse {
  readonly panelId: string;
  readonly signal: AbortSignal;
}

/** Work of one process for one panel at a time; more would take the places of work for other panels. */
const mostAtOnce = 30;
const crowdedMs = 3_000;

/** Key of the one alert about a panel being down. */
export function panelAlert(panelId: string): string {
  return `panel:${panelId}`;
}

/** Notes a failed call; says so to the operators where it is certain. Returns the error that the work ends with. */
export async function noteTrouble(deps: PanelDeps, panelId: string, thrown: unknown): Promise<ShopError> {
  const error = toShopError(thrown);
  const kind = troubles[error.code] ?? 'none';
  if (kind === 'none') return error;
  const now = deps.clock.now();
  const failures = await countFailure(deps.db, { panelId, code: error.code, text: error.message });
  const pauseMs = pauseAfter({ kind, failures, askedMs: error.retryAfterMs }, deps.breaker);
  if (pauseMs === undefined) return error;
  await markPanelDown(deps.db, { panelId, retryAt: new Date(now.getTime() + pauseMs), now });
  if (kind !== 'refused' && kind !== 'misplaced') return error;
  await tellPanelDown(deps, panelId, error);
  // Waits at the gate like everything else, so that a corrected setting wakes it too.
  return shut(panelId, { text: error.message, waitMs: waitForPanel({ dueInMs: pauseMs, waiting: 0, share: 0 }, deps.breaker) });
}

/** Tells the operators that a panel is down; once, however often it is said. */
export async function tellPanelDown(deps: PanelDeps, panelId: string, error: { code: string; message: string }): Promise<void> {
  // Codes come from `ShopError`, also where they were stored as text.
  const todo = advice[error.code as ShopErrorCode] ?? '"npm run shop -- doctor" says what is wrong.';
  await raiseAlert(deps.db, {
    key: panelAlert(panelId),
    kind: 'panel',
    text: `Panel ${panelId}: ${error.message}. ${todo} Paid orders wait and go on by themselves; other panels sell on.`,
  });
}

/** Notes that a call went well; a panel that had counted as down counts as up again. */
export async function noteSuccess(deps: PanelDeps, panelId: string): Promise<void> {
  await markPanelUp(deps.db, panelId, deps.clock.now());
  await healAlert(deps.db, panelAlert(panelId));
}

/** Failures of the gate itself, which say nothing new about the panel. */
const gateFailures = new WeakSet<object>();

function shut(panelId: string, { text, waitMs }: { text: string; waitMs: number }): ShopError {
  const error = new ShopError('PanelUnavailable', {
    message: `panel ${panelId} is down and is not called now: ${text}`,
    retryAfterMs: waitMs,
  });
  gateFailures.add(error);
  return error;
}

/** Lets work through to a panel that is up, and one try at a time to one that is down; throws `PanelUnavailable` for the rest. */
async function passGate(deps: PanelDeps, panelId: string, isTry: boolean): Promise<boolean> {
  const health = await findPanelHealth(deps.db, panelId);
  if (health?.state !== 'down' || isTry) return false;
  const now = deps.clock.now();
  const nextAt = new Date(now.getTime() + deps.breaker.longestMs);
  if (await claimTry(deps.db, { panelId, now, nextAt })) return true;
  const dueInMs = (health.retryAt?.getTime() ?? 0) - now.getTime();
  const waiting = await countWaiting(deps.db, panelId);
  const waitMs = waitForPanel({ dueInMs, waiting, share: randomInt(1_000) / 1_000 }, deps.breaker);
  throw shut(panelId, { text: health.errorText ?? 'it did not answer', waitMs });
}

async function writeToPanel<T>(deps: PanelDeps, { panelId, signal }: PanelUse, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const isTry = await passGate(deps, panelId, false);
  const panel = await deps.panels.get(panelId);
  const { singleWriter } = await panel.capabilities(signal);
  if (!singleWriter) return work(signal);
  const write = async (held: AbortSignal): Promise<T> => {
    // Whoever waited for the lock while its holder found the panel dead need not find out anew.
    await passGate(deps, panelId, isTry);
    return work(AbortSignal.any([held, signal]));
  };
  return deps.writer.run(panelId, write, signal);
}

async function noting<T>(deps: PanelDeps, { panelId, signal }: PanelUse, call: () => Promise<T>): Promise<T> {
  try {
    const result = await call();
    await noteSuccess(deps, panelId);
    return result;
  } catch (error) {
    // A call that we broke off ourselves says nothing about the panel.
    if (signal.aborted) throw new ShopError('Busy', { message: `work on panel ${panelId} was called off before it ended`, cause: error });
    throw error instanceof ShopError && gateFailures.has(error) ? error : await noteTrouble(deps, panelId, error);
  }
}

/** Asks a panel something that changes nothing there; one that is down is left alone as in `runOnPanel`. */
export function askPanel<T>(deps: PanelDeps, use: PanelUse, question: (panel: Panel) => Promise<T>): Promise<T> {
  const { panelId } = use;
  return noting(deps, use, async () => {
    await passGate(deps, panelId, false);
    return question(await deps.panels.get(panelId));
  });
}

/**
 * Runs work that writes to a panel: as its only writer where the panel needs that, at once where it does not. A panel that is down is left
 * alone but for one try at a time, and work for one panel never takes all places of this process.
 */
export async function runOnPanel<T>(deps: PanelDeps, use: PanelUse, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { panelId } = use;
  const already = deps.atWork.get(panelId) ?? 0;
  if (already >= mostAtOnce)
    throw new ShopError('Busy', { message: `much is under way on panel ${panelId}`, retryAfterMs: crowdedMs + randomInt(crowdedMs) });
  deps.atWork.set(panelId, already + 1);
  try {
    return await noting(deps, use, () => writeToPanel(deps, use, work));
  } finally {
    deps.atWork.set(panelId, (deps.atWork.get(panelId) ?? 1) - 1);
  }
}
