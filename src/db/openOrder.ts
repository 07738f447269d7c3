import type { Money } from '../domain/money';
import type { Order } from '../domain/order';
import type { Plan } from '../domain/plan';
import type { Db } from './connection';
import { closeOrder, insertOrder, keepOrderMessage, lockOpenOrder } from './orders';
import { insertPayment, paymentsOfOrder, reusablePayment } from './payments';
import { findRequest, lockUser, storeRequest } from './requests';
import { mayRenew } from './subscriptions';

export interface OrderWish {
  readonly userId: number;
  readonly key: string;
  readonly plan: Plan;
  readonly provider: string;
  readonly subscriptionId: string | undefined;
  readonly messageId: number | undefined;
  /** What the provider will ask for, with the rate that made it. */
  readonly asked: Money;
  readonly rate: { readonly unitPrice: string; readonly source: string } | undefined;
  readonly orderMs: number;
  readonly now: Date;
}

type Refusal = 'UserBanned' | 'NotFound';

export interface OpenedOrder {
  readonly orderId: string;
  readonly paymentId: string;
  /** The order that had to make way, if any. */
  readonly superseded?: string;
}

/** Why this user may not order, or undefined. */
export async function refusalFor(tx: Db, wish: { userId: number; subscriptionId: string | undefined }): Promise<Refusal | undefined> {
  const user = await lockUser(tx, wish.userId);
  if (user === undefined) return 'NotFound';
  if (user.isBanned) return 'UserBanned';
  const renewable = wish.subscriptionId === undefined || (await mayRenew(tx, wish.userId, wish.subscriptionId));
  return renewable ? undefined : 'NotFound';
}

function sameWish(open: Order, wish: OrderWish): boolean {
  return (
    open.planId === wish.plan.id &&
    open.price.minor === wish.plan.price.minor &&
    open.price.currency === wish.plan.price.currency &&
    open.expiresAt > wish.now
  );
}

async function attempt(tx: Db, wish: OrderWish, order: { id: string; expiresAt: Date }): Promise<string> {
  const payments = await paymentsOfOrder(tx, order.id);
  const reusable = reusablePayment(payments, wish);
  if (reusable !== undefined) return reusable.id;
  return insertPayment(tx, {
    orderId: order.id,
    userId: wish.userId,
    provider: wish.provider,
    attempt: payments.length + 1,
    asked: wish.asked,
    rate: wish.rate,
    deadline: order.expiresAt,
    now: wish.now,
  });
}

async function placeOrder(tx: Db, wish: OrderWish): Promise<OpenedOrder> {
  const open = await lockOpenOrder(tx, wish.userId, wish.subscriptionId);
  const reused = open !== undefined && sameWish(open, wish) ? open : undefined;
  const superseded = open !== undefined && reused === undefined ? open.id : undefined;
  if (superseded !== undefined) await closeOrder(tx, superseded, { state: 'superseded', reason: 'another_plan' });
  const expiresAt = reused?.expiresAt ?? new Date(wish.now.getTime() + wish.orderMs);
  const orderId = reused?.id ?? (await insertOrder(tx, { ...wish, serverIds: wish.plan.serverIds, expiresAt }));
  const paymentId = await attempt(tx, wish, { id: orderId, expiresAt });
  await keepOrderMessage(tx, orderId, wish.messageId);
  await tx('users').where({ id: wish.userId }).update({ last_provider: wish.provider });
  return { orderId, paymentId, ...(superseded === undefined ? {} : { superseded }) };
}

/**
 * Opens an order and an attempt at paying it, in one transaction. An open order for the same plan at the same price is used again, one for
 * another plan is superseded; the same key gets the same answer.
 */
export async function openOrder(tx: Db, wish: OrderWish): Promise<OpenedOrder | { readonly refusal: Refusal }> {
  const refusal = await refusalFor(tx, wish);
  if (refusal !== undefined) return { refusal };
  const stored = await findRequest<OpenedOrder>(tx, wish.userId, wish.key);
  if (stored !== undefined) return stored;
  const opened = await placeOrder(tx, wish);
  await storeRequest(tx, { userId: wish.userId, key: wish.key, result: opened });
  return opened;
}
