import type { Order } from '../domain/order';
import type { Db } from './connection';
import { book, netOf } from './ledger';
import { addNotice } from './notices';
import { lockOrder } from './orders';
import { closeAttempts, partsOf } from './attempts';

export interface Closing {
  readonly state: 'expired' | 'superseded' | 'cancelled';
  readonly reason: string;
}

// Each part names its payment, so that its refund later takes it from the balance and not from a sale.
async function release(tx: Db, order: Order, partIds: readonly string[]): Promise<void> {
  const { currency } = order.price;
  const account = `order:${order.id}` as const;
  const common = { from: account, to: `user:${order.userId}`, kind: 'release', userId: order.userId, orderId: order.id } as const;
  let left = order.heldMinor;
  for (const paymentId of partIds) {
    const minor = await netOf(tx, account, { userId: order.userId, currency, paymentId });
    if (minor <= 0) continue;
    left -= minor;
    await book(tx, { ...common, operationKey: `order:${order.id}:release:${paymentId}`, amount: { minor, currency }, paymentId });
  }
  if (left > 0) await book(tx, { ...common, operationKey: `order:${order.id}:release`, amount: { minor: left, currency } });
}

/**
 * Closes an open order without a payment; false when it was not open any more. What it held, from the balance or of a payment in part, becomes
 * balance again in the same transaction, and the buyer hears of it.
 */
export async function closeOrder(tx: Db, orderId: string, closing: Closing): Promise<boolean> {
  const order = await lockOrder(tx, orderId);
  if (order?.state !== 'open') return false;
  await tx('orders').where({ id: orderId }).update({ state: closing.state, closed_reason: closing.reason });
  const partIds = await partsOf(tx, orderId);
  await closeAttempts(tx, orderId);
  if (order.heldMinor === 0) return true;
  await release(tx, order, partIds);
  const amount = { minor: order.heldMinor, currency: order.price.currency };
  await addNotice(tx, { userId: order.userId, key: `released:${orderId}`, kind: 'released', params: { amount } });
  return true;
}
