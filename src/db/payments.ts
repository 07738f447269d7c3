import type { Money } from '../domain/money';
import { isAwaited, type PaymentState } from '../domain/payment';
import type { Db } from './connection';
import { newId } from './ids';

export interface StoredPayment {
  readonly id: string;
  readonly orderId: string;
  readonly userId: number;
  readonly provider: string;
  readonly attempt: number;
  readonly state: PaymentState;
  readonly asked: Money;
  readonly externalId: string | undefined;
  readonly payUrl: string | undefined;
  readonly deadline: Date;
  readonly createdAt: Date;
  readonly pollAttempts: number;
}

interface PaymentRow {
  readonly id: string;
  readonly order_id: string;
  readonly user_id: number;
  readonly provider: string;
  readonly attempt: number;
  readonly state: PaymentState;
  readonly asked_minor: number;
  readonly asked_currency: string;
  readonly external_id: string | null;
  readonly pay_url: string | null;
  readonly deadline: Date;
  readonly created_at: Date;
  readonly poll_attempts: number;
  readonly next_poll_at: Date | null;
}

function toPayment(row: PaymentRow): StoredPayment {
  return {
    id: row.id,
    orderId: row.order_id,
    userId: row.user_id,
    provider: row.provider,
    attempt: row.attempt,
    state: row.state,
    asked: { minor: row.asked_minor, currency: row.asked_currency },
    externalId: row.external_id ?? undefined,
    payUrl: row.pay_url ?? undefined,
    deadline: row.deadline,
    createdAt: row.created_at,
    pollAttempts: row.poll_attempts,
  };
}

/** The payment, or undefined. */
export async function findPayment(db: Db, paymentId: string): Promise<StoredPayment | undefined> {
  const row: PaymentRow | undefined = await db<PaymentRow>('payments').where({ id: paymentId }).first();
  return row === undefined ? undefined : toPayment(row);
}

/** The payment, locked for this transaction. */
export async function lockPayment(tx: Db, paymentId: string): Promise<StoredPayment | undefined> {
  const row: PaymentRow | undefined = await tx<PaymentRow>('payments').where({ id: paymentId }).forNoKeyUpdate().first();
  return row === undefined ? undefined : toPayment(row);
}

/** All attempts at paying an order, first one first. */
export async function paymentsOfOrder(db: Db, orderId: string): Promise<readonly StoredPayment[]> {
  const rows: readonly PaymentRow[] = await db<PaymentRow>('payments').where({ order_id: orderId }).orderBy('attempt');
  return rows.map(toPayment);
}

export interface NewPayment {
  readonly orderId: string;
  readonly userId: number;
  readonly provider: string;
  readonly attempt: number;
  readonly asked: Money;
  /** Price of one unit of the asked currency with its source, where a rate was used. */
  readonly rate: { readonly unitPrice: string; readonly source: string } | undefined;
  readonly deadline: Date;
  readonly now: Date;
}

/** Writes one attempt at paying, before the provider is asked. */
export async function insertPayment(tx: Db, payment: NewPayment): Promise<string> {
  const id = newId('pay');
  await tx('payments').insert({
    id,
    order_id: payment.orderId,
    user_id: payment.userId,
    provider: payment.provider,
    attempt: payment.attempt,
    state: 'created',
    asked_minor: payment.asked.minor,
    asked_currency: payment.asked.currency,
    rate: payment.rate?.unitPrice,
    rate_source: payment.rate?.source,
    rate_at: payment.rate === undefined ? undefined : payment.now,
    deadline: payment.deadline,
    created_at: payment.now,
  });
  return id;
}

/** Stores what the provider answered to the invoice; a payment that moved on meanwhile keeps its state. */
export async function storeInvoice(
  db: Db,
  paymentId: string,
  invoice: { externalId: string | undefined; payUrl: string; nextPollAt: Date | undefined },
): Promise<void> {
  await db('payments')
    .where({ id: paymentId })
    .update({
      state: db.raw("case when state = 'created' then 'pending' else state end"),
      external_id: db.raw('coalesce(external_id, ?)', [invoice.externalId ?? null]),
      pay_url: invoice.payUrl,
      next_poll_at: db.raw("case when state in ('created', 'pending') then ?::timestamptz else next_poll_at end", [
        invoice.nextPollAt ?? null,
      ]),
      updated_at: db.fn.now(),
    });
}

/** Moves a payment to `state`; one that is final is not asked about any more. */
export async function setPaymentState(tx: Db, paymentId: string, state: PaymentState): Promise<void> {
  await tx('payments').where({ id: paymentId }).update({ state, updated_at: tx.fn.now() });
}

/** Schedules when the provider is asked next; undefined stops the asking. */
export async function setNextPoll(db: Db, paymentId: string, nextPollAt: Date | undefined): Promise<void> {
  await db('payments')
    .where({ id: paymentId })
    .update({ next_poll_at: nextPollAt ?? null });
}

/** Notes the provider's own id of a payment that was found without it. */
export async function setExternalId(db: Db, paymentId: string, externalId: string): Promise<void> {
  await db('payments').where({ id: paymentId }).whereNull('external_id').update({ external_id: externalId });
}

/** Takes up to `limit` payments that are due to be asked about and pushes each one's next time forward by `leaseMs` meanwhile. */
export async function takeDuePayments(db: Db, due: { now: Date; limit: number; leaseMs: number }): Promise<readonly StoredPayment[]> {
  const result: { rows: readonly PaymentRow[] } = await db.raw(
    `update payments set next_poll_at = ?, poll_attempts = poll_attempts + 1
     where id in (select id from payments where next_poll_at <= ? order by next_poll_at limit ? for update skip locked)
     returning *`,
    [new Date(due.now.getTime() + due.leaseMs), due.now, due.limit],
  );
  return result.rows.map(toPayment);
}

/** Writes money that arrived; false when this charge was known. */
export async function insertCharge(
  tx: Db,
  charge: { paymentId: string; provider: string; chargeId: string; amount: Money; now: Date },
): Promise<boolean> {
  const rows: readonly unknown[] = await tx('charges')
    .insert({
      id: newId('chg'),
      payment_id: charge.paymentId,
      provider: charge.provider,
      charge_id: charge.chargeId,
      amount_minor: charge.amount.minor,
      currency: charge.amount.currency,
      received_at: charge.now,
    })
    .onConflict(['provider', 'charge_id'])
    .ignore()
    .returning('id');
  return rows.length === 1;
}

/** Ids of the charges a payment has. */
export async function chargesOf(tx: Db, paymentId: string): Promise<readonly { chargeId: string; amount: Money }[]> {
  const rows: readonly { charge_id: string; amount_minor: number; currency: string }[] = await tx('charges')
    .select('charge_id', 'amount_minor', 'currency')
    .where({ payment_id: paymentId });
  return rows.map((row) => ({ chargeId: row.charge_id, amount: { minor: row.amount_minor, currency: row.currency } }));
}

/** Attempts of an order that a buyer could still complete with this provider at this price. */
export function reusablePayment(
  payments: readonly StoredPayment[],
  wanted: { provider: string; asked: Money; now: Date },
): StoredPayment | undefined {
  return payments.find(
    (payment) =>
      payment.provider === wanted.provider &&
      isAwaited(payment.state) &&
      payment.asked.minor === wanted.asked.minor &&
      payment.asked.currency === wanted.asked.currency &&
      payment.deadline > wanted.now,
  );
}
