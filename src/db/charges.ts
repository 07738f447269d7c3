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

/** The charges of a payment, oldest first. */
export async function chargesOf(tx: Db, paymentId: string): Promise<readonly Charge[]> {
  const rows: readonly { charge_id: string; amount_minor: number; currency: string; share: ChargeShare | null }[] = await tx('charges')
    .select('charge_id', 'amount_minor', 'currency', 'share')
    .where({ payment_id: paymentId })
    .orderBy('received_at')
    .orderBy('id');
  return rows.map((row) => ({
    chargeId: row.charge_id,
    amount: { minor: row.amount_minor, currency: row.currency },
    share: row.share ?? undefined,
  }));
}

/** Ids of the refunds that are booked for a payment. */
export async function refundIdsOf(tx: Db, paymentId: string): Promise<readonly string[]> {
  const rows: readonly { refund_id: string }[] = await tx('refund_parts').select('refund_id').where({ payment_id: paymentId });
  return rows.map((row) => row.refund_id);
}

/** Writes money that went back; false when this refund was known. */
export async function insertRefundPart(
  tx: Db,
  part: { paymentId: string; provider: string; refundId: string; amount: Money },
): Promise<boolean> {
  const rows: readonly unknown[] = await tx('refund_parts')
    .insert({
      provider: part.provider,
      refund_id: part.refundId,
      payment_id: part.paymentId,
      amount_minor: part.amount.minor,
      currency: part.amount.currency,
    })
    .onConflict(['provider', 'refund_id'])
    .ignore()
    .returning('refund_id');
  return rows.length === 1;
}
