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

/** Puts authentic money that fits nothing aside for an operator; the same event stands there once. */
export async function quarantine(tx: Db, entry: NewQuarantine): Promise<void> {
  await tx('quarantine')
    .insert({
      id: newId('qtn'),
      event_id: entry.eventId,
      payment_id: entry.paymentId,
      provider: entry.provider,
      reason: entry.reason,
      amount_minor: entry.amount?.minor,
      currency: entry.amount?.currency,
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

/** What waits for an operator, oldest first. */
export async function listOpenQuarantine(db: Db): Promise<readonly QuarantineEntry[]> {
  const rows: readonly {
    id: string;
    provider: string;
    reason: string;
    amount_minor: number | null;
    currency: string | null;
    payment_id: string | null;
    created_at: Date;
  }[] = await db('quarantine').whereNull('resolved_at').orderBy('created_at');
  return rows.map((row) => ({
    id: row.id,
    provider: row.provider,
    reason: row.reason,
    amount: row.amount_minor === null || row.currency === null ? undefined : { minor: row.amount_minor, currency: row.currency },
    paymentId: row.payment_id ?? undefined,
    createdAt: row.created_at,
  }));
}
