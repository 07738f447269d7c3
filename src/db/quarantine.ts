import type { Money } from '../domain/money';
import type { Db } from './connection';
import { newId } from './ids';

export interface NewQuarantine {
  readonly eventId: string;
  readonly paymentId: string | undefined;
  readonly provider: string;
  readonly reason: string;
  readonly amount: Money | undefined;
}

/** Name of the movement that puts a charge aside. */
export function asideKey(provider: string, chargeId: string): string {
  return `charge:${provider}:${chargeId}:quarantine`;
}

/** Whether the money of a charge was put aside, whatever became of it since. */
export async function isAside(tx: Db, provider: string, chargeId: string): Promise<boolean> {
  const row: unknown = await tx('transactions')
    .where({ operation_key: asideKey(provider, chargeId) })
    .first('id');
  return row !== undefined;
}

/** Puts authentic money that fits nothing aside for an operator; the same event stands there once. */
export async function quarantine(tx: Db, entry: NewQuarantine): Promise<void> {
  // A message may say "nothing": it waits for an operator as one without a sum.
  const amount = entry.amount !== undefined && entry.amount.minor > 0 ? entry.amount : undefined;
  await tx('quarantine')
    .insert({
      id: newId('qtn'),
      event_id: entry.eventId,
      payment_id: entry.paymentId,
      provider: entry.provider,
      reason: entry.reason,
      amount_minor: amount?.minor,
      currency: amount?.currency,
    })
    .onConflict('event_id')
    .ignore();
}

export interface QuarantineEntry {
  readonly id: string;
  readonly provider: string;
  readonly reason: string;
  readonly amount: Money | undefined;
  readonly paymentId: string | undefined;
  readonly createdAt: Date;
}

interface QuarantineRow {
  readonly id: string;
  readonly provider: string;
  readonly reason: string;
  readonly amount_minor: number | null;
  readonly currency: string | null;
  readonly payment_id: string | null;
  readonly created_at: Date;
}

function toEntry(row: QuarantineRow): QuarantineEntry {
  return {
    id: row.id,
    provider: row.provider,
    reason: row.reason,
    amount: row.amount_minor === null || row.currency === null ? undefined : { minor: row.amount_minor, currency: row.currency },
    paymentId: row.payment_id ?? undefined,
    createdAt: row.created_at,
  };
}

/** What waits for an operator, oldest first. */
export async function listOpenQuarantine(db: Db): Promise<readonly QuarantineEntry[]> {
  const rows: readonly QuarantineRow[] = await db<QuarantineRow>('quarantine').whereNull('resolved_at').orderBy('created_at');
  return rows.map(toEntry);
}

export interface LockedQuarantine extends QuarantineEntry {
  readonly isResolved: boolean;
  /** Whether its money stands on the account of the quarantine. */
  readonly isBooked: boolean;
}

/** One entry, locked for this transaction. */
export async function lockQuarantine(tx: Db, id: string): Promise<LockedQuarantine | undefined> {
  const row: (QuarantineRow & { resolved_at: Date | null; event: { chargeId?: string } | null }) | undefined = await tx('quarantine')
    .leftJoin('payment_events', 'payment_events.id', 'quarantine.event_id')
    .where({ 'quarantine.id': id })
    .forUpdate('quarantine')
    .first('quarantine.*', 'payment_events.event');
  if (row === undefined) return undefined;
  const isBooked = await isAside(tx, row.provider, row.event?.chargeId ?? '');
  return { ...toEntry(row), isResolved: row.resolved_at !== null, isBooked };
}

/** Notes who decided what about an entry. */
export async function markQuarantineResolved(tx: Db, id: string, resolved: { actor: string; action: string; now: Date }): Promise<void> {
  await tx('quarantine').where({ id }).update({ resolved_at: resolved.now, resolved_by: resolved.actor, action: resolved.action });
}

/** The user whose payment an entry is about; undefined for money of an unknown payment. */
export async function findQuarantineOwner(db: Db, id: string): Promise<number | undefined> {
  const row: { user_id: number } | undefined = await db('quarantine')
    .join('payments', 'payments.id', 'quarantine.payment_id')
    .where({ 'quarantine.id': id })
    .first('payments.user_id');
  return row?.user_id;
}
