import { setTimeout as wait } from 'node:timers/promises';
import { releaseAlerts, takeDueAlerts, type DueAlert } from '../db/alerts';
import { listOperators } from '../db/catalog';
import type { Db } from '../db/connection';
import { isShopError, type ShopError } from '../errors';
import type { TelegramSender } from './sender';

export interface AlertDeps {
  readonly db: Db;
  readonly sender: Pick<TelegramSender, 'tell'>;
  /** Pause between two looks, and so the least time between two messages, in milliseconds. */
  readonly paceMs: number;
  readonly log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
}

const mostAtOnce = 20;
/** Longest text of a message (Bot API, sendMessage). */
const longestText = 4_096;
const mostTries = 5;

function lineOf(alert: DueAlert): string {
  const times = alert.count > 1 ? ` (${alert.count} times)` : '';
  return alert.healed ? `✅ Over: ${alert.text}` : `⚠️ ${alert.text}${times}`;
}

/** Alerts as few messages: as many in one as fit. */
export function groupAlerts(alerts: readonly DueAlert[]): readonly string[] {
  const messages: string[] = [];
  for (const line of alerts.map((alert) => lineOf(alert).slice(0, longestText))) {
    const last = messages.at(-1);
    if (last !== undefined && last.length + 2 + line.length <= longestText) messages[messages.length - 1] = `${last}\n\n${line}`;
    else messages.push(line);
  }
  return messages;
}

function isPassing(error: ShopError): boolean {
  return isShopError(error, 'TelegramRateLimited', 'TelegramUnavailable', 'TelegramUnknownOutcome');
}

/** Sends one message to one operator; false when Telegram could not be reached, so that it has to be tried again later. */
async function tellOne(deps: AlertDeps, message: { operator: number; text: string }, signal: AbortSignal): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await deps.sender.tell(message.operator, message.text);
      return true;
    } catch (error) {
      if (!isShopError(error)) throw error;
      if (!isPassing(error)) {
        deps.log.error({ operator: message.operator, code: error.code }, 'an operator cannot be told anything: have them open the bot');
        return true;
      }
      if (attempt >= mostTries || signal.aborted) return false;
      await wait(error.retryAfterMs ?? attempt * 1_000, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Tells every operator what is due, once; what reached nobody is due again. Returns how many alerts were due. */
export async function sendDueAlerts(deps: AlertDeps, signal: AbortSignal): Promise<number> {
  const due = await takeDueAlerts(deps.db, mostAtOnce);
  if (due.length === 0) return 0;
  for (const alert of due) deps.log.error({ alert: alert.key, kind: alert.kind, healed: alert.healed }, alert.text);
  const operators = await listOperators(deps.db);
  let reached = operators.length === 0;
  for (const operator of operators) {
    const told: boolean[] = [];
    for (const text of groupAlerts(due)) told.push(await tellOne(deps, { operator, text }, signal));
    reached ||= told.every(Boolean);
  }
  if (!reached) await releaseAlerts(deps.db, due);
  return due.length;
}

/** Tells the operators of alerts until `signal` fires. */
export async function runAlerts(deps: AlertDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await sendDueAlerts(deps, signal);
    } catch {
      deps.log.warn({}, 'alerts could not be read; trying again');
    }
    await wait(deps.paceMs, undefined, { signal }).catch(() => undefined);
  }
}
