import { reminderScreen } from '../bot/views/reminderScreens';
import { loadLinks } from '../db/giveSubscription';
import {
  claimReminder,
  endClaim,
  findReminder,
  loadReminderFacts,
  putOffReminder,
  releaseReminder,
  skipReminder,
  type ReminderKey,
} from '../db/reminders';
import { loadReminded } from '../db/reminded';
import { loadRenewalOffer } from '../db/renewalOffer';
import { markBlocked } from '../db/users';
import { dueAt, judgeReminder, retryPause, type ReminderFacts } from '../domain/reminder';
import { shopDay, type ShopSettings } from '../domain/shop';
import { isShopError } from '../errors';
import type { ReminderInput, ReminderOutcome } from './contract';
import type { ActivityDeps, TelegramDeps } from './deps';

type Due = ReminderKey & { readonly at: Date };

const waiting = (until: Date): ReminderOutcome => ({ outcome: 'waiting', at: until.toISOString() });

async function send(deps: TelegramDeps, due: Due, settings: ShopSettings): Promise<void> {
  const now = deps.clock.now();
  const reminded = await loadReminded(deps.db, due.subscriptionId);
  const links = await loadLinks(deps.db, due.subscriptionId, settings);
  if (reminded === undefined || links === undefined) return;
  const { chatId, ...facts } = reminded;
  const offer = await loadRenewalOffer(deps.db, { ...facts, now });
  await deps.sender.send(
    chatId,
    reminderScreen({ ...facts, kind: due.kind, subscription: links, offer, timeZone: settings.timeZone, graceMs: settings.graceMs, now }),
  );
}

async function putOff(deps: ActivityDeps, due: Due, retryAfterMs: number | undefined): Promise<ReminderOutcome> {
  const tries = (await findReminder(deps.db, due))?.tries ?? 0;
  const pauseMs = Math.max(retryAfterMs ?? 0, retryPause(tries, deps.policy.reminders));
  const until = new Date(deps.clock.now().getTime() + pauseMs);
  await releaseReminder(deps.db, due, until);
  return waiting(until);
}

/** A message that provably never left is tried again; one whose answer was lost may have arrived, and never is. */
async function afterFailure(deps: TelegramDeps, due: Due, error: unknown): Promise<ReminderOutcome> {
  const now = deps.clock.now();
  if (isShopError(error, 'TelegramUnavailable', 'TelegramRateLimited')) return putOff(deps, due, error.retryAfterMs);
  if (isShopError(error, 'TelegramUnknownOutcome')) {
    await endClaim(deps.db, due, { state: 'unknown', now });
    return { outcome: 'unknown' };
  }
  if (!isShopError(error, 'TelegramUnreachable', 'TelegramRejected')) throw error;
  const isGone = error.code === 'TelegramUnreachable';
  if (isGone) {
    const reminded = await loadReminded(deps.db, due.subscriptionId);
    if (reminded !== undefined) await markBlocked(deps.db, reminded.chatId, now);
  } else deps.log.error({ subscriptionId: due.subscriptionId, kind: due.kind }, error.message);
  await endClaim(deps.db, due, { state: 'skipped', reason: isGone ? 'blocked' : 'refused', now });
  return { outcome: 'skipped' };
}

async function deliver(deps: TelegramDeps, due: Due, settings: ShopSettings): Promise<ReminderOutcome> {
  if (!(await claimReminder(deps.db, due, deps.clock.now()))) return { outcome: 'gone' };
  try {
    await send(deps, due, settings);
  } catch (error) {
    return afterFailure(deps, due, error);
  }
  await endClaim(deps.db, due, { state: 'sent', now: deps.clock.now() });
  return { outcome: 'sent' };
}

function dueOf(deps: ActivityDeps, facts: ReminderFacts, due: { key: ReminderKey; settings: ShopSettings }): Due {
  const { key, settings } = due;
  return { ...key, at: dueAt(key.kind, facts, { policy: deps.policy.reminders, day: shopDay(settings) }) ?? deps.clock.now() };
}

/**
 * Deals with a reminder whose time has come: sends it at most once, or notes why it is not sent, or puts it off. `gone`: its subscription has
 * another end by now, or somebody else deals with it.
 */
export async function sendReminder(deps: TelegramDeps, input: ReminderInput): Promise<ReminderOutcome> {
  const key: ReminderKey = { subscriptionId: input.subscriptionId, kind: input.kind, endsAt: new Date(input.endsAt) };
  const now = deps.clock.now();
  const facts = await loadReminderFacts(deps.db, key, now);
  if (facts === undefined) return { outcome: 'gone' };
  const settings = await deps.settings();
  const due = dueOf(deps, facts, { key, settings });
  const verdict = judgeReminder(due, facts, { now, policy: deps.policy.reminders, day: shopDay(settings) });
  switch (verdict.what) {
    case 'send':
      return deliver(deps, due, settings);
    case 'skip':
      return { outcome: (await skipReminder(deps.db, due, { reason: verdict.reason, now })) ? 'skipped' : 'gone' };
    case 'wait':
      return (await putOffReminder(deps.db, due, verdict.until)) ? waiting(verdict.until) : { outcome: 'gone' };
  }
}

/** What becomes of a reminder whose activity failed: a claim without an answer is unknown and never sent again, anything else is tried later. */
export async function settleReminder(deps: ActivityDeps, input: ReminderInput): Promise<ReminderOutcome> {
  const key: ReminderKey = { subscriptionId: input.subscriptionId, kind: input.kind, endsAt: new Date(input.endsAt) };
  const now = deps.clock.now();
  if (await endClaim(deps.db, key, { state: 'unknown', now })) return { outcome: 'unknown' };
  const row = await findReminder(deps.db, key);
  if (row !== undefined && row.state !== 'waiting') return { outcome: 'gone' };
  const facts = await loadReminderFacts(deps.db, key, now);
  if (facts === undefined) return { outcome: 'gone' };
  const until = new Date(now.getTime() + retryPause(row?.tries ?? 0, deps.policy.reminders));
  const due = dueOf(deps, facts, { key, settings: await deps.settings() });
  return (await putOffReminder(deps.db, due, until)) ? waiting(until) : { outcome: 'gone' };
}
