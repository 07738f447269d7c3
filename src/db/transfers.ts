import type { Localised } from '../domain/language';
import { exponentOf, type Money } from '../domain/money';
import { ShopError } from '../errors';
import type { Knex } from 'knex';
import type { Db } from './connection';

/** How transfers of a provider are told apart and decided. */
export interface TransferTerms {
  /** Cards and phone numbers, in the order they take turns. */
  readonly places: readonly string[];
  readonly decisionMs: number;
  readonly proofRequired: boolean;
}

/** An amount is not given out again for this long after it was asked. */
const restMs = 72 * 3_600_000;

/**
 * Finds a place and an amount of its own: the price and 1 to 99 hundredths more, so that an operator knows by the sum who sent it. Places take
 * turns. Throws `Busy` when all amounts are taken.
 */
export async function allocateTransfer(
  tx: Db,
  provider: string,
  wish: { terms: TransferTerms; price: Money; now: Date },
): Promise<{ readonly place: string; readonly asked: Money }> {
  const { price, terms, now } = wish;
  await tx.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`transfers:${provider}`]);
  const counts: readonly { place: string; count: string | number }[] = await tx('payments')
    .where({ provider })
    .whereIn('place', [...terms.places])
    .where('created_at', '>', new Date(now.getTime() - restMs))
    .groupBy('place')
    .select('place')
    .count({ count: '*' });
  const load = (place: string): number => Number(counts.find((row) => row.place === place)?.count ?? 0);
  const steps = exponentOf(price.currency) === 0 ? 1 : 99;
  for (const place of terms.places.toSorted((a, b) => load(a) - load(b))) {
    const taken: { rows: readonly { asked_minor: number }[] } = await tx.raw(
      `select asked_minor from payments where provider = ? and place = ? and asked_currency = ? and asked_minor between ? and ?
       and (created_at > ? or exists (select 1 from transfers t where t.payment_id = payments.id and t.state in ('awaiting', 'submitted')))`,
      [provider, place, price.currency, price.minor + 1, price.minor + steps, new Date(now.getTime() - restMs)],
    );
    const used = new Set(taken.rows.map((row) => row.asked_minor));
    const free = Array.from({ length: steps }, (_, index) => price.minor + index + 1).find((minor) => !used.has(minor));
    if (free !== undefined) return { place, asked: { minor: free, currency: price.currency } };
  }
  throw new ShopError('MethodUnavailable', {
    message: 'every amount of this price is taken; add another card to payments.manual.requisites',
  });
}

export type TransferState = 'awaiting' | 'submitted' | 'approved' | 'declined' | 'expired';

/** A transfer as an operator decides on it. */
export interface Transfer {
  readonly paymentId: string;
  readonly orderId: string;
  readonly userId: number;
  readonly telegramId: number | undefined;
  readonly planTitle: Localised;
  readonly asked: Money;
  readonly place: string;
  readonly state: TransferState;
  readonly version: number;
  readonly decisionMs: number;
  readonly proofRequired: boolean;
  readonly proof: { readonly fileId: string; readonly kind: 'photo' | 'document' } | undefined;
  readonly submittedAt: Date | undefined;
  readonly decidedBy: string | undefined;
  readonly decidedAt: Date | undefined;
}

interface Row {
  readonly payment_id: string;
  readonly order_id: string;
  readonly user_id: number;
  readonly telegram_id: number | null;
  readonly plan_title: Localised;
  readonly asked_minor: number;
  readonly asked_currency: string;
  readonly place: string;
  readonly state: TransferState;
  readonly version: number;
  readonly decision_ms: number;
  readonly proof_required: boolean;
  readonly proof_file_id: string | null;
  readonly proof_kind: 'photo' | 'document' | null;
  readonly submitted_at: Date | null;
  readonly decided_by: string | null;
  readonly decided_at: Date | null;
}

function toTransfer(row: Row): Transfer {
  return {
    paymentId: row.payment_id,
    orderId: row.order_id,
    userId: row.user_id,
    telegramId: row.telegram_id ?? undefined,
    planTitle: row.plan_title,
    asked: { minor: row.asked_minor, currency: row.asked_currency },
    place: row.place,
    state: row.state,
    version: row.version,
    decisionMs: row.decision_ms,
    proofRequired: row.proof_required,
    proof: row.proof_file_id === null || row.proof_kind === null ? undefined : { fileId: row.proof_file_id, kind: row.proof_kind },
    submittedAt: row.submitted_at ?? undefined,
    decidedBy: row.decided_by ?? undefined,
    decidedAt: row.decided_at ?? undefined,
  };
}

