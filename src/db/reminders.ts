import {
  remindersOf,
  type DueReminder,
  type ReminderFacts,
  type ReminderKind,
  type ReminderPolicy,
  type ReminderSubject,
  type ShopDay,
  type SkipReason,
} from '../domain/reminder';
import type { Db } from './connection';

/** Rows of subscriptions that may be reminded of their end; a paused one, or one that is shut, has none that counts. */
const remindable = `s.revoked_at is null and s.paused_at is null and s.suspended_at is null and s.ends_at is not null`;

/** Since when a subscription has its present end. */
const since = `coalesce((select max(g.created_at) from grants g where g.subscription_id = s.id), s.created_at)`;

/** After this long a claim is looked at again: the message may have been put off by a run of the workflow that has ended. */
const longestClaimMs = 60_000;

/** How long after its end a subscription may still have a reminder, in milliseconds. */
export function reminderHorizonMs(policy: ReminderPolicy): number {
  return Math.max(0, ...Object.values(policy.offsetsMs)) + policy.spreadMs + policy.lateMs;
}

/** A reminder as the user's workflow knows it. */
export interface UpcomingReminder {
  readonly subscriptionId: string;
  readonly kind: ReminderKind;
  readonly endsAt: Date;
  readonly at: Date;
}

interface KnownRow {
  readonly kind: ReminderKind;
  readonly state: string;
  /** ISO 8601, as Postgres writes it into JSON. */
  readonly next_try_at: string | null;
  readonly claimed_at: string | null;
}

interface SubjectRow {
  readonly id: string;
  readonly user_id: number;
  readonly ends_at: Date;
  readonly created_at: Date;
  readonly since: Date;
  readonly known: readonly KnownRow[] | null;
}

const subjectColumns = `s.id, s.user_id, s.ends_at, s.created_at, ${since} as since,
  (select json_agg(json_build_object('kind', r.kind, 'state', r.state, 'next_try_at', r.next_try_at, 'claimed_at', r.claimed_at)) from reminders r
     where r.subscription_id = s.id and (r.ends_at = date_trunc('milliseconds', s.ends_at) or r.kind = 'never_connected')) as known`;

function toSubject(row: SubjectRow): ReminderSubject {
  return { userId: row.user_id, endsAt: row.ends_at, since: row.since, startedAt: row.created_at };
}

function unsettled(row: SubjectRow, rules: { policy: ReminderPolicy; day: ShopDay }): readonly UpcomingReminder[] {
  const known = new Map((row.known ?? []).map((entry) => [entry.kind, entry]));
  return remindersOf(toSubject(row), rules).flatMap(({ kind, at }): UpcomingReminder[] => {
    const entry = known.get(kind);
    const reminder = { subscriptionId: row.id, kind, endsAt: row.ends_at };
    if (entry === undefined) return [{ ...reminder, at }];
    if (entry.state === 'waiting' && entry.next_try_at !== null) return [{ ...reminder, at: new Date(entry.next_try_at) }];
    if (entry.state === 'claimed' && entry.claimed_at !== null)
      return [{ ...reminder, at: new Date(Date.parse(entry.claimed_at) + longestClaimMs) }];
    return [];
  });
}

/** The reminders that a user may still get for the present ends of their subscriptions. */
export async function upcomingReminders(
  db: Db,
  user: { readonly userId: number; readonly now: Date; readonly policy: ReminderPolicy; readonly day: ShopDay },
): Promise<readonly UpcomingReminder[]> {
  const horizon = new Date(user.now.getTime() - reminderHorizonMs(user.policy));
  const result: { rows: readonly SubjectRow[] } = await db.raw(
    `select ${subjectColumns} from subscriptions s where s.user_id = ? and ${remindable} and s.ends_at > ? order by s.ends_at limit 20`,
    [user.userId, horizon],
  );
  return result.rows.flatMap((row) => unsettled(row, user));
}

/** Key of one reminder: at most one message for it, ever. */
export interface ReminderKey {
  readonly subscriptionId: string;
  readonly kind: ReminderKind;
  readonly endsAt: Date;
}

