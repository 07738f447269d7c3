import { worthOf, type PaymentDecision } from '../domain/foldPayment';
import type { Money } from '../domain/money';
import { changeAccess, refundSource, remainderOf } from './access';
import { raiseAlert } from './alerts';
import { bookReturn, lockBalance, type Account } from './ledger';
import { addNotice } from './notices';
import { markOrderRevoked } from './orders';
import { dueOf, named, type Applied, type PaymentCase } from './paymentCase';
import { chargesOf, insertRefundPart } from './charges';
import { finishRefundOf, lockOpenRefund } from './refunds';
import { stopAgreementOf } from './savedMethods';

type RefundDecision = Extract<PaymentDecision, { kind: 'refund' }>;
type DisputeDecision = Extract<PaymentDecision, { kind: 'dispute' }>;

interface Source {
  readonly account: Account;
  readonly worth: Money;
}

// What went to the balance comes from the balance as far as it reaches; it never goes below zero, and the shop bears the rest.
async function sourcesOf(found: PaymentCase, worth: Money, isSecond: boolean): Promise<readonly Source[]> {
  const { tx, payment, order } = found;
  if (found.outcome === 'delivered' && order.kind === 'plan' && !isSecond) return [{ account: 'sales', worth }];
  const balance = await lockBalance(tx, payment.userId, worth.currency);
  const fromBalance = Math.min(balance.minor, worth.minor);
  const missing = worth.minor - fromBalance;
  if (missing > 0) {
    await raiseAlert(tx, {
      key: `refund-shortfall:${payment.id}`,
      kind: 'refund_shortfall',
      text: `The refund of payment ${payment.id} took more than user ${payment.userId} had left on the balance; the shop bears the rest.`,
    });
  }
  return [
    { account: `user:${payment.userId}`, worth: { minor: fromBalance, currency: worth.currency } } as const,
    { account: 'sales', worth: { minor: missing, currency: worth.currency } } as const,
  ].filter((source) => source.worth.minor > 0);
}

async function bookRefund(found: PaymentCase, decision: RefundDecision, isSecond: boolean): Promise<void> {
  const { tx, payment, order } = found;
  const due = dueOf(order);
  const isDirect = decision.amount.currency === due.currency;
  const worth = isDirect ? decision.amount : worthOf(decision.amount.minor, payment.asked, due);
  const sources = await sourcesOf(found, worth, isSecond);
  let left = decision.amount.minor;
  for (const [index, source] of sources.entries()) {
    const isLast = index === sources.length - 1;
    const share = isLast ? left : Number((BigInt(decision.amount.minor) * BigInt(source.worth.minor)) / BigInt(worth.minor));
    left -= share;
    await bookReturn(tx, {
      ...named(found),
      operationKey: `refund:${payment.provider}:${decision.refundId}${index === 0 ? '' : ':shop'}`,
      from: source.account,
      returned: { minor: share, currency: decision.amount.currency },
      worth: source.worth,
      kind: 'refund',
    });
  }
}

/** Takes back what the money that went back had bought: everything that lies ahead, or its share of the period. */
async function takeAccess(found: PaymentCase, decision: RefundDecision): Promise<void> {
  const { tx, payment, order, application } = found;
  if (found.outcome !== 'delivered' || order.kind === 'topup') return;
  const remainder = await remainderOf(tx, order.id, application.now);
  if (remainder === undefined) return;
  const share = decision.isFull ? remainder.addedMs : Math.round((remainder.addedMs * decision.amount.minor) / payment.asked.minor);
  const takenMs = Math.min(share, remainder.unusedMs);
  const endsAt = new Date(remainder.endsAt.getTime() - takenMs);
  const isOver = endsAt <= application.now;
  await changeAccess(tx, {
    subscriptionId: remainder.subscriptionId,
    kind: 'refund',
    ...refundSource(order.id, decision.refundId),
    endsAt,
    suspendedAt: null,
    ...(isOver ? { revokedAt: application.now } : {}),
    settings: application.settings,
    now: application.now,
  });
  if (decision.isFull) await markOrderRevoked(tx, order.id);
}

/** Money went back to the payer: books it, takes back what it had bought, and ends the shop's own refund where there was one. */
export async function takeBack(found: PaymentCase, decision: RefundDecision): Promise<Applied> {
  const { tx, payment, order, application } = found;
  const { refundId, amount } = decision;
  if (!(await insertRefundPart(tx, { paymentId: payment.id, provider: payment.provider, refundId, amount }))) return 'nothing_new';
  // What came a second time is balance and has bought nothing.
  const charge = (await chargesOf(tx, payment.id)).find((entry) => entry.chargeId === decision.event.chargeId);
  const isSecond = charge?.share === 'second';
  await bookRefund(found, decision, isSecond);
  // The shop's own refund has taken the access before it asked the provider.
  const own = await lockOpenRefund(tx, payment.id);
  if (own === undefined && !isSecond) {
    await takeAccess(found, decision);
    await stopAgreementOf(tx, payment.id, application.now);
  }
  if (own !== undefined) await finishRefundOf(tx, own.id, { state: 'done', now: application.now });
  if (decision.event.type === 'dispute_lost') {
    await raiseAlert(tx, {
      key: `dispute:${payment.id}`,
      kind: 'dispute',
      text: `The dispute about payment ${payment.id} of order ${order.id} is lost; the access is gone.`,
    });
  }
  await addNotice(tx, {
    userId: payment.userId,
    key: `refunded:${payment.provider}:${refundId}`,
    kind: 'refunded',
    params: { amount, destination: 'provider' },
  });
  found.show.add(order.id);
  return 'changed';
}

/** A dispute shuts the access until it is decided; one that is won opens it again with the days it cost. */
export async function settleDispute(found: PaymentCase, decision: DisputeDecision): Promise<Applied> {
  const { tx, payment, order, application } = found;
  const remainder = order.kind === 'plan' ? await remainderOf(tx, order.id, application.now) : undefined;
  const { now, settings } = application;
  const isOpened = decision.step === 'opened';
  await raiseAlert(tx, {
    key: `dispute:${payment.id}`,
    kind: 'dispute',
    text: isOpened
      ? `The payer's bank disputes payment ${payment.id} of order ${order.id} (${payment.provider}). The access is shut until it is decided; answer in the provider's cabinet.`
      : `The dispute about payment ${payment.id} of order ${order.id} is won; the access is open again.`,
  });
  await addNotice(tx, {
    userId: payment.userId,
    key: `dispute:${decision.event.dedupeKey}`,
    kind: isOpened ? 'disputed' : 'dispute_won',
    params: {},
  });
  if (isOpened) await stopAgreementOf(tx, payment.id, now);
  if (remainder === undefined) return 'changed';
  const subscription: { suspended_at: Date | null } | undefined = await tx('subscriptions')
    .where({ id: remainder.subscriptionId })
    .first('suspended_at');
  const since = subscription?.suspended_at ?? null;
  const lostMs = isOpened || since === null ? 0 : Math.max(0, now.getTime() - since.getTime());
  await changeAccess(tx, {
    subscriptionId: remainder.subscriptionId,
    kind: 'dispute',
    source: 'dispute',
    sourceId: decision.event.dedupeKey,
    endsAt: new Date(remainder.endsAt.getTime() + lostMs),
    suspendedAt: isOpened ? (since ?? now) : null,
    settings,
    now,
  });
  return 'changed';
}
