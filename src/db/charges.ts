import type { Money } from '../domain/money';
import type { Db } from './connection';
import { newId } from './ids';

/** What a charge was: the whole price, a part of it, a payment for what was paid already, or the next period of an agreement. */
export type ChargeShare = 'whole' | 'part' | 'second' | 'renewal';

export interface Charge {
  readonly chargeId: string;
  readonly amount: Money;
  readonly share: ChargeShare | undefined;
}

/** Writes money that arrived; false when this charge was known. */
export async function insertCharge(
  tx: Db,
  charge: Charge & { readonly paymentId: string; readonly provider: string; readonly now: Date },
): Promise<boolean> {
  const rows: readonly unknown[] = await tx('charges')
    .insert({
      id: newId('chg'),
      payment_id: charge.paymentId,
      provider: charge.provider,
      charge_id: charge.chargeId,
      amount_minor: charge.amount.minor,
      currency: charge.amount.currency,
      share: charge.share,
      received_at: charge.now,
    })
    .onConflict(['provider', 'charge_id'])
    .ignore()
    .returning('id');
  return rows.length === 1;
}

/** A charge, with what of it went back in minor units. */
export interface StoredCharge extends Charge {
  readonly refundedMinor: number;
}

interface ChargeRow {
  readonly charge_id: string;
  readonly amount_minor: number;
  readonly refunded_minor: number;
  readonly currency: string;
  readonly share: ChargeShare | null;
}

/** The charges of a payment, oldest first. */
export async function chargesOf(tx: Db, paymentId: string): Promise<readonly StoredCharge[]> {
  const rows: readonly ChargeRow[] = await tx<ChargeRow & { payment_id: string }>('charges')
    .where({ payment_id: paymentId })
    .orderBy(['received_at', 'id']);
  return rows.map((row) => ({
    chargeId: row.charge_id,
    amount: { minor: row.amount_minor, currency: row.currency },
    refundedMinor: row.refunded_minor,
    share: row.share ?? undefined,
  }));
}

/** Which of these charges are booked for another payment; money is taken once, whichever payment it names. */
export async function chargesElsewhere(
  tx: Db,
  payment: { readonly id: string; readonly provider: string },
  chargeIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows: readonly { charge_id: string }[] = await tx('charges')
    .select('charge_id')
    .where({ provider: payment.provider })
    .whereIn('charge_id', [...chargeIds])
    .whereNot({ payment_id: payment.id });
  return new Set(rows.map((row) => row.charge_id));
}

/** How many charges all payments of an order have. */
export async function countCharges(tx: Db, orderId: string): Promise<number> {
  const row: { count?: string | number } | undefined = await tx('charges')
    .join('payments', 'payments.id', 'charges.payment_id')
    .where({ 'payments.order_id': orderId })
    .count({ count: '*' })
    .first();
  return Number(row?.count ?? 0);
}

/** Ids of the refunds that are booked for a payment. */
export async function refundIdsOf(tx: Db, paymentId: string): Promise<readonly string[]> {
  const rows: readonly { refund_id: string }[] = await tx('refund_parts').select('refund_id').where({ payment_id: paymentId });
  return rows.map((row) => row.refund_id);
}

export interface RefundPart {
  readonly paymentId: string;
  readonly provider: string;
  readonly refundId: string;
  readonly amount: Money;
  /** How much of it is of which charge, in minor units. */
  readonly parts: readonly { readonly chargeId: string; readonly minor: number }[];
}

/** Writes money that went back, and of which charges; false when this refund was known. */
export async function insertRefundPart(tx: Db, refund: RefundPart): Promise<boolean> {
  const { paymentId, provider, refundId, amount, parts } = refund;
  const rows: readonly unknown[] = await tx('refund_parts')
    .insert({ provider, refund_id: refundId, payment_id: paymentId, amount_minor: amount.minor, currency: amount.currency })
    .onConflict(['provider', 'refund_id'])
    .ignore()
    .returning('refund_id');
  if (rows.length === 0) return false;
  for (const { chargeId, minor } of parts) {
    await tx('charges')
      .where({ provider, charge_id: chargeId })
      .update({ refunded_minor: tx.raw('refunded_minor + ?', [minor]) });
  }
  return true;
}