const renewsItself = `exists (select 1 from auto_renewals r where r.subscription_id = s.id and r.ended_at is null)
  or exists (select 1 from saved_methods m join charges c on c.provider = m.provider and c.charge_id = m.external_id
  join payments p on p.id = c.payment_id join orders o on o.id = p.order_id
  where o.subscription_id = s.id and m.renews_itself and m.forgotten_at is null and m.stopped_at is null)`;

/** What decides about a reminder now; undefined where its subscription has another end, or is shut. */
export async function loadReminderFacts(db: Db, key: ReminderKey, now: Date): Promise<ReminderFacts | undefined> {
  const result: {
    rows: readonly (SubjectRow & {
      telegram_id: number | null;
      blocked_at: Date | null;
      is_banned: boolean;
      renews_itself: boolean;
      was_connected: boolean;
      has_other: boolean;
    })[];
  } = await db.raw(
    `select s.id, s.user_id, s.ends_at, s.created_at, ${since} as since, u.telegram_id, u.blocked_at, u.is_banned,
       (${renewsItself}) as renews_itself,
       exists (select 1 from devices d where d.subscription_id = s.id) or exists (select 1 from panel_accounts a
         join account_usage n on n.panel_account_id = a.id where a.subscription_id = s.id and n.counted_bytes > 0) as was_connected,
       exists (select 1 from subscriptions o where o.user_id = s.user_id and o.id <> s.id and o.revoked_at is null and o.ends_at > ?) as has_other
     from subscriptions s join users u on u.id = s.user_id
     where s.id = ? and date_trunc('milliseconds', s.ends_at) = ? and ${remindable}`,
    [now, key.subscriptionId, key.endsAt],
  );
  const row = result.rows[0];
  if (row === undefined) return undefined;
  return {
    ...toSubject(row),
    hasChat: row.telegram_id !== null,
    isBlocked: row.blocked_at !== null,
    isBanned: row.is_banned,
    renewsItself: row.renews_itself,
    wasConnected: row.was_connected,
    hasOther: row.has_other,
  };
}

type NewState =
  | { readonly state: 'claimed'; readonly now: Date }
  | { readonly state: 'skipped'; readonly reason: SkipReason; readonly now: Date }
  | { readonly state: 'waiting'; readonly until: Date };

async function enter(db: Db, due: ReminderKey & { readonly at: Date }, next: NewState): Promise<boolean> {
  const { subscriptionId, kind, endsAt, at } = due;
  const claimedAt = next.state === 'claimed' ? next.now : null;
  const settledAt = next.state === 'skipped' ? next.now : null;
  const nextTryAt = next.state === 'waiting' ? next.until : null;
  const reason = next.state === 'skipped' ? next.reason : null;
  const result: { rowCount: number } = await db.raw(
    `insert into reminders (subscription_id, kind, ends_at, user_id, state, reason, due_at, next_try_at, claimed_at, settled_at)
     select s.id, ?, ?, s.user_id, ?, ?, ?, ?, ?, ? from
       (select * from subscriptions s where s.id = ? and date_trunc('milliseconds', s.ends_at) = ? and ${remindable} for share) s
     on conflict (subscription_id, kind, ends_at) do update set state = excluded.state, reason = excluded.reason,
       next_try_at = excluded.next_try_at, claimed_at = excluded.claimed_at, settled_at = excluded.settled_at,
       tries = reminders.tries + case when excluded.state = 'waiting' then 1 else 0 end
     where reminders.state = 'waiting'`,
    [kind, endsAt, next.state, reason, at, nextTryAt, claimedAt, settledAt, subscriptionId, endsAt],
  );
  return result.rowCount === 1;
}

/** Takes a reminder for sending, in the statement that looks at the end once more; false when it was taken before or the end has moved. */
export function claimReminder(db: Db, due: ReminderKey & { readonly at: Date }, now: Date): Promise<boolean> {
  return enter(db, due, { state: 'claimed', now });
}

/** Notes that a reminder is not sent, and why; false when it was settled before. */
export function skipReminder(db: Db, due: ReminderKey & { readonly at: Date }, skip: { reason: SkipReason; now: Date }): Promise<boolean> {
  return enter(db, due, { state: 'skipped', ...skip });
}

