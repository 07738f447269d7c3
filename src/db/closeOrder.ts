import type { Order } from '../domain/order';
import type { Db } from './connection';
import { book } from './ledger';
import { addNotice } from './notices';
import { lockOrder } from './orders';
import { closeAttempts } from './attempts';
import { paymentsOfOrder, type StoredPayment } from './payments';
import { returnUse } from './promoUses';
import { noteClosed } from './renewalAttempts';
import { releaseHeld } from './releaseHeld';

export interface Closing {
  readonly state: 'expired' | 'superseded' | 'cancelled';
  readonly reason: string;
}

// Each part names its payment, so that its refund later takes it from the balance and not from a sale; the rest came from the balance.
async function release(tx: Db, order: Order, parts: readonly StoredPayment[]): Promise<void> {
  let minor = order.heldMinor;
  for (const payment of parts) minor -= await releaseHeld(tx, { payment, order });
  if (minor === 0) return;
  await book(tx, {
    operationKey: `order:${order.id}:release`,
    from: `order:${order.id}`,
    to: `user:${order.userId}`,
    amount: { minor, currency: order.price.currency },
    kind: 'release',
    userId: order.userId,
    orderId: order.id,
  });
}

/**
 * Closes an open order without a payment; false when it was not open any more. What it held, from the balance or of a payment in part, becomes
 * balance again in the same transaction, and the buyer hears of it.
 */
export async function closeOrder(tx: Db, orderId: string, closing: Closing): Promise<boolean> {
  const order = await lockOrder(tx, orderId);
  if (order?.state !== 'open') return false;
  await tx('orders').where({ id: orderId }).update({ state: closing.state, closed_reason: closing.reason });
  const parts = (await paymentsOfOrder(tx, orderId)).filter((payment) => payment.heldMinor > 0);
  await closeAttempts(tx, orderId);
  await noteClosed(tx, orderId, closing.state);
  await returnUse(tx, orderId);
  if (order.heldMinor === 0) return true;
  await release(tx, order, parts);
  const amount = { minor: order.heldMinor, currency: order.price.currency };
  await addNotice(tx, { userId: order.userId, key: `released:${orderId}`, kind: 'released', params: { amount } });
  return true;
}
