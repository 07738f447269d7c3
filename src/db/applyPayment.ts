import { foldPayment, type PaymentDecision, type PaymentFacts } from '../domain/foldPayment';
import type { PaymentEvent } from '../domain/payment';
import type { Db } from './connection';
import { findOrder } from './orders';
import { putAside, type Application, type Applied, type PaymentCase } from './paymentCase';
import { lockOpenEvents, markEventsApplied, setNextAttempt, type StoredPaymentEvent } from './paymentEvents';
import { chargesElsewhere, chargesOf, refundIdsOf } from './charges';
import { lockPayment, setPaymentSums, type StoredPayment } from './payments';
import { lockUser } from './requests';
import { settleRenewal } from './settleRenewal';
import { noteSavedMethod } from './savedMethods';
import { settleDispute, takeBack } from './takeBack';
import { takeMoney } from './takeMoney';

export interface AppliedPayment {
  readonly outcome: Applied;
  readonly show: readonly string[];
}

/** News of money that has not come waits this long for the money. */
const earlyMs = 15 * 60_000;
const earlyAgainMs = 30_000;

function carryOut(found: PaymentCase, decision: PaymentDecision, stored: StoredPaymentEvent): Promise<Applied> {
  switch (decision.kind) {
    case 'money':
      return takeMoney(found, decision);
    case 'quarantine':
      return putAside(found, stored, decision.reason).then(() => 'quarantined');
    case 'refund':
      return takeBack(found, decision);
    case 'dispute':
      return settleDispute(found, decision);
    case 'saved':
      return noteSavedMethod(found.tx, { payment: found.payment, event: decision.event, now: found.application.now }).then(() => 'changed');
  }
}

const weight: readonly Applied[] = ['nothing_new', 'changed', 'quarantined', 'credited', 'delivered_late', 'delivered'];

function strongest(outcomes: readonly Applied[]): Applied {
  return outcomes.reduce((best, outcome) => (weight.indexOf(outcome) > weight.indexOf(best) ? outcome : best), 'nothing_new');
}

// Only what part of the money waits for is still open: once it went elsewhere, the payment is closed.
function stateAfter(found: PaymentCase, folded: StoredPayment['state']): StoredPayment['state'] {
  return folded === 'underpaid' && found.heldMinor === 0 ? 'underpaid_closed' : folded;
}

async function openCase(tx: Db, application: Application): Promise<PaymentCase | undefined> {
  const user = await lockUser(tx, application.userId);
  const payment = await lockPayment(tx, application.paymentId);
  const order = payment === undefined ? undefined : await findOrder(tx, payment.orderId);
  if (user === undefined || payment === undefined || order === undefined || payment.userId !== application.userId) return undefined;
  return {
    tx,
    payment,
    order,
    banned: user.isBanned,
    application,
    show: new Set(),
    outcome: payment.outcome,
    heldMinor: payment.heldMinor,
    receivedMinor: payment.receivedMinor,
    refundedMinor: payment.refundedMinor,
  };
}

interface Step {
  readonly outcomes: readonly Applied[];
  readonly early: readonly PaymentEvent[];
}

async function factsOf(found: PaymentCase): Promise<PaymentFacts> {
  const { tx, payment, order, banned } = found;
  const charges = await chargesOf(tx, payment.id);
  return {
    state: payment.state,
    asked: payment.asked,
    heldMinor: payment.heldMinor,
    keepsParts: order.state === 'open' && !banned,
    charges: charges.map(({ chargeId, amount, refundedMinor }) => ({ chargeId, minor: amount.minor, refundedMinor })),
    refundIds: await refundIdsOf(tx, payment.id),
  };
}

async function ownEvents(found: PaymentCase, events: readonly StoredPaymentEvent[]): Promise<readonly StoredPaymentEvent[]> {
  const ids = events.flatMap((stored) => (stored.event.received === undefined ? [] : [stored.event.chargeId ?? '']));
  const elsewhere = await chargesElsewhere(found.tx, found.payment, ids);
  return events.filter(({ event }) => event.received === undefined || !elsewhere.has(event.chargeId ?? ''));
}

async function applyEvents(found: PaymentCase, all: readonly StoredPaymentEvent[]): Promise<Step> {
  const { tx, payment, application } = found;
  const events = await ownEvents(found, all);
  const receivedAt = new Map(events.map((stored) => [stored.event.dedupeKey, stored.receivedAt]));
  const folded = foldPayment(
    await factsOf(found),
    events.map((stored) => stored.event),
    (event) => application.now.getTime() - (receivedAt.get(event.dedupeKey)?.getTime() ?? 0) < earlyMs,
  );
  const outcomes: Applied[] = [];
  for (const decision of folded.decisions) {
    const stored = events.find((entry) => entry.event.dedupeKey === decision.event.dedupeKey);
    if (stored === undefined) continue;
    const outcome = await carryOut(found, decision, stored);
    outcomes.push(outcome);
    if (decision.kind === 'money' && outcome !== 'nothing_new') found.receivedMinor += decision.received.minor;
    if (decision.kind === 'refund' && outcome !== 'nothing_new') found.refundedMinor += decision.amount.minor;
  }
  const state = stateAfter(found, folded.state);
  const { heldMinor, receivedMinor, refundedMinor, outcome } = found;
  await setPaymentSums(tx, payment.id, { state, heldMinor, receivedMinor, refundedMinor, outcome });
  if (state !== payment.state) outcomes.push('changed');
  await settleRenewal(found, state);
  return { outcomes, early: folded.early };
}

/**
 * Applies everything new about a payment in one transaction: charges, transactions, grant, desired states and operations, and the mark that it
 * was applied. The last word on double processing: what was applied before changes nothing.
 */
export async function applyPayment(tx: Db, application: Application): Promise<AppliedPayment> {
  const found = await openCase(tx, application);
  if (found === undefined) return { outcome: 'unknown_payment', show: [] };
  const open = (await lockOpenEvents(tx, application.paymentId)).filter((stored) => stored.event.trusted);
  if (open.length === 0) return { outcome: 'nothing_new', show: [] };
  const step = await applyEvents(
    found,
    open.filter((stored) => stored.event.live),
  );
  const early = new Set(step.early.map((event) => event.dedupeKey));
  const outcome = strongest(step.outcomes);
  const done = open.filter((stored) => !early.has(stored.event.dedupeKey));
  await markEventsApplied(
    tx,
    done.map((stored) => stored.id),
    { result: outcome, now: application.now },
  );
  for (const stored of open.filter((entry) => early.has(entry.event.dedupeKey))) {
    await setNextAttempt(tx, stored.id, new Date(application.now.getTime() + earlyAgainMs));
  }
  return { outcome, show: [...found.show] };
}
