import type { Instructions } from '../domain/instructions';
import type { Money } from '../domain/money';
import type { PaymentState } from '../domain/payment';
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
  readonly choice: string | undefined;
  /** Card or phone number that a transfer goes to. */
  readonly place: string | undefined;
  readonly saveMethod: boolean;
  /** Whether the provider has given a way to pay. */
  readonly hasInvoice: boolean;
  /** When the provider was first asked for an invoice. */
  readonly invoiceAskedAt: Date | undefined;
  readonly deadline: Date;
  readonly createdAt: Date;
  readonly pollAttempts: number;
  /** In minor units of what was asked. */
  readonly heldMinor: number;
  readonly receivedMinor: number;
  readonly refundedMinor: number;
  /** Where its money went. */
  readonly outcome: 'delivered' | 'credited' | undefined;
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
  readonly choice: string | null;
  readonly place: string | null;
  readonly instructions: object | null;
  readonly save_method: boolean;
  readonly invoice_asked_at: Date | null;
  readonly held_minor: number;
  readonly received_minor: number;
  readonly refunded_minor: number;
  readonly outcome: 'delivered' | 'credited' | null;
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
    choice: row.choice ?? undefined,
    place: row.place ?? undefined,
    saveMethod: row.save_method,
    hasInvoice: row.pay_url !== null || row.instructions !== null,
    invoiceAskedAt: row.invoice_asked_at ?? undefined,
    heldMinor: row.held_minor,
    receivedMinor: row.received_minor,
    refundedMinor: row.refunded_minor,
    outcome: row.outcome ?? undefined,
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

/** What one unit of the asked currency cost in the order's, as a plain decimal, and who said so when. */
export interface Rate {
  readonly unitPrice: string;
  readonly source: string;
  readonly at?: Date;
}

export interface NewPayment {
  readonly orderId: string;
  readonly userId: number;
  readonly provider: string;
  readonly choice: string | undefined;
  readonly place: string | undefined;
  readonly saveMethod: boolean;
  readonly attempt: number;
  readonly asked: Money;
  /** Price of one unit of the asked currency with its source, where a rate was used. */
  readonly rate: Rate | undefined;
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
    choice: payment.choice,
    place: payment.place,
    save_method: payment.saveMethod,
    attempt: payment.attempt,
    state: 'created',
    asked_minor: payment.asked.minor,
    asked_currency: payment.asked.currency,
    rate: payment.rate?.unitPrice,
    rate_source: payment.rate?.source,
    rate_at: payment.rate === undefined ? undefined : (payment.rate.at ?? payment.now),
    deadline: payment.deadline,
    created_at: payment.now,
    chosen_at: payment.now,
  });
  return id;
}

/**
 * Stores what the provider answered to the invoice; a payment that moved on meanwhile keeps its state. The first answer stays: a call that was
 * given up may still be answered after its repeat was, and two ways to pay must not be shown.
 */
export async function storeInvoice(
  db: Db,
  paymentId: string,
  invoice: {
    externalId: string | undefined;
    payUrl: string | undefined;
    instructions: Instructions | undefined;
    expiresAt: Date | undefined;
    nextPollAt: Date | undefined;
  },
): Promise<void> {
  await db('payments')
    .where({ id: paymentId })
    .whereNull('pay_url')
    .whereNull('instructions')
    .update({
      state: db.raw("case when state = 'created' then 'pending' else state end"),
      external_id: db.raw('coalesce(external_id, ?)', [invoice.externalId ?? null]),
      pay_url: invoice.payUrl,
      instructions: invoice.instructions === undefined ? null : JSON.stringify(invoice.instructions),
      deadline: db.raw('least(deadline, ?::timestamptz)', [invoice.expiresAt ?? null]),
      next_poll_at: db.raw("case when state in ('created', 'pending') then ?::timestamptz else next_poll_at end", [
        invoice.nextPollAt ?? null,
      ]),
      updated_at: db.fn.now(),
    });
}

/** Notes that the provider is about to be asked for an invoice; true when it was asked before, so that the invoice may exist. */
export async function markInvoiceAsked(db: Db, paymentId: string, now: Date): Promise<boolean> {
  const result: { rows: readonly { before: Date | null }[] } = await db.raw(
    `update payments set invoice_asked_at = coalesce(payments.invoice_asked_at, ?)
     from (select id, invoice_asked_at as before from payments where id = ? for update) old
     where payments.id = old.id returning old.before`,
    [now, paymentId],
  );
  return (result.rows[0]?.before ?? null) !== null;
}

/** Takes back that the provider was asked: the request provably never left. */
export async function unmarkInvoiceAsked(db: Db, paymentId: string): Promise<void> {
  await db('payments').where({ id: paymentId }).update({ invoice_asked_at: null });
}

/** What a payment's money came to, after new events were applied. */
export interface PaymentSums {
  readonly state: PaymentState;
  readonly heldMinor: number;
  readonly receivedMinor: number;
  readonly refundedMinor: number;
  readonly outcome: 'delivered' | 'credited' | undefined;
}

/** Writes the state and sums of a payment. */
export async function setPaymentSums(tx: Db, paymentId: string, sums: PaymentSums): Promise<void> {
  await tx('payments')
    .where({ id: paymentId })
    .update({
      state: sums.state,
      held_minor: sums.heldMinor,
      received_minor: sums.receivedMinor,
      refunded_minor: sums.refundedMinor,
      outcome: sums.outcome ?? null,
      updated_at: tx.fn.now(),
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