/** Puts a reminder off; false when it was settled before. */
export function putOffReminder(db: Db, due: ReminderKey & { readonly at: Date }, until: Date): Promise<boolean> {
  return enter(db, due, { state: 'waiting', until });
}

/** What became of a claimed reminder; an answer that comes late still tells whether an unknown one was sent. */
export async function endClaim(
  db: Db,
  key: ReminderKey,
  end:
    | { readonly state: 'sent' | 'unknown'; readonly now: Date }
    | { readonly state: 'skipped'; readonly reason: SkipReason; readonly now: Date },
): Promise<boolean> {
  const count = await db('reminders')
    .where({ subscription_id: key.subscriptionId, kind: key.kind, ends_at: key.endsAt })
    .whereIn('state', end.state === 'unknown' ? ['claimed'] : ['claimed', 'unknown'])
    .update({ state: end.state, settled_at: end.now, reason: end.state === 'skipped' ? end.reason : null });
  return count === 1;
}

/** Gives a claim back, because the message provably never left. */
export async function releaseReminder(db: Db, key: ReminderKey, until: Date): Promise<void> {
  await db('reminders')
    .where({ subscription_id: key.subscriptionId, kind: key.kind, ends_at: key.endsAt, state: 'claimed' })
    .update({ state: 'waiting', claimed_at: null, next_try_at: until, tries: db.raw('tries + 1') });
}

export interface ReminderRow {
  readonly state: 'waiting' | 'claimed' | 'sent' | 'unknown' | 'skipped';
  readonly tries: number;
}

/** How a reminder stands; undefined where nothing was done about it yet. */
export async function findReminder(db: Db, key: ReminderKey): Promise<ReminderRow | undefined> {
  return db('reminders').where({ subscription_id: key.subscriptionId, kind: key.kind, ends_at: key.endsAt }).first('state', 'tries');
}

/** Claims whose process died without a word: whether they were sent is not known, and they are not sent again. Returns how many. */
export async function settleLostClaims(db: Db, lost: { readonly claimedBefore: Date; readonly now: Date }): Promise<number> {
  return db('reminders')
    .where({ state: 'claimed' })
    .where('claimed_at', '<', lost.claimedBefore)
    .update({ state: 'unknown', settled_at: lost.now });
}

export interface Behind {
  readonly now: Date;
  readonly lateMs: number;
  readonly limit: number;
  readonly policy: ReminderPolicy;
  readonly day: ShopDay;
}

const mostCandidates = 2_000;

/** Users with a reminder whose time is `lateMs` past and that nobody has dealt with; their workflow is behind. */
export async function usersToRemind(db: Db, behind: Behind): Promise<readonly number[]> {
  const { now, policy, lateMs } = behind;
  const shift = (ms: number): Date => new Date(now.getTime() - ms);
  const windows = Object.entries(policy.offsetsMs).map(([kind, offsetMs]) => ({
    kind,
    column: kind === 'never_connected' ? 's.created_at' : 's.ends_at',
    from: shift(offsetMs + policy.lateMs),
    to: shift(offsetMs + lateMs),
  }));
  const missed = windows.map(
    ({ column }) => `(${column} between ? and ? and not exists (select 1 from reminders r where r.subscription_id = s.id and r.kind = ?
      and (r.kind = 'never_connected' or r.ends_at = date_trunc('milliseconds', s.ends_at)) and r.state <> 'waiting'))`,
  );
  if (missed.length === 0) return [];
  const result: { rows: readonly SubjectRow[] } = await db.raw(
    `select ${subjectColumns} from subscriptions s where ${remindable} and (${missed.join(' or ')}) order by random() limit ${mostCandidates}`,
    windows.flatMap(({ from, to, kind }) => [from, to, kind]),
  );
  const late = (due: DueReminder): boolean => due.at < shift(lateMs);
  const users = result.rows.filter((row) => unsettled(row, behind).some(late)).map((row) => row.user_id);
  return [...new Set(users)].slice(0, behind.limit);
}