function query(db: Db): Knex.QueryBuilder {
  return db('transfers')
    .join('payments', 'payments.id', 'transfers.payment_id')
    .join('orders', 'orders.id', 'payments.order_id')
    .join('users', 'users.id', 'transfers.user_id')
    .select(
      'transfers.*',
      'payments.order_id',
      'payments.asked_minor',
      'payments.asked_currency',
      'payments.place',
      'orders.plan_title',
      'users.telegram_id',
    );
}

/** The transfer of a payment, or undefined. */
export async function findTransfer(db: Db, paymentId: string): Promise<Transfer | undefined> {
  const row: Row | undefined = await query(db).where({ 'transfers.payment_id': paymentId }).first();
  return row === undefined ? undefined : toTransfer(row);
}

/** Transfers that wait for an operator, oldest first. */
export async function listSubmittedTransfers(db: Db): Promise<readonly Transfer[]> {
  const rows: readonly Row[] = await query(db).where({ 'transfers.state': 'submitted' }).orderBy('transfers.submitted_at').limit(50);
  return rows.map(toTransfer);
}

/** The transfer a user has still to send or report, newest first. */
export async function findAwaitedTransfer(db: Db, userId: number): Promise<Transfer | undefined> {
  const row: Row | undefined = await query(db)
    .where({ 'transfers.user_id': userId, 'orders.state': 'open' })
    .whereIn('transfers.state', ['awaiting', 'submitted'])
    .orderBy('transfers.created_at', 'desc')
    .first();
  return row === undefined ? undefined : toTransfer(row);
}

/** Keeps what the buyer sent as proof; only Telegram's id of the file, never the file. */
export async function storeProof(db: Db, paymentId: string, proof: { fileId: string; kind: 'photo' | 'document' }): Promise<void> {
  await db('transfers')
    .where({ payment_id: paymentId })
    .whereIn('state', ['awaiting', 'submitted'])
    .update({ proof_file_id: proof.fileId, proof_kind: proof.kind });
}

/** The buyer says that the money was sent; false when that was said before or cannot be said any more. */
export async function submitTransfer(tx: Db, paymentId: string, times: { now: Date; until: Date }): Promise<boolean> {
  const count = await tx('transfers')
    .where({ payment_id: paymentId, state: 'awaiting' })
    .update({ state: 'submitted', submitted_at: times.now, decide_until: times.until, version: tx.raw('version + 1') });
  return count === 1;
}

export interface Decision {
  readonly verdict: 'approved' | 'declined';
  readonly actor: string;
  readonly reason: string | undefined;
  /** The version the operator saw; another one has been decided or changed meanwhile. */
  readonly version: number | undefined;
  readonly now: Date;
}

/** Writes an operator's decision once; false when it was decided before. */
export async function decideTransfer(tx: Db, paymentId: string, decision: Decision): Promise<boolean> {
  // Money that a slow bank brings after it was declined is still money.
  const before = decision.verdict === 'approved' ? ['awaiting', 'submitted', 'expired', 'declined'] : ['awaiting', 'submitted', 'expired'];
  const update = tx('transfers').where({ payment_id: paymentId }).whereIn('state', before);
  if (decision.version !== undefined) update.andWhere({ version: decision.version });
  const count = await update.update({
    state: decision.verdict,
    decided_at: decision.now,
    decided_by: decision.actor,
    decline_reason: decision.reason ?? null,
    version: tx.raw('version + 1'),
  });
  return count === 1;
}

/** Waits after which operators are reminded of a transfer that nobody decided. */
const remindAfterMs = [3_600_000, 6 * 3_600_000, 24 * 3_600_000];

/** Takes transfers whose operators have to be reminded; each reminder is taken once. */
export async function takeDueReminders(db: Db, now: Date, scale = 1): Promise<readonly Transfer[]> {
  const due: string[] = [];
  for (const [index, after] of remindAfterMs.entries()) {
    const rows: readonly { payment_id: string }[] = await db('transfers')
      .where({ state: 'submitted', reminders: index })
      .where('submitted_at', '<=', new Date(now.getTime() - after * scale))
      .update({ reminders: index + 1 })
      .returning('payment_id');
    due.push(...rows.map((row) => row.payment_id));
  }
  const found = await Promise.all(due.map((id) => findTransfer(db, id)));
  return found.filter((transfer) => transfer !== undefined);
}
