import type { Db } from './connection';

export interface NewUpdate {
  readonly updateId: number;
  readonly telegramUserId: number | undefined;
  readonly body: object;
}

export interface ClaimedUpdate {
  readonly updateId: number;
  readonly body: unknown;
  readonly attempts: number;
  readonly deferred: boolean;
  /** How often it was put off. */
  readonly putOffs: number;
  /** Digests of what was said to it before it was put off or deferred. */
  readonly said: readonly string[];
}

/** An update that is kept for later, and what was said to it so far. */
export interface Later {
  readonly at: Date;
  readonly errorCode: string;
  readonly said: readonly string[];
}

interface Row {
  readonly update_id: number;
  readonly body: unknown;
  readonly attempts: number;
  readonly deferred: boolean;
  readonly put_offs: number;
  readonly said: readonly string[];
}

const columns = 'update_id, body, attempts, deferred, put_offs, said';

function toClaimed({ update_id: updateId, put_offs: putOffs, ...row }: Row): ClaimedUpdate {
  return { ...row, updateId, putOffs };
}

/** Stores updates, each once; when it returns they are committed and Telegram may forget them. */
export async function storeUpdates(db: Db, updates: readonly NewUpdate[]): Promise<void> {
  if (updates.length === 0) return;
  const rows = updates.map((update) => ({
    update_id: update.updateId,
    telegram_user_id: update.telegramUserId,
    body: JSON.stringify(update.body),
  }));
  await db('telegram_updates').insert(rows).onConflict('update_id').ignore();
}

/**
 * Takes the next update that may be handled: the oldest of its user that waits, so that one user's updates go in order, also behind one that
 * is put off; a deferred one on its own, so that it holds up nobody. Questions before a payment and payments themselves wait for nobody: the first
 * are void after 10 s (Bot API, answerPreCheckoutQuery), and money is recorded at once. An update comes back when its lease ends without
 * `finishUpdate`. One that was just stored is ready by whatever clock: a process whose clock is a little behind that of Postgres would look away from
 * it, and come back a second later.
 */
export async function claimUpdate(db: Db, claim: { now: Date; leaseMs: number }): Promise<ClaimedUpdate | undefined> {
  const result: { rows: readonly Row[] } = await db.raw(
    `update telegram_updates set leased_until = :until, attempts = attempts + 1
     where update_id = (
       select u.update_id from telegram_updates u
       where u.handled_at is null and (u.attempts = 0 or u.next_attempt_at <= :now) and (u.leased_until is null or u.leased_until < :now)
         and (u.deferred or jsonb_exists(u.body, 'pre_checkout_query') or jsonb_exists(u.body -> 'message', 'successful_payment') or not exists (
           select 1 from telegram_updates e where e.telegram_user_id = u.telegram_user_id and e.update_id < u.update_id
             and e.handled_at is null and not e.deferred))
       order by u.deferred, u.update_id limit 1 for update skip locked)
     returning ${columns}`,
    { now: claim.now, until: new Date(claim.now.getTime() + claim.leaseMs) },
  );
  const row = result.rows[0];
  return row === undefined ? undefined : toClaimed(row);
}

/** Takes one update by its id, for what cannot wait its turn; undefined when it is taken or done. */
export async function claimThisUpdate(db: Db, updateId: number, claim: { now: Date; leaseMs: number }): Promise<ClaimedUpdate | undefined> {
  const result: { rows: readonly Row[] } = await db.raw(
    `update telegram_updates set leased_until = :until, attempts = attempts + 1
     where update_id = :id and handled_at is null and (leased_until is null or leased_until < :now)
     returning ${columns}`,
    { id: updateId, now: claim.now, until: new Date(claim.now.getTime() + claim.leaseMs) },
  );
  const row = result.rows[0];
  return row === undefined ? undefined : toClaimed(row);
}

/** Marks an update as handled; its body, which is personal data, and what was said to it go. */
export async function finishUpdate(db: Db, updateId: number, end: { now: Date; errorCode?: string }): Promise<void> {
  await db('telegram_updates')
    .where({ update_id: updateId })
    .update({ handled_at: end.now, body: null, said: [], leased_until: null, error_code: end.errorCode ?? null });
}

/** Keeps an update for later without holding up those that follow. */
export async function deferUpdate(db: Db, updateId: number, { at, errorCode, said }: Later): Promise<void> {
  await db('telegram_updates')
    .where({ update_id: updateId })
    .update({ deferred: true, leased_until: null, next_attempt_at: at, error_code: errorCode, said });
}

/** Keeps an update for later, and with it those of its user that follow. */
export async function putOffUpdate(db: Db, updateId: number, { at, errorCode, said }: Later): Promise<void> {
  await db('telegram_updates')
    .where({ update_id: updateId })
    .update({ put_offs: db.raw('put_offs + 1'), leased_until: null, next_attempt_at: at, error_code: errorCode, said });
}
