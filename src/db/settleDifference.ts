import { worthOf } from '../domain/worth';
import type { Order } from '../domain/order';
import type { ShopSettings } from '../domain/shop';
import { changeAccess, refundSource, remainderOf } from './access';
import { audit } from './audit';
import { chargesOf } from './charges';
import type { Db } from './connection';
import { takeBackExtra } from './deliverExtra';
import { book, bookArrival, bookReturn, lockBalance, netOf } from './ledger';
import { lockOrder, markOrderRevoked } from './orders';
import { dueOf } from './paymentCase';
import { lockPayment, setPaymentSums, type StoredPayment } from './payments';

export interface Settlement {
  readonly userId: number;
  /** What the report named: a payment, an order, or the balance of the user in a currency. */
  readonly subject: { readonly payment: string } | { readonly order: string } | { readonly balanceIn: string };
  readonly actor: string;
  readonly settings: Pick<ShopSettings, 'graceMs'>;
  readonly now: Date;
}

/** What was done, in words for the operator; undefined when there was nothing to do. */
type Settled = string | undefined;

/** What the ledger has of a payment at its provider, in minor units of what was asked; what lies in quarantine is counted apart. */
async function bookedAt(tx: Db, payment: StoredPayment): Promise<number> {
  const kinds = ['sale', 'credit', 'exchange', 'refund', 'hold', 'release', 'topup', 'correction'] as const;
  return -(await netOf(tx, `provider:${payment.provider}`, {
    userId: payment.userId,
    currency: payment.asked.currency,
    paymentId: payment.id,
    kinds,
  }));
}

interface Sums {
  readonly receivedMinor: number;
  readonly refundedMinor: number;
  /** What the ledger lacks (or has too much, below zero) of what the charges say is at the provider. */
  readonly missing: number;
}

async function sumsOf(tx: Db, payment: StoredPayment): Promise<Sums> {
  const charges = await chargesOf(tx, payment.id);
  const receivedMinor = charges.reduce((sum, charge) => sum + charge.amount.minor, 0);
  const refundedMinor = charges.reduce((sum, charge) => sum + charge.refundedMinor, 0);
  return { receivedMinor, refundedMinor, missing: receivedMinor - refundedMinor - (await bookedAt(tx, payment)) };
}

async function bookMissing(
  tx: Db,
  found: { payment: StoredPayment; order: Order },
  { missing, receivedMinor, refundedMinor }: Sums,
): Promise<void> {
  const { payment, order } = found;
  const due = dueOf(order);
  const { currency } = payment.asked;
  const amount = { minor: Math.abs(missing), currency };
  const worth = currency === due.currency ? amount : worthOf(amount.minor, payment.asked, due);
  const common = {
    operationKey: `settle:${payment.id}:${receivedMinor}:${refundedMinor}:${missing}`,
    provider: payment.provider,
    userId: payment.userId,
    orderId: order.id,
    paymentId: payment.id,
  };
  if (missing > 0) await bookArrival(tx, { ...common, received: amount, worth, to: `user:${payment.userId}`, kind: 'credit' });
  if (missing < 0) await bookReturn(tx, { ...common, from: 'corrections', returned: amount, worth, kind: 'correction' });
}

// The charges are what the provider told; the ledger and the sums follow them, and what nobody can explain is the buyer's.
async function settlePayment(tx: Db, { userId, actor }: Settlement, paymentId: string): Promise<Settled> {
  const payment = await lockPayment(tx, paymentId);
  const order = payment === undefined ? undefined : await lockOrder(tx, payment.orderId);
  if (payment === undefined || order === undefined || payment.userId !== userId) return undefined;
  const sums = await sumsOf(tx, payment);
  const { receivedMinor, refundedMinor, missing } = sums;
  const isSame = missing === 0 && payment.receivedMinor === receivedMinor && payment.refundedMinor === refundedMinor;
  if (isSame && (payment.outcome !== undefined || receivedMinor === 0)) return undefined;
  await bookMissing(tx, { payment, order }, sums);
  await setPaymentSums(tx, paymentId, { ...payment, receivedMinor, refundedMinor, outcome: payment.outcome ?? 'credited' });
  await audit(tx, {
    actor,
    action: 'payment.settled',
    target: paymentId,
    before: { received: payment.receivedMinor, refunded: payment.refundedMinor },
    after: { received: receivedMinor, refunded: refundedMinor, missing },
  });
  return `payment ${paymentId} agrees with its charges`;
}

