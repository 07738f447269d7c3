import { raiseAlert, healAlert } from '../db/alerts';
import { applyPayment } from '../db/applyPayment';
import { audit } from '../db/audit';
import { listPlans } from '../db/catalog';
import { closeOrder } from '../db/closeOrder';
import type { Db } from '../db/connection';
import { correctBalance as correctBalanceIn, resolveQuarantine as resolveQuarantineIn } from '../db/corrections';
import { addNotice } from '../db/notices';
import { extendOrder } from '../db/orders';
import { insertPaymentEvent } from '../db/paymentEvents';
import { findPayment } from '../db/payments';
import { findRefund, noteRefund } from '../db/refunds';
import { cancelRefund } from '../db/cancelRefund';
import { requestRefund } from '../db/requestRefund';
import {
  decideTransfer as decideTransferIn,
  findTransfer,
  submitTransfer as submitTransferIn,
  takeDueReminders,
  type Transfer,
} from '../db/transfers';
import { formatDecimal, money } from '../domain/money';
import type { PaymentEvent } from '../domain/payment';
import type {
  CorrectBalanceRequest,
  DecideTransferRequest,
  EndRefundRequest,
  OperatorResult,
  OrderResult,
  RefundOrderRequest,
  ResolveQuarantineRequest,
  SubmitTransferRequest,
} from '../workflows/user/messages/wishes';
import type { OperatorAnswered, OrderAnswered } from './contract';
import type { ActivityDeps, PaymentDeps } from './deps';
import { answered, once } from './wishes';

interface OfUser {
  readonly userId: number;
}

/** What was done, in words for the operator. */
export const done = (note: string): OperatorResult => ({ outcome: 'done', note });

function describe(transfer: Transfer): string {
  return `${formatDecimal(transfer.asked)} ${transfer.asked.currency} to ${transfer.place}, user ${transfer.userId}`;
}

/** The buyer says that the money was sent: the order waits for an operator, who is told. */
export async function submitTransfer(deps: ActivityDeps, input: OfUser & SubmitTransferRequest): Promise<OrderAnswered> {
  const now = deps.clock.now();
  const result = await once(deps, input, async (tx): Promise<OrderResult> => {
    const transfer = await findTransfer(tx, input.paymentId);
    if (transfer === undefined || transfer.userId !== input.userId) return { outcome: 'refused', reason: 'NotFound' };
    if (transfer.proofRequired && transfer.proof === undefined) return { outcome: 'refused', reason: 'ProofNeeded' };
    const until = new Date(now.getTime() + transfer.decisionMs);
    const isNew = await submitTransferIn(tx, input.paymentId, { now, until });
    if (!isNew)
      return transfer.state === 'submitted'
        ? { outcome: 'order', orderId: transfer.orderId }
        : { outcome: 'refused', reason: 'OrderNotOpen' };
    await extendOrder(tx, transfer.orderId, until);
    await raiseAlert(tx, {
      key: `transfer:${input.paymentId}`,
      kind: 'transfer',
      text: `Transfer to check: ${describe(transfer)}. In the bot: /operator. Or: npm run shop -- approve ${input.paymentId}`,
    });
    return { outcome: 'order', orderId: transfer.orderId };
  });
  return answered(deps, input.userId, { result, show: result.outcome === 'order' ? [result.orderId] : [] });
}

function transferEvent(transfer: Transfer, verdict: DecideTransferRequest['verdict']): PaymentEvent {
  const common = { provider: 'manual', trusted: true, ref: { paymentId: transfer.paymentId }, live: true } as const;
  return verdict === 'approved'
    ? { ...common, type: 'paid', dedupeKey: `approved:${transfer.paymentId}`, chargeId: transfer.paymentId, received: transfer.asked }
    : { ...common, type: 'failed', dedupeKey: `declined:${transfer.paymentId}` };
}

