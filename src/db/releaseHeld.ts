import type { Order } from '../domain/order';
import type { Db } from './connection';
import { book, netOf } from './ledger';
import type { StoredPayment } from './payments';

/** Gives the buyer what of a payment waits with its order. */
export async function releaseHeld(tx: Db, held: { readonly payment: StoredPayment; readonly order: Order }): Promise<number> {
  const { payment, order } = held;
  const { currency } = order.price;
  const minor = await netOf(tx, `order:${order.id}`, { userId: order.userId, currency, paymentId: payment.id });
  if (minor <= 0) return 0;
  await book(tx, {
    operationKey: `payment:${payment.id}:release:${payment.receivedMinor}`,
    from: `order:${order.id}`,
    to: `user:${payment.userId}`,
    amount: { minor, currency },
    kind: 'release',
    userId: payment.userId,
    orderId: order.id,
    paymentId: payment.id,
  });
  return minor;
}
