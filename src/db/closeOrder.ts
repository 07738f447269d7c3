import type { Db } from './connection';
import { book } from './ledger';
import { addNotice } from './notices';
import { lockOrder } from './orders';
import { closeAttempts } from './attempts';

export interface Closing {
  readonly state: 'expired' | 'superseded' | 'cancelled';
  readonly reason: string;
}

/**
 * Closes an open order without a payment; false when it was not open any more. What it held, from the balance or of a payment in part, becomes
 * balance again in the same transaction, and the buyer hears of it.
 */
export async function closeOrder(tx: Db, orderId: string, closing: Closing): Promise<boolean> {
  const order = await lockOrder(tx, orderId);
  if (order?.state !== 'open') return false;
  await tx('orders').where({ id: orderId }).update({ state: closing.state, closed_reason: closing.reason });
  await closeAttempts(tx, orderId);
  if (order.heldMinor === 0) return true;
  const amount = { minor: order.heldMinor, currency: order.price.currency };
  await book(tx, {
    operationKey: `order:${orderId}:release`,
    from: `order:${orderId}`,
    to: `user:${order.userId}`,
    amount,
    kind: 'release',
    userId: order.userId,
    orderId,
  });
  await addNotice(tx, { userId: order.userId, key: `released:${orderId}`, kind: 'released', params: { amount } });
  return true;
}