async function decide(tx: Db, input: OfUser & DecideTransferRequest, now: Date): Promise<OperatorResult> {
  const transfer = await findTransfer(tx, input.paymentId);
  if (transfer === undefined || transfer.userId !== input.userId) return { outcome: 'refused', reason: 'NotFound' };
  const decided = await decideTransferIn(tx, input.paymentId, {
    verdict: input.verdict,
    actor: input.actor,
    reason: input.reason,
    version: input.version,
    now,
  });
  if (!decided) {
    const by =
      transfer.decidedBy === undefined
        ? 'it changed meanwhile'
        : `${transfer.state} by ${transfer.decidedBy} at ${transfer.decidedAt?.toISOString() ?? '?'}`;
    return { outcome: 'refused', reason: 'AlreadyDecided', note: by };
  }
  await insertPaymentEvent(tx, { event: transferEvent(transfer, input.verdict), digest: undefined, rawSealed: undefined, now });
  if (input.verdict === 'declined') {
    await closeOrder(tx, transfer.orderId, { state: 'cancelled', reason: 'declined' });
    await addNotice(tx, {
      userId: input.userId,
      key: `declined:${input.paymentId}`,
      kind: 'transfer_declined',
      params: { reason: (input.reason ?? '').slice(0, 200) },
    });
  }
  await audit(tx, { actor: input.actor, action: `transfer.${input.verdict}`, target: input.paymentId, after: { asked: transfer.asked } });
  await healAlert(tx, `transfer:${input.paymentId}`);
  return done(`${input.verdict}: ${describe(transfer)}`);
}

/** An operator approves or declines a transfer, once; an approved one is money like any other. */
export async function decideTransfer(deps: ActivityDeps, input: OfUser & DecideTransferRequest): Promise<OperatorAnswered> {
  const now = deps.clock.now();
  const result = await once(deps, input, (tx) => decide(tx, input, now));
  const settings = await deps.settings();
  const applied = await deps.db.transaction((tx) =>
    applyPayment(tx, {
      userId: input.userId,
      paymentId: input.paymentId,
      settings,
      planToday: async (planId) => (await listPlans(tx)).find((plan) => plan.id === planId),
      now,
    }),
  );
  const payment = await findPayment(deps.db, input.paymentId);
  return answered(deps, input.userId, {
    result,
    show: [...new Set([...applied.show, ...(payment === undefined ? [] : [payment.orderId])])],
  });
}

/** Decides on a refund; the access is set to what stays paid before the money moves. */
export async function refundOrder(deps: PaymentDeps, input: OfUser & RefundOrderRequest): Promise<OperatorAnswered> {
  const settings = await deps.settings();
  const now = deps.clock.now();
  const result = await once(deps, input, async (tx): Promise<OperatorResult> => {
    const requested = await requestRefund(tx, {
      ...input,
      ability: async (code) => (await deps.providers.get(code)).capabilities.refund,
      settings,
      now,
    });
    if ('refusal' in requested) return { outcome: 'refused', reason: requested.refusal };
    const amount = `${formatDecimal(requested.amount)} ${requested.amount.currency}`;
    if (requested.state !== 'by_hand') return done(`refund ${requested.refundId}: ${amount}`);
    await raiseAlert(tx, {
      key: `refund:${requested.refundId}`,
      kind: 'refund',
      text: `Send ${amount} back by hand for order ${input.orderId}, then: npm run shop -- refund-done ${requested.refundId}`,
    });
    return done(`refund ${requested.refundId}: send ${amount} by hand, then: npm run shop -- refund-done ${requested.refundId}`);
  });
  return answered(deps, input.userId, { result, show: [input.orderId] });
}

async function finishByHand(deps: PaymentDeps, tx: Db, input: OfUser & EndRefundRequest): Promise<OperatorResult> {
  const refund = await findRefund(tx, input.refundId);
  if (refund === undefined || refund.userId !== input.userId || refund.paymentId === undefined)
    return { outcome: 'refused', reason: 'NotFound' };
  if (refund.state !== 'by_hand') return { outcome: 'refused', reason: 'AlreadyDecided', note: `it is ${refund.state}` };
  const settings = await deps.settings();
  const now = deps.clock.now();
  if (input.end === 'cancelled') {
    const ended = await cancelRefund(tx, { refundId: refund.id, actor: input.actor, settings, now });
    if (ended !== 'done') {
      return {
        outcome: 'refused',
        reason: 'BalanceTooLow',
        note: 'the part that came from the balance is spent: finish the refund instead',
      };
    }
    await healAlert(tx, `refund:${refund.id}`);
    return done(`refund ${refund.id} is cancelled, the access is back`);
  }
  await healAlert(tx, `refund:${refund.id}`);
  const payment = await findPayment(tx, refund.paymentId);
  const event: PaymentEvent = {
    provider: payment?.provider ?? 'manual',
    type: 'refunded',
    trusted: true,
    dedupeKey: `by-hand:${refund.id}`,
    ref: { paymentId: refund.paymentId },
    refundId: refund.id,
    refunded: refund.amount,
    live: true,
  };
  await insertPaymentEvent(tx, { event, digest: undefined, rawSealed: undefined, now });
  await audit(tx, { actor: input.actor, action: 'refund.by_hand', target: refund.id, after: { amount: refund.amount } });
  await applyPayment(tx, { userId: input.userId, paymentId: refund.paymentId, settings, planToday: () => Promise.resolve(undefined), now });
  return done(`refund ${refund.id} is done`);
}

