import { takenFrom } from '../domain/balance';
import type { PaymentDecision } from '../domain/foldPayment';
import { worthOf } from '../domain/worth';
import type { Money } from '../domain/money';
import type { Db } from './connection';
import { changeAccess, refundSource, remainderOf } from './access';
import { raiseAlert } from './alerts';
import { bookReturn, lockBalance, netOf } from './ledger';
import { addNotice } from './notices';
import { takeBackEffects } from './orderEffects';
import { markOrderRevoked } from './orders';
import { dueOf, named, type Applied, type PaymentCase } from './paymentCase';
import { insertRefundPart } from './charges';
import { finishRefundOf, lockOpenRefund, type StoredRefund } from './refunds';
import { stopAgreementOf } from './savedMethods';
import { releaseHeld } from './releaseHeld';

type RefundDecision = Extract<PaymentDecision, { kind: 'refund' }>;
type DisputeDecision = Extract<PaymentDecision, { kind: 'dispute' }>;

/** Where money that goes back comes from, in the currency of the order. */
interface Split {
  readonly worth: Money;
  readonly fromSale: number;
  readonly fromBalance: number;
  /** What the balance should have had. */
  readonly missing: number;
}

// Refunds of one payment in another currency are worth what their sum is worth, whatever the order.
function worthIn(found: PaymentCase, amount: Money): Money {
  const due = dueOf(found.order);
  if (amount.currency === due.currency) return amount;
  const { asked } = found.payment;
  const before = worthOf(found.refundedMinor, asked, due);
  return { minor: worthOf(found.refundedMinor + amount.minor, asked, due).minor - before.minor, currency: due.currency };
}

/**
 * What a payment brought to the balance (a second charge, too much, money of a closed order) goes back from the balance first, so that one of two
 * payments can be given back and the access stays; only then from the sale. The shop's own refund of an order is of its sale first, because it has
 * taken the access. A balance never goes below zero: the shop bears the rest.
 */
async function splitOf(found: PaymentCase, amount: Money, sale: { readonly left: number; readonly isFirst: boolean }): Promise<Split> {
  const { tx, payment, order } = found;
  const worth = worthIn(found, amount);
  const { currency } = worth;
  const isSold = found.outcome === 'delivered' && order.kind !== 'topup';
  const kinds = ['credit', 'release', 'refund'] as const;
  const credited = isSold
    ? await netOf(tx, `user:${payment.userId}`, { userId: payment.userId, currency, paymentId: payment.id, kinds })
    : worth.minor;
  const fromCredit = sale.isFirst && isSold ? worth.minor - Math.max(0, sale.left) : credited;
  const due = Math.min(Math.max(0, fromCredit), worth.minor);
  const balance = await lockBalance(tx, payment.userId, currency);
  const { takenMinor, missingMinor } = takenFrom(balance.minor, due);
  return { worth, fromSale: worth.minor - due, fromBalance: takenMinor, missing: missingMinor };
}

async function bookRefund(found: PaymentCase, decision: RefundDecision, split: Split): Promise<void> {
  const { tx, payment } = found;
  const { worth, fromSale, fromBalance, missing } = split;
  const returned = decision.amount.minor;
  const key = `refund:${payment.provider}:${decision.refundId}`;
  const common = { ...named(found), kind: 'refund' } as const;
  const share = worth.minor === 0 ? 0 : Number((BigInt(returned) * BigInt(fromBalance)) / BigInt(worth.minor));
  const money = (minor: number): Money => ({ minor, currency: decision.amount.currency });
  const worthOfShare = (minor: number): Money => ({ minor, currency: worth.currency });
  if (fromBalance > 0) {
    const from = `user:${payment.userId}` as const;
    await bookReturn(tx, { ...common, operationKey: key, from, returned: money(share), worth: worthOfShare(fromBalance) });
  }
  if (returned > share) {
    const rest = { returned: money(returned - share), worth: worthOfShare(fromSale + missing) };
    await bookReturn(tx, { ...common, operationKey: `${key}:shop`, from: 'sales', ...rest });
  }
  if (missing === 0) return;
  await raiseAlert(tx, {
    key: `refund-shortfall:${payment.id}`,
    kind: 'refund_shortfall',
    text: `The refund of payment ${payment.id} took more than user ${payment.userId} had left on the balance; the shop bears the rest.`,
  });
}

/** Takes back what the money that went back had bought: its share of what the order added, at most what lies ahead. */
async function takeAccess(
  found: PaymentCase,
  decision: RefundDecision,
  sale: { readonly left: number; readonly back: number },
): Promise<void> {
  const { tx, order, application } = found;
  const { now } = application;
  if (found.outcome !== 'delivered' || order.kind === 'topup') return;
  // A gift, or an extra, goes back when all of its money does; what a gift gave is somebody else's.
  if (order.isGift || order.kind === 'extra') return revokeIfWhole(found, sale);
  const isLost = decision.event.type === 'dispute_lost';
  const remainder = await remainderOf(tx, order.id, now);
  if (remainder === undefined || (sale.back === 0 && !isLost)) return;
  // What a provider charged for by itself was sold beside the order, a period for each charge.
  const price = Math.max(1, Math.min(sale.left, order.price.minor));
  const share = Math.round((remainder.addedMs * Math.min(sale.back, price)) / price);
  const endsAt = remainder.endAfter(Math.min(share, remainder.unusedMs));
  const isOver = endsAt <= (isLost ? now : remainder.countedFrom);
  await changeAccess(tx, {
    subscriptionId: remainder.subscriptionId,
    kind: 'refund',
    ...refundSource(order.id, decision.refundId),
    endsAt,
    // A refund during a dispute does not end it.
    ...(isLost || isOver ? { suspendedAt: null } : {}),
    ...(isOver ? { revokedAt: now } : {}),
    settings: application.settings,
    now,
  });
  await revokeIfWhole(found, sale);
}

