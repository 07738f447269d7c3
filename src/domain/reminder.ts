import { quietSpanAt, type QuietHours } from './quietHours';

/** Kinds of reminders, in the order they come: before the end, at it, after it; `never_connected` counts from the first access. */
export const reminderKinds = ['never_connected', 'early', 'soon', 'last', 'ended', 'missed', 'come_back'] as const;
export type ReminderKind = (typeof reminderKinds)[number];

/** When reminders are due, in milliseconds. */
export interface ReminderPolicy {
  /** After the end (before it: less than zero), `never_connected` after the first access; a kind that is absent is never sent. */
  readonly offsetsMs: Readonly<Partial<Record<ReminderKind, number>>>;
  /** Users are spread over this long, so that equal ends do not wake all of them at once. */
  readonly spreadMs: number;
  /** A reminder after the end (or of never having connected) that is later than this is not sent any more. */
  readonly lateMs: number;
  /** Pause before a message that provably never left is tried again; doubled each time up to `longestRetryMs`. */
  readonly retryMs: number;
  readonly longestRetryMs: number;
}

export const defaultReminderPolicy: ReminderPolicy = {
  offsetsMs: {
    never_connected: 86_400_000,
    early: -3 * 86_400_000,
    soon: -86_400_000,
    last: -3_600_000,
    ended: 0,
    missed: 86_400_000,
    come_back: 14 * 86_400_000,
  },
  spreadMs: 600_000,
  lateMs: 2 * 86_400_000,
  retryMs: 30_000,
  longestRetryMs: 600_000,
};

/** The clock on the wall of the shop. */
export interface ShopDay {
  readonly timeZone: string;
  readonly quiet: QuietHours | undefined;
}

/** One end of a subscription that its user may be reminded of. */
export interface ReminderSubject {
  readonly userId: number;
  readonly endsAt: Date;
  /** Since when this is its end. */
  readonly since: Date;
  /** When access was given first. */
  readonly startedAt: Date;
}

export interface DueReminder {
  readonly kind: ReminderKind;
  readonly at: Date;
}

/** Share of the spread that is this user's own, the same each time (Knuth, The Art of Computer Programming 3, 6.4: multiplicative hashing). */
function spreadOf(userId: number, spreadMs: number): number {
  return Math.floor((Math.imul(userId, 2_654_435_761) >>> 0) * (spreadMs / 2 ** 32));
}

function isBefore(offsetMs: number, kind: ReminderKind): boolean {
  return offsetMs < 0 && kind !== 'never_connected';
}

function exactMoment(kind: ReminderKind, subject: ReminderSubject, offsetMs: number): Date | undefined {
  const base = kind === 'never_connected' ? subject.startedAt : subject.endsAt;
  const exact = new Date(base.getTime() + offsetMs);
  if (kind === 'never_connected') return exact < subject.endsAt ? exact : undefined;
  return offsetMs < 0 && exact <= subject.since ? undefined : exact;
}

/**
 * When a reminder is due, or undefined where it has no sense: the time before the end was over already when the end was set. In quiet hours it is
 * due when they end, or when they begin if their end would be too late to speak of an end that lies ahead.
 */
export function dueAt(kind: ReminderKind, subject: ReminderSubject, rules: { policy: ReminderPolicy; day: ShopDay }): Date | undefined {
  const { policy, day } = rules;
  const offsetMs = policy.offsetsMs[kind];
  const exact = offsetMs === undefined ? undefined : exactMoment(kind, subject, offsetMs);
  if (offsetMs === undefined || exact === undefined) return undefined;
  const { endsAt } = subject;
  const before = isBefore(offsetMs, kind);
  const spread = new Date(exact.getTime() + spreadOf(subject.userId, policy.spreadMs));
  const meant = before && spread >= endsAt ? exact : spread;
  const span = day.quiet === undefined ? undefined : quietSpanAt(meant, day.quiet, day.timeZone);
  if (span === undefined) return meant;
  return before && span.end >= endsAt ? new Date(span.start.getTime() - 1) : span.end;
}

