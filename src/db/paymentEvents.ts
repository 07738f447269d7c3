import type { PaymentEvent } from '../domain/payment';
import type { Db } from './connection';
import { newId } from './ids';

export interface NewPaymentEvent {
  readonly event: PaymentEvent;
  readonly digest: string | undefined;
  /** Raw body, sealed; undefined where there is none. */
  readonly rawSealed: string | undefined;
  readonly now: Date;
}

export interface StoredPaymentEvent {
  readonly id: string;
  readonly event: PaymentEvent;
  readonly paymentId: string | undefined;
  readonly userId: number | undefined;
  readonly receivedAt: Date;
  readonly attempts: number;
}

interface EventRow {
  readonly id: string;
  readonly event: PaymentEvent;
  readonly payment_id: string | null;
  readonly user_id: number | null;
  readonly received_at: Date;
  readonly attempts: number;
}

function toStored(row: EventRow): StoredPaymentEvent {
  return {
    id: row.id,
    event: row.event,
    paymentId: row.payment_id ?? undefined,
    userId: row.user_id ?? undefined,
    receivedAt: row.received_at,
    attempts: row.attempts,
  };
}

interface Match {
  readonly id: string;
  readonly user_id: number;
}

function matchBy(db: Db, provider: string, column: { id: string } | { external_id: string }): Promise<Match | undefined> {
  return db('payments')
    .select('id', 'user_id')
    .where({ provider, ...column })
    .first();
}

async function matchPayment(db: Db, event: PaymentEvent): Promise<Match | undefined> {
  const { externalId, paymentId } = event.ref;
  const byExternalId = externalId === undefined ? undefined : await matchBy(db, event.provider, { external_id: externalId });
  if (byExternalId !== undefined) return byExternalId;
  const byId = paymentId === undefined ? undefined : await matchBy(db, event.provider, { id: paymentId });
  if (byId !== undefined || event.chargeId === undefined) return byId;
  return matchByCharge(db, event.provider, event.chargeId);
}

// Refunds and disputes name the money they are about, not always the payment.
function matchByCharge(db: Db, provider: string, chargeId: string): Promise<Match | undefined> {
  return db('charges')
    .join('payments', 'payments.id', 'charges.payment_id')
    .where({ 'charges.provider': provider, 'charges.charge_id': chargeId })
    .first('payments.id', 'payments.user_id');
}

/** Whoever stores an event tells the workflow at once; after this long the relay takes over. */
const relayAfterMs = 3_000;

/**
 * Stores an event once per provider and dedupe key. A repeat changes nothing, but a repeated untrusted one is opened again, because it only
 * says "ask me", and the answer may be another by now.
 */
export async function insertPaymentEvent(db: Db, entry: NewPaymentEvent): Promise<StoredPaymentEvent | undefined> {
  const { event } = entry;
  const match = await matchPayment(db, event);
  const result: { rows: readonly EventRow[] } = await db.raw(
    `insert into payment_events
       (id, provider, dedupe_key, payment_id, user_id, type, trusted, event, digest, raw_sealed, received_at, next_attempt_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (provider, dedupe_key) do update
       set applied_at = null, result = null, next_attempt_at = excluded.next_attempt_at, attempts = 0,
           payment_id = coalesce(payment_events.payment_id, excluded.payment_id),
           user_id = coalesce(payment_events.user_id, excluded.user_id)
       where not payment_events.trusted
     returning *`,
    [
      newId('evt'),
      event.provider,
      event.dedupeKey,
      match?.id ?? null,
      match?.user_id ?? null,
      event.type,
      event.trusted,
      JSON.stringify(event),
      entry.digest ?? null,
      entry.rawSealed ?? null,
      entry.now,
      new Date(entry.now.getTime() + relayAfterMs),
    ],
  );
  const row = result.rows[0];
  return row === undefined ? undefined : toStored(row);
}

/** So many unreadable bodies of a provider are kept per day: enough to see what it changed. */
const keptPerDay = 50;
const dayMs = 86_400_000;

async function hasEnoughUnreadable(tx: Db, provider: string, now: Date): Promise<boolean> {
  const recent: readonly unknown[] = await tx('payment_events')
    .where({ provider, result: 'unreadable' })
    .where('received_at', '>', new Date(now.getTime() - dayMs))
    .limit(keptPerDay)
    .select('id');
  return recent.length >= keptPerDay;
}

/** Keeps the raw body of an authentic message that could not be read, up to a number per day; it changes nothing. */
export async function insertUnreadable(
  tx: Db,
  entry: { readonly provider: string; readonly digest: string; readonly rawSealed: string; readonly now: Date },
): Promise<void> {
  if (await hasEnoughUnreadable(tx, entry.provider, entry.now)) return;
  await tx('payment_events')
    .insert({
      id: newId('evt'),
      provider: entry.provider,
      dedupe_key: `unreadable:${entry.digest}`,
      type: 'wake_up',
      trusted: true,
      event: '{}',
      digest: entry.digest,
      raw_sealed: entry.rawSealed,
      received_at: entry.now,
      applied_at: entry.now,
      result: 'unreadable',
    })
    .onConflict(['provider', 'dedupe_key'])
    .ignore();
}

