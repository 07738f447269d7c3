import { dueSlot, nextSlot, type RenewalPolicy } from '../domain/autoRenewal';
import type { Plan } from '../domain/plan';
import type { ShopSettings } from '../domain/shop';
import { announcementKey, endRenewals, findRunning, type AutoRenewalRow } from './autoRenewals';
import { listPlans } from './catalog';
import { closeOrder } from './closeOrder';
import type { Db } from './connection';
import { addNotice } from './notices';
import { quietOrder } from './orderMessages';
import { insertOrder, lockOpenOrder } from './orders';
import { payFromBalance } from './payFromBalance';
import { insertPayment } from './payments';
import { insertAttempt, linkAttempt, noteDeclined, noteRenewed, type AttemptRow } from './renewalAttempts';
import { findSavedMethod } from './savedMethods';
import { findTerms } from './subscriptions';

export interface RenewalMoment {
  readonly userId: number;
  readonly subscriptionId: string;
  /** The end that the step was planned for; another one has its own calendar. */
  readonly endsAt: Date;
  readonly policy: RenewalPolicy;
  readonly settings: ShopSettings;
  readonly now: Date;
}

interface Renewal {
  readonly tx: Db;
  readonly at: RenewalMoment;
  readonly row: AutoRenewalRow;
  readonly plan: Plan;
}

async function planOf(tx: Db, subscriptionId: string): Promise<Plan | undefined> {
  const terms = await findTerms(tx, subscriptionId);
  const plan = (await listPlans(tx)).find((entry) => entry.id === terms?.planId);
  return plan === undefined || !plan.choosesServer ? plan : { ...plan, serverIds: terms?.serverIds ?? [] };
}

/** The renewal that a step is about; undefined where it ended or the end has moved since. */
async function find(tx: Db, at: RenewalMoment): Promise<Renewal | undefined> {
  const row = await findRunning(tx, at.subscriptionId);
  if (row === undefined || row.user_id !== at.userId || row.ends_at.getTime() !== at.endsAt.getTime()) return undefined;
  const plan = await planOf(tx, at.subscriptionId);
  if (plan !== undefined) return { tx, at, row, plan };
  await endRenewals(tx, at, { reason: 'plan_gone', now: at.now });
  await addNotice(tx, {
    userId: at.userId,
    key: `renewal-gone:${at.subscriptionId}:${at.endsAt.getTime()}`,
    kind: 'renewal_plan_gone',
    params: { endsAt: at.endsAt.toISOString(), timeZone: at.settings.timeZone },
  });
  return undefined;
}

/** Tells the buyer of the first try, once for each end. */
export async function announceRenewal(tx: Db, at: RenewalMoment): Promise<void> {
  const renewal = await find(tx, at);
  if (renewal === undefined) return;
  const { row, plan } = renewal;
  const first = nextSlot(at.endsAt, row.last_tried ?? undefined, at.policy);
  if (first === undefined) return;
  const method = row.method_id === null ? undefined : await findSavedMethod(tx, row.method_id);
  await addNotice(tx, {
    userId: at.userId,
    key: announcementKey(at.subscriptionId, at.endsAt),
    kind: 'renewal_ahead',
    params: { amount: plan.price, title: method?.title ?? null, at: first.at.toISOString(), timeZone: at.settings.timeZone },
  });
}

async function fromBalance({ tx, at, plan }: Renewal, attempt: AttemptRow): Promise<void> {
  const { userId, subscriptionId, settings, now } = at;
  const paid = await payFromBalance(tx, { userId, key: attempt.id, plan, subscriptionId, messageId: undefined, settings, now });
  if ('refusal' in paid) return noteDeclined(tx, attempt, { state: 'declined', now });
  await linkAttempt(tx, attempt.id, { orderId: paid.orderId });
  await quietOrder(tx, paid.orderId, now);
  return noteRenewed(tx, attempt, now);
}

async function bySavedMethod({ tx, at, plan }: Renewal, attempt: AttemptRow, methodId: string): Promise<void> {
  const { userId, subscriptionId, now } = at;
  const method = await findSavedMethod(tx, methodId);
  if (method === undefined) return noteDeclined(tx, attempt, { state: 'declined', now });
  const open = await lockOpenOrder(tx, userId, { kind: 'plan', subscriptionId });
  if (open !== undefined) await closeOrder(tx, open.id, { state: 'superseded', reason: 'renewed_automatically' });
  const expiresAt = new Date(now.getTime() + at.policy.answerMs);
  const orderId = await insertOrder(tx, { userId, purchase: { kind: 'plan', plan, subscriptionId }, balanceMinor: 0, expiresAt, now });
  const paymentId = await insertPayment(tx, {
    orderId,
    userId,
    provider: method.provider,
    choice: undefined,
    place: undefined,
    saveMethod: false,
    attempt: 1,
    asked: plan.price,
    rate: undefined,
    deadline: expiresAt,
    now,
  });
  await quietOrder(tx, orderId, now);
  await linkAttempt(tx, attempt.id, { orderId, paymentId });
}

/**
 * Makes the try that is due for an end, once for each slot: from the balance at once, by a saved method as a payment that a child charges. The caller
 * holds the user's lock.
 */
export async function tryRenewal(tx: Db, at: RenewalMoment): Promise<void> {
  const renewal = await find(tx, at);
  if (renewal === undefined || renewal.row.is_open) return;
  const { row, plan } = renewal;
  const due = dueSlot(at.endsAt, row.last_tried ?? undefined, at);
  if (due === undefined) return;
  const methodId = row.method_id ?? undefined;
  const { subscriptionId, userId, endsAt, now } = at;
  const nextAt = nextSlot(endsAt, due.slot, at.policy)?.at;
  const id = await insertAttempt(tx, { subscriptionId, userId, endsAt, slot: due.slot, methodId, amount: plan.price, nextAt, now });
  const attempt: AttemptRow | undefined = id === undefined ? undefined : await tx<AttemptRow>('renewal_attempts').where({ id }).first();
  if (attempt === undefined) return;
  if (methodId === undefined) await fromBalance(renewal, attempt);
  else await bySavedMethod(renewal, attempt, methodId);
}