async function releaseOrder(tx: Db, settlement: Settlement, orderId: string): Promise<Settled> {
  const order = await lockOrder(tx, orderId);
  if (order === undefined || order.userId !== settlement.userId || order.state === 'open' || order.heldMinor === 0) return undefined;
  const { userId, actor } = settlement;
  const amount = { minor: order.heldMinor, currency: order.price.currency };
  await book(tx, {
    operationKey: `settle:${orderId}:held`,
    from: `order:${orderId}`,
    to: `user:${userId}`,
    amount,
    kind: 'release',
    userId,
    orderId,
  });
  await audit(tx, { actor, action: 'order.settled', target: orderId, after: { released: amount } });
  return `order ${orderId} holds nothing any more`;
}

async function takeUnpaid(tx: Db, { settings, now }: Settlement, order: Order): Promise<boolean> {
  if (order.kind === 'extra') {
    await takeBackExtra(tx, order.id, { settings, now });
    return true;
  }
  const remainder = await remainderOf(tx, order.id, now);
  if (remainder === undefined) return false;
  const endsAt = remainder.endAfter(remainder.unusedMs);
  await changeAccess(tx, {
    subscriptionId: remainder.subscriptionId,
    kind: 'revoke',
    ...refundSource(order.id, 'unpaid'),
    endsAt,
    ...(endsAt <= remainder.countedFrom ? { revokedAt: now } : {}),
    settings,
    now,
  });
  return true;
}

// Access that was not paid for is taken back; what little was booked for it is the buyer's.
async function closeUnpaid(tx: Db, settlement: Settlement, orderId: string): Promise<Settled> {
  const { userId, actor } = settlement;
  const order = await lockOrder(tx, orderId);
  if (order === undefined || order.userId !== userId || order.state !== 'paid' || order.fulfilment === 'revoked') return undefined;
  const { currency } = order.price;
  const sold = await netOf(tx, 'sales', { userId: order.userId, currency, orderId });
  if (sold >= order.price.minor || !(await takeUnpaid(tx, settlement, order))) return undefined;
  await markOrderRevoked(tx, orderId);
  const amount = { minor: sold, currency };
  const movement = {
    operationKey: `settle:${orderId}:unpaid`,
    from: 'sales',
    to: `user:${userId}`,
    amount,
    kind: 'refund',
    userId,
    orderId,
  } as const;
  if (sold > 0) await book(tx, movement);
  await audit(tx, { actor, action: 'order.settled', target: orderId, after: { closed: true, toBalance: amount } });
  return `the access of order ${orderId}, which was not paid for, is closed`;
}

// Movements are never changed: the balance follows them.
async function settleBalance(tx: Db, { userId, actor }: Settlement, currency: string): Promise<Settled> {
  const before = await lockBalance(tx, userId, currency);
  const booked = await netOf(tx, `user:${userId}`, { userId, currency });
  if (before.minor === booked || booked < 0) return undefined;
  await tx('balances').where({ user_id: userId, currency }).update({ amount_minor: booked, updated_at: tx.fn.now() });
  const after = { minor: booked, currency };
  await audit(tx, { actor, action: 'balance.settled', target: `user:${userId}`, before: { ...before }, after });
  return `the balance of user ${userId} is the sum of its movements`;
}

/** Ends a difference that the report of `reconcile` named, with an entry in the audit log; a repeat changes nothing. */
export async function settleDifference(tx: Db, settlement: Settlement): Promise<Settled> {
  const { subject } = settlement;
  if ('payment' in subject) return settlePayment(tx, settlement, subject.payment);
  if ('balanceIn' in subject) return settleBalance(tx, settlement, subject.balanceIn);
  return (await releaseOrder(tx, settlement, subject.order)) ?? closeUnpaid(tx, settlement, subject.order);
}
