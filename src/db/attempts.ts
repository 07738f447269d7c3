import type { Knex } from 'knex';
import type { Money } from '../domain/money';
import { isAwaited } from '../domain/payment';
import type { Db } from './connection';
import type { StoredPayment } from './payments';

/** Another attempt of the order was chosen since: a condition on a row of `payments`. */
export const anotherChosen = `exists (select 1 from payments other where other.order_id = payments.order_id
  and other.id <> payments.id and (other.chosen_at, other.attempt) > (payments.chosen_at, payments.attempt))`;

/**
 * Sets an attempt aside that the buyer is not shown any more: its order is closed, or another attempt was chosen since. False while it is
 * shown, or was paid.
 */
export async function withdrawPayment(db: Db, paymentId: string): Promise<boolean> {
  const result: { rowCount: number } = await db.raw(
    `update payments set state = 'cancelled', updated_at = now() from orders
     where payments.id = ? and orders.id = payments.order_id and payments.state in ('created', 'pending', 'failed')
       and (orders.state <> 'open' or ${anotherChosen})`,
    [paymentId],
  );
  return result.rowCount === 1;
}

/** Notes which attempt the buyer is shown from now on; the others of its order are asked about soon, so that they can be closed. */
export async function markChosen(
  tx: Db,
  chosen: { readonly paymentId: string; readonly orderId: string; readonly now: Date },
): Promise<void> {
  await tx('payments').where({ id: chosen.paymentId }).update({ chosen_at: chosen.now });
  await askSoon(tx, chosen.orderId, chosen.now).whereNot({ id: chosen.paymentId });
}

function askSoon(tx: Db, orderId: string, now: Date | Knex.Raw): Knex.QueryBuilder {
  return tx('payments')
    .where({ order_id: orderId })
    .whereIn('state', ['created', 'pending'])
    .whereNotNull('next_poll_at')
    .update({ next_poll_at: now });
}

/** Ends the waiting for the rest of what was paid in part: that money is the buyer's now. The caller releases it. */
export async function closeParts(tx: Db, orderId: string, exceptPaymentId?: string): Promise<void> {
  const parts = tx('payments').where({ order_id: orderId }).where('held_minor', '>', 0);
  if (exceptPaymentId !== undefined) parts.whereNot({ id: exceptPaymentId });
  await parts.update({
    state: tx.raw("case when state = 'underpaid' then 'underpaid_closed' else state end"),
    held_minor: 0,
    outcome: 'credited',
    updated_at: tx.fn.now(),
  });
}

/** Ends the waiting for the rest of what was paid in part, and for transfers; what came is released by the caller. */
export async function closeAttempts(tx: Db, orderId: string): Promise<void> {
  await askSoon(tx, orderId, tx.fn.now());
  await closeParts(tx, orderId);
  await tx('transfers')
    .whereIn('payment_id', tx('payments').select('id').where({ order_id: orderId }))
    .whereIn('state', ['awaiting', 'submitted'])
    .update({ state: 'expired', version: tx.raw('version + 1') });
  // Nobody is asked about a transfer: without this it would keep its amount for ever. What is approved later is late money.
  await tx('payments')
    .where({ order_id: orderId })
    .whereNotNull('place')
    .whereIn('state', ['created', 'pending'])
    .update({ state: 'expired', updated_at: tx.fn.now() });
}

/** An attempt of an order that a buyer can still complete in this way at this price. */
export function reusablePayment(
  payments: readonly StoredPayment[],
  wanted: { provider: string; choice: string | undefined; saveMethod: boolean; asked: Money; now: Date },
): StoredPayment | undefined {
  return payments.find(
    (payment) =>
      payment.provider === wanted.provider &&
      (payment.choice ?? '') === (wanted.choice ?? '') &&
      payment.saveMethod === wanted.saveMethod &&
      isAwaited(payment.state) &&
      (payment.place !== undefined || (payment.asked.minor === wanted.asked.minor && payment.asked.currency === wanted.asked.currency)) &&
      payment.deadline > wanted.now,
  );
}
