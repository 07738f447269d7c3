import type { Money } from '../domain/money';
import type { Db } from './connection';
import { newId } from './ids';
import { addNotice } from './notices';

export interface AttemptRow {
  readonly id: string;
  readonly subscription_id: string;
  readonly user_id: number;
  readonly ends_at: Date;
  readonly slot: number;
  readonly method_id: string | null;
  readonly amount_minor: number;
  readonly currency: string;
  readonly order_id: string | null;
  readonly payment_id: string | null;
  readonly next_at: Date | null;
  readonly state: 'started' | 'paid' | 'declined' | 'unknown';
}

export interface NewAttempt {
  readonly subscriptionId: string;
  readonly userId: number;
  readonly endsAt: Date;
  readonly slot: number;
  readonly methodId: string | undefined;
  readonly amount: Money;
  /** When the next try would come. */
  readonly nextAt: Date | undefined;
  readonly now: Date;
}

/** Writes a try before anything is charged; undefined when this slot of this end was tried before. */
export async function insertAttempt(tx: Db, attempt: NewAttempt): Promise<string | undefined> {
  const id = newId('rnw');
  const rows: readonly unknown[] = await tx('renewal_attempts')
    .insert({
      id,
      subscription_id: attempt.subscriptionId,
      user_id: attempt.userId,
      ends_at: attempt.endsAt,
      slot: attempt.slot,
      method_id: attempt.methodId,
      amount_minor: attempt.amount.minor,
      currency: attempt.amount.currency,
      next_at: attempt.nextAt,
      state: 'started',
      created_at: attempt.now,
    })
    .onConflict(['subscription_id', 'ends_at', 'slot'])
    .ignore()
    .returning('id');
  return rows.length === 1 ? id : undefined;
}

/** Notes what a try is paid with. */
export async function linkAttempt(tx: Db, id: string, to: { readonly orderId: string; readonly paymentId?: string }): Promise<void> {
  await tx('renewal_attempts')
    .where({ id })
    .update({ order_id: to.orderId, payment_id: to.paymentId ?? null });
}

/** The try that a payment is for. */
export async function findAttemptOf(db: Db, paymentId: string): Promise<AttemptRow | undefined> {
  return db<AttemptRow>('renewal_attempts').where({ payment_id: paymentId }).first();
}

async function finish(
  tx: Db,
  attempt: AttemptRow,
  end: { readonly state: 'paid' | 'declined' | 'unknown'; readonly now: Date | undefined },
): Promise<void> {
  await tx('renewal_attempts')
    .where({ id: attempt.id })
    .update({ state: end.state, finished_at: end.now ?? tx.fn.now() });
}

async function titleOf(tx: Db, attempt: AttemptRow): Promise<string | null> {
  if (attempt.method_id === null) return null;
  const row: { title: string } | undefined = await tx('saved_methods').where({ id: attempt.method_id }).first('title');
  return row?.title ?? null;
}

async function timeZoneOf(tx: Db): Promise<string> {
  const row: { zone: string | null } | undefined = await tx('shop')
    .where({ id: 1 })
    .first({ zone: tx.raw(`settings->>'timeZone'`) });
  return row?.zone ?? 'UTC';
}

function amountOf(attempt: AttemptRow): Money {
  return { minor: attempt.amount_minor, currency: attempt.currency };
}

/** A try brought the next period; its buyer is told. */
export async function noteRenewed(tx: Db, attempt: AttemptRow, now: Date): Promise<void> {
  if (attempt.state === 'paid') return;
  await finish(tx, attempt, { state: 'paid', now });
  const subscription: { ends_at: Date } | undefined = await tx('subscriptions').where({ id: attempt.subscription_id }).first('ends_at');
  await addNotice(tx, {
    userId: attempt.user_id,
    key: `auto-renewed:${attempt.id}`,
    kind: 'auto_renewed',
    params: {
      amount: amountOf(attempt),
      title: await titleOf(tx, attempt),
      endsAt: (subscription?.ends_at ?? attempt.ends_at).toISOString(),
      timeZone: await timeZoneOf(tx),
    },
  });
}

/** A try brought nothing; its buyer is told when the next one comes. Without a next one the renewing ends. */
export async function noteDeclined(
  tx: Db,
  attempt: AttemptRow,
  end: { readonly state: 'declined' | 'unknown'; readonly now?: Date },
): Promise<void> {
  if (attempt.state !== 'started') return;
  await finish(tx, attempt, { state: end.state, now: end.now });
  if (attempt.next_at === null)
    await tx('auto_renewals')
      .where({ subscription_id: attempt.subscription_id })
      .whereNull('ended_at')
      .update({ ended_at: end.now ?? tx.fn.now(), ended_reason: 'no_more_tries' });
  await addNotice(tx, {
    userId: attempt.user_id,
    key: `renewal-declined:${attempt.id}`,
    kind: 'renewal_declined',
    params: {
      amount: amountOf(attempt),
      title: await titleOf(tx, attempt),
      nextAt: attempt.next_at?.toISOString() ?? null,
      timeZone: await timeZoneOf(tx),
    },
  });
}

/** A closed order of a try is not waited for any more; one whose time ran out is told of. */
export async function noteClosed(tx: Db, orderId: string, state: 'expired' | 'superseded' | 'cancelled'): Promise<void> {
  const attempt: AttemptRow | undefined = await tx<AttemptRow>('renewal_attempts').where({ order_id: orderId, state: 'started' }).first();
  if (attempt === undefined) return;
  if (state === 'expired') await noteDeclined(tx, attempt, { state: 'unknown' });
  else await finish(tx, attempt, { state: 'unknown', now: undefined });
}
