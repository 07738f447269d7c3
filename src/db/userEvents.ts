import type { Db } from './connection';
import { newId } from './ids';

export type UserEventKind =
  | 'reward_due'
  | 'reward_taken_back'
  | 'reward_restored'
  | 'gift_taken'
  | 'gift_taken_back'
  | 'gift_restored'
  | 'extended';

export interface UserEvent {
  readonly id: string;
  readonly kind: UserEventKind;
  /** What it is about, by its id. */
  readonly source: string;
}

/** Writes an effect on another user, in the transaction of its cause; the same one is written once. */
export async function addUserEvent(
  tx: Db,
  event: { readonly userId: number; readonly kind: UserEventKind; readonly source: string },
): Promise<void> {
  await tx('user_events')
    .insert({ id: newId('uev'), user_id: event.userId, kind: event.kind, source: event.source })
    .onConflict(['user_id', 'kind', 'source'])
    .ignore();
}

/** Users whose events are due; they come due again after `againMs` unless they were applied. */
export async function takeUsersWithEvents(
  db: Db,
  due: { readonly now: Date; readonly againMs: number; readonly limit: number },
): Promise<readonly number[]> {
  const result: { rows: readonly { user_id: number }[] } = await db.raw(
    `update user_events set next_attempt_at = ? where id in (
       select id from user_events where applied_at is null and next_attempt_at <= ? order by next_attempt_at limit ? for update skip locked)
     returning user_id`,
    [new Date(due.now.getTime() + due.againMs), due.now, due.limit],
  );
  return [...new Set(result.rows.map((row) => row.user_id))];
}

/** The user's events that were not applied, oldest first, locked for this transaction. */
export async function lockUserEvents(tx: Db, userId: number): Promise<readonly UserEvent[]> {
  return tx('user_events')
    .where({ user_id: userId })
    .whereNull('applied_at')
    .orderBy('created_at')
    .orderBy('id')
    .forUpdate()
    .select('id', 'kind', 'source');
}

/** Tells of a user's events again only at `at`: they failed for our own fault, and an operator has been told. */
export async function postponeUserEvents(tx: Db, userId: number, at: Date): Promise<void> {
  await tx('user_events').where({ user_id: userId }).whereNull('applied_at').update({ next_attempt_at: at });
}

/** Notes that an event was applied, in the transaction of its effect. */
export async function markUserEventApplied(tx: Db, id: string, now: Date): Promise<void> {
  await tx('user_events').where({ id }).update({ applied_at: now });
}