/** Ends a refund that waited for an operator: the money was sent by hand, or it stays and the access comes back. */
export async function endRefund(deps: PaymentDeps, input: OfUser & EndRefundRequest): Promise<OperatorAnswered> {
  const result = await once(deps, input, (tx) => finishByHand(deps, tx, input));
  const refund = await findRefund(deps.db, input.refundId);
  return answered(deps, input.userId, { result, show: refund === undefined ? [] : [refund.orderId] });
}

/** Adds to the balance or takes from it. */
export async function correctBalance(deps: ActivityDeps, input: OfUser & CorrectBalanceRequest): Promise<OperatorAnswered> {
  const { currency } = await deps.settings();
  const amount = money(input.minor, currency);
  const result = await once(deps, input, async (tx): Promise<OperatorResult> => {
    const corrected = await correctBalanceIn(tx, { ...input, amount });
    return corrected ? done(`the balance of user ${input.userId} is corrected`) : { outcome: 'refused', reason: 'BalanceTooLow' };
  });
  return answered(deps, input.userId, { result, show: [] });
}

/** Decides what becomes of money that was put aside. */
export async function resolveQuarantine(deps: ActivityDeps, input: OfUser & ResolveQuarantineRequest): Promise<OperatorAnswered> {
  const { currency } = await deps.settings();
  const result = await once(deps, input, async (tx): Promise<OperatorResult> => {
    const outcome = await resolveQuarantineIn(tx, {
      ...input,
      worth: (amount) => Promise.resolve(amount.currency === currency ? amount : undefined),
      now: deps.clock.now(),
    });
    switch (outcome) {
      case 'done':
        return done(`${input.quarantineId} is decided: ${input.action}`);
      case 'already':
        return { outcome: 'refused', reason: 'AlreadyDecided' };
      case 'not_found':
        return { outcome: 'refused', reason: 'NotFound' };
      case 'no_worth':
        return {
          outcome: 'refused',
          reason: 'NothingToRefund',
          note: `it has no amount in ${currency}: keep it, and correct the balance by what it is worth`,
        };
    }
  });
  return answered(deps, input.userId, { result, show: [] });
}

/** Leaves a refund that the provider refused to an operator, who is told what can be done. */
export async function parkRefund(deps: ActivityDeps, input: { readonly refundId: string }): Promise<void> {
  await noteRefund(deps.db, input.refundId, { state: 'by_hand', why: 'the call was refused' });
  await alertRefund(deps.db, input.refundId, 'the provider refused the call');
}

/** Tells the operators that a refund waits for them. */
export async function alertRefund(db: Db, refundId: string, why: string): Promise<void> {
  await raiseAlert(db, {
    key: `refund:${refundId}`,
    kind: 'refund',
    text: `Refund ${refundId} did not go through: ${why}. Look in the provider's cabinet first: if the money did not leave, send it by hand and: npm run shop -- refund-done ${refundId}. Or give the access back: npm run shop -- refund-cancel ${refundId}`,
  });
}

/** Reminds operators of transfers that nobody decided; returns how many. */
export async function remindOperators(deps: ActivityDeps): Promise<number> {
  const due = await takeDueReminders(deps.db, deps.clock.now());
  for (const transfer of due) {
    await raiseAlert(deps.db, {
      key: `transfer-waits:${transfer.paymentId}:${transfer.version}:${deps.clock.now().getTime()}`,
      kind: 'transfer',
      text: `A buyer still waits: ${describe(transfer)}, reported ${transfer.submittedAt?.toISOString() ?? '?'}. In the bot: /operator`,
    });
  }
  return due.length;
}