async function revokeIfWhole(
  { tx, order, application }: PaymentCase,
  sale: { readonly left: number; readonly back: number },
): Promise<void> {
  if (sale.back === 0 || sale.back < sale.left) return;
  await markOrderRevoked(tx, order.id);
  await takeBackEffects(tx, order.id, { ...application, isWhole: true });
}

// What waited for the rest becomes balance first: a part of it went back, so the rest is not to be waited for.
async function releaseParts(found: PaymentCase): Promise<void> {
  if (found.heldMinor === 0) return;
  await releaseHeld(found.tx, found);
  found.heldMinor = 0;
  found.outcome = 'credited';
}

// Providers tell of refunds in ways of their own; less than the shop has asked for is not the shop's.
async function ownRefund(tx: Db, paymentId: string, { event, amount }: RefundDecision): Promise<StoredRefund | undefined> {
  const own = await lockOpenRefund(tx, paymentId);
  if (own === undefined) return undefined;
  const isNamed = event.dedupeKey === `own:${own.id}` || event.dedupeKey === `by-hand:${own.id}`;
  return isNamed || amount.minor >= own.amount.minor ? own : undefined;
}

/** Money went back to the payer: books it, takes back what it had bought, and ends the shop's own refund where there was one. */
export async function takeBack(found: PaymentCase, decision: RefundDecision): Promise<Applied> {
  const { tx, payment, order, application } = found;
  const { refundId, amount, parts } = decision;
  if (!(await insertRefundPart(tx, { paymentId: payment.id, provider: payment.provider, refundId, amount, parts }))) return 'nothing_new';
  await releaseParts(found);
  const left = await netOf(tx, 'sales', { userId: order.userId, currency: order.price.currency, orderId: order.id });
  const own = await ownRefund(tx, payment.id, decision);
  const split = await splitOf(found, amount, { left, isFirst: own !== undefined });
  await bookRefund(found, decision, split);
  // The shop's own refund has taken its access before it asked the provider; what went back beyond it was somebody else's.
  const beyond = own === undefined ? amount.minor : Math.max(0, amount.minor - own.amount.minor);
  const back = Math.floor((split.fromSale * beyond) / amount.minor);
  await takeAccess(found, decision, { left, back });
  if (back > 0) await stopAgreementOf(tx, payment.id, application.now);
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

async function tellOfDispute(found: PaymentCase, { step, event }: DisputeDecision, hasAccess: boolean): Promise<void> {
  const { tx, payment, order } = found;
  const isOpened = step === 'opened';
  const shut = hasAccess ? 'The access is shut until it is decided.' : 'It bought no access.';
  await raiseAlert(tx, {
    key: `dispute:${payment.id}`,
    kind: 'dispute',
    text: isOpened
      ? `The payer's bank disputes payment ${payment.id} of order ${order.id} (${payment.provider}). ${shut} Answer in the provider's cabinet.`
      : `The dispute about payment ${payment.id} of order ${order.id} is won${hasAccess ? '; the access is open again' : ''}.`,
  });
  if (!hasAccess) return;
  const kind = isOpened ? 'disputed' : 'dispute_won';
  await addNotice(tx, { userId: payment.userId, key: `dispute:${event.dedupeKey}`, kind, params: {} });
}

interface Shut {
  readonly suspended_at: Date | null;
  readonly paused_at: Date | null;
}

/** What a dispute cost; while a subscription is paused, its time stands still anyway. */
function lostTo(shut: Shut | undefined, now: Date): number {
  if (shut?.suspended_at == null || shut.paused_at !== null) return 0;
  return Math.max(0, now.getTime() - shut.suspended_at.getTime());
}

/**
 * A dispute shuts the access that its money bought until it is decided; one that is won opens it again with the days it cost. Money that bought
 * nothing is on the balance, and stays there until the dispute is lost.
 */
export async function settleDispute(found: PaymentCase, decision: DisputeDecision): Promise<Applied> {
  const { tx, order, application } = found;
  const { now, settings } = application;
  const isSold = found.outcome === 'delivered' && order.kind === 'plan';
  const remainder = isSold ? await remainderOf(tx, order.id, now) : undefined;
  const isOpened = decision.step === 'opened';
  await tellOfDispute(found, decision, remainder !== undefined);
  if (isOpened) await stopAgreementOf(tx, found.payment.id, now);
  if (remainder === undefined) return 'changed';
  const subscription: Shut | undefined = await tx('subscriptions')
    .where({ id: remainder.subscriptionId })
    .first('suspended_at', 'paused_at');
  const since = subscription?.suspended_at ?? null;
  const lostMs = isOpened ? 0 : lostTo(subscription, now);
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
