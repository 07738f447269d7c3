import type { Money } from '../domain/money';
import type { Db } from './connection';
import { newId } from './ids';

export type RefundState = 'requested' | 'pending' | 'done' | 'refused' | 'by_hand';

/** Money the shop decided to give back. */
export interface StoredRefund {
  readonly id: string;
  /** Undefined where the order was paid from the balance alone. */
  readonly paymentId: string | undefined;
  readonly orderId: string;
  readonly userId: number;
  readonly scope: 'full' | 'unused';
  readonly destination: 'provider' | 'balance';
  /** In the currency of the payment, or of the order where it goes to the balance. */
  readonly amount: Money;
  /** What had gone back before, in the same units. */
  readonly refundedBeforeMinor: number;
  readonly state: RefundState;
  /** The entry that took the access, where one did. */
  readonly grantId: string | undefined;
  /** The charge that goes back; undefined where none was chosen. */
  readonly chargeId: string | undefined;
  readonly providerRefundId: string | undefined;
  readonly reason: string;
  readonly actor: string;
  readonly why: string | undefined;
  readonly createdAt: Date;
}

interface RefundRow {
  readonly id: string;
  readonly payment_id: string | null;
  readonly order_id: string;
  readonly user_id: number;
  readonly scope: StoredRefund['scope'];
  readonly destination: StoredRefund['destination'];
  readonly amount_minor: number;
  readonly currency: string;
  readonly refunded_before_minor: number;
  readonly state: RefundState;
  readonly grant_id: string | null;
  readonly charge_id: string | null;
  readonly provider_refund_id: string | null;
  readonly reason: string;
  readonly actor: string;
  readonly why: string | null;
  readonly created_at: Date;
}

function toRefund(row: RefundRow): StoredRefund {
  return {
    id: row.id,
    paymentId: row.payment_id ?? undefined,
    orderId: row.order_id,
    userId: row.user_id,
    scope: row.scope,
    destination: row.destination,
    amount: { minor: row.amount_minor, currency: row.currency },
    refundedBeforeMinor: row.refunded_before_minor,
    state: row.state,
    grantId: row.grant_id ?? undefined,
    chargeId: row.charge_id ?? undefined,
    providerRefundId: row.provider_refund_id ?? undefined,
    reason: row.reason,
    actor: row.actor,
    why: row.why ?? undefined,
    createdAt: row.created_at,
  };
}

const openStates: readonly RefundState[] = ['requested', 'pending', 'by_hand'];

/** Writes a refund that was decided on. */
export async function insertRefund(
  tx: Db,
  refund: Pick<
    StoredRefund,
    | 'paymentId'
    | 'orderId'
    | 'userId'
    | 'scope'
    | 'destination'
    | 'amount'
    | 'refundedBeforeMinor'
    | 'state'
    | 'grantId'
    | 'chargeId'
    | 'reason'
    | 'actor'
  > & { readonly now: Date },
): Promise<string> {
  const id = newId('rfd');
  await tx('refunds').insert({
    id,
    payment_id: refund.paymentId,
    order_id: refund.orderId,
    user_id: refund.userId,
    scope: refund.scope,
    destination: refund.destination,
    amount_minor: refund.amount.minor,
    currency: refund.amount.currency,
    refunded_before_minor: refund.refundedBeforeMinor,
    state: refund.state,
    grant_id: refund.grantId,
    charge_id: refund.chargeId,
    reason: refund.reason,
    actor: refund.actor,
    created_at: refund.now,
  });
  return id;
}

/** The refund, or undefined. */
export async function findRefund(db: Db, refundId: string): Promise<StoredRefund | undefined> {
  const row: RefundRow | undefined = await db<RefundRow>('refunds').where({ id: refundId }).first();
  return row === undefined ? undefined : toRefund(row);
}

/** The refund of a payment that is under way, locked. */
export async function lockOpenRefund(tx: Db, paymentId: string): Promise<StoredRefund | undefined> {
  const row: RefundRow | undefined = await tx<RefundRow>('refunds')
    .where({ payment_id: paymentId })
    .whereIn('state', [...openStates])
    .forUpdate()
    .first();
  return row === undefined ? undefined : toRefund(row);
}

/** Refunds of a user that a child has to carry out. */
export async function openRefundsOf(db: Db, userId: number): Promise<readonly string[]> {
  const rows: readonly { id: string }[] = await db('refunds')
    .where({ user_id: userId, destination: 'provider' })
    .whereIn('state', ['requested', 'pending'])
    .orderBy('created_at')
    .select('id');
  return rows.map((row) => row.id);
}

/** Refunds that wait for somebody, oldest first. */
export async function listOpenRefunds(db: Db): Promise<readonly StoredRefund[]> {
  const rows: readonly RefundRow[] = await db<RefundRow>('refunds')
    .whereIn('state', [...openStates])
    .orderBy('created_at');
  return rows.map(toRefund);
}

/** Notes where a refund stands at its provider. */
export async function noteRefund(
  db: Db,
  refundId: string,
  note: { state: 'pending' | 'by_hand'; providerRefundId?: string | undefined; why?: string },
): Promise<void> {
  await db('refunds')
    .where({ id: refundId })
    .whereIn('state', [...openStates])
    .update({ state: note.state, provider_refund_id: note.providerRefundId ?? null, why: note.why ?? null });
}

/** Ends a refund. */
export async function finishRefundOf(tx: Db, refundId: string, end: { state: 'done' | 'refused'; why?: string; now: Date }): Promise<void> {
  await tx('refunds')
    .where({ id: refundId })
    .whereIn('state', [...openStates])
    .update({ state: end.state, why: end.why ?? null, finished_at: end.now });
}