/** Every reminder of one end, the earliest first. */
export function remindersOf(subject: ReminderSubject, rules: { policy: ReminderPolicy; day: ShopDay }): readonly DueReminder[] {
  return reminderKinds
    .flatMap((kind): DueReminder[] => {
      const at = dueAt(kind, subject, rules);
      return at === undefined ? [] : [{ kind, at }];
    })
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** Why a reminder that was due is not sent. */
export type SkipReason =
  | 'no_chat'
  | 'blocked'
  | 'banned'
  | 'auto_renews'
  | 'connected'
  | 'returned'
  | 'ended'
  | 'later_one_due'
  | 'too_late'
  | 'quiet_hours'
  | 'refused';

/** What is known of a user at the moment of sending. */
export interface ReminderFacts extends ReminderSubject {
  readonly hasChat: boolean;
  readonly isBlocked: boolean;
  readonly isBanned: boolean;
  readonly renewsItself: boolean;
  readonly wasConnected: boolean;
  /** The user has other access that lies ahead. */
  readonly hasOther: boolean;
}

export type ReminderVerdict =
  | { readonly what: 'send' }
  | { readonly what: 'skip'; readonly reason: SkipReason }
  | { readonly what: 'wait'; readonly until: Date };

/** Clocks of two machines may differ by this much without a message being put off for it. */
const toleranceMs = 60_000;

function personReason(kind: ReminderKind, facts: ReminderFacts): SkipReason | undefined {
  if (!facts.hasChat) return 'no_chat';
  if (facts.isBanned) return 'banned';
  if (facts.isBlocked) return 'blocked';
  if (facts.renewsItself && kind !== 'never_connected') return 'auto_renews';
  if (kind === 'never_connected' && facts.wasConnected) return 'connected';
  return kind === 'come_back' && facts.hasOther ? 'returned' : undefined;
}

function timeReason(
  reminder: DueReminder,
  facts: ReminderFacts,
  at: { now: Date; policy: ReminderPolicy; day: ShopDay },
): SkipReason | undefined {
  const { now, policy } = at;
  const offsetMs = policy.offsetsMs[reminder.kind] ?? 0;
  if (isBefore(offsetMs, reminder.kind)) {
    if (now >= facts.endsAt) return 'ended';
    const next = remindersOf(facts, at).find(
      (other) => other.at > reminder.at && other.at <= now && isBefore(policy.offsetsMs[other.kind] ?? 0, other.kind),
    );
    return next === undefined ? undefined : 'later_one_due';
  }
  return now.getTime() > reminder.at.getTime() + policy.lateMs ? 'too_late' : undefined;
}

/**
 * What becomes of a reminder whose time has come: it is sent, skipped for a reason, or put off until quiet hours are over. The rule for late ones:
 * of those before the end only the latest due is sent, and none once the end has passed; those after it are sent within `lateMs`.
 */
export function judgeReminder(
  reminder: DueReminder,
  facts: ReminderFacts,
  at: { readonly now: Date; readonly policy: ReminderPolicy; readonly day: ShopDay },
): ReminderVerdict {
  const reason = personReason(reminder.kind, facts) ?? timeReason(reminder, facts, at);
  if (reason !== undefined) return { what: 'skip', reason };
  const { now, day, policy } = at;
  const span = day.quiet === undefined ? undefined : quietSpanAt(new Date(now.getTime() + toleranceMs), day.quiet, day.timeZone);
  const early = new Date(now.getTime() - toleranceMs);
  // One that was due as quiet hours began is a little late only.
  if (span === undefined || span.start > early) return { what: 'send' };
  const before = isBefore(policy.offsetsMs[reminder.kind] ?? 0, reminder.kind);
  return before && span.end >= facts.endsAt ? { what: 'skip', reason: 'quiet_hours' } : { what: 'wait', until: span.end };
}

/** Pause before the next try of a message that never left. */
export function retryPause(tries: number, policy: ReminderPolicy): number {
  return Math.min(policy.longestRetryMs, policy.retryMs * 2 ** Math.min(tries, 20));
}