/** Events of a payment that wait to be applied, oldest first, locked. */
export async function lockOpenEvents(tx: Db, paymentId: string): Promise<readonly StoredPaymentEvent[]> {
  const rows: readonly EventRow[] = await tx<EventRow>('payment_events')
    .where({ payment_id: paymentId })
    .whereNull('applied_at')
    .orderBy('received_at')
    .forUpdate();
  return rows.map(toStored);
}

/** Untrusted events that stand open at this moment, with the provider's id they name; what is asked after this covers them. */
export async function openWakeUps(db: Db, paymentId: string): Promise<readonly { id: string; externalId: string | undefined }[]> {
  const rows: readonly Pick<EventRow, 'id' | 'event'>[] = await db('payment_events')
    .select('id', 'event')
    .where({ payment_id: paymentId, trusted: false })
    .whereNull('applied_at');
  return rows.map((row) => ({ id: row.id, externalId: row.event.ref.externalId }));
}

/** Marks events as dealt with. */
export async function markEventsApplied(tx: Db, eventIds: readonly string[], applied: { result: string; now: Date }): Promise<void> {
  if (eventIds.length === 0) return;
  await tx('payment_events').whereIn('id', eventIds).update({ applied_at: applied.now, result: applied.result, parked_at: null });
}

/** Sets the open events of a payment aside for an operator, so that they are not sent again by themselves. */
export async function parkEventsOfPayment(tx: Db, paymentId: string, now: Date): Promise<void> {
  await tx('payment_events').where({ payment_id: paymentId }).whereNull('applied_at').update({ parked_at: now });
}

/** Gives parked events of a payment back to the relay. */
export async function unparkEventsOfPayment(tx: Db, paymentId: string, now: Date): Promise<void> {
  await tx('payment_events').where({ payment_id: paymentId }).whereNotNull('parked_at').update({ parked_at: null, next_attempt_at: now });
}

/**
 * Takes up to `limit` events that are due to be sent (again) and pushes each forward by `leaseMs`. Untrusted ones of an unknown payment are
 * left for the job that asks providers.
 */
export async function takeDueEvents(db: Db, due: { now: Date; limit: number; leaseMs: number }): Promise<readonly StoredPaymentEvent[]> {
  const result: { rows: readonly EventRow[] } = await db.raw(
    `update payment_events set next_attempt_at = ?, attempts = attempts + 1
     where id in (select id from payment_events where applied_at is null and parked_at is null and next_attempt_at <= ?
       and (trusted or payment_id is not null) order by next_attempt_at limit ? for update skip locked)
     returning *`,
    [new Date(due.now.getTime() + due.leaseMs), due.now, due.limit],
  );
  return result.rows.map(toStored);
}

/** Notes that the user's workflow was told; it is told again at `againAt` unless the event was applied by then. */
export async function markEventDelivered(db: Db, eventId: string, times: { now: Date; againAt: Date }): Promise<void> {
  await db('payment_events').where({ id: eventId }).update({ delivered_at: times.now, next_attempt_at: times.againAt });
}

/** Sets when an event is tried next. */
export async function setNextAttempt(db: Db, eventId: string, at: Date): Promise<void> {
  await db('payment_events').where({ id: eventId }).update({ next_attempt_at: at });
}

/** Looks again for the payment of an event that came before its payment was written. */
export async function rematchEvent(db: Db, stored: StoredPaymentEvent): Promise<StoredPaymentEvent> {
  const match = await matchPayment(db, stored.event);
  if (match === undefined) return stored;
  await db('payment_events').where({ id: stored.id }).update({ payment_id: match.id, user_id: match.user_id });
  return { ...stored, paymentId: match.id, userId: match.user_id };
}

/** Takes untrusted events whose payment is not known, so that their provider can be asked what they mean. */
export async function takeUnmatchedWakeUps(
  db: Db,
  due: { now: Date; limit: number; leaseMs: number },
): Promise<readonly StoredPaymentEvent[]> {
  const result: { rows: readonly EventRow[] } = await db.raw(
    `update payment_events set next_attempt_at = ?, attempts = attempts + 1
     where id in (select id from payment_events where not trusted and payment_id is null and applied_at is null and next_attempt_at <= ?
       order by next_attempt_at limit ? for update skip locked)
     returning *`,
    [new Date(due.now.getTime() + due.leaseMs), due.now, due.limit],
  );
  return result.rows.map(toStored);
}
