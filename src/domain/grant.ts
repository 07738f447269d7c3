import { addPeriod, type Period } from './period';

export type GrantKind =
  | 'purchase'
  | 'renewal'
  | 'trial'
  | 'gift'
  | 'manual'
  | 'pause'
  | 'resume'
  | 'change'
  | 'refund'
  | 'revoke'
  | 'dispute';

/** What decides how much of a subscription is left. */
export interface Term {
  readonly endsAt: Date | undefined;
  /** Since when its owner keeps it paused. */
  readonly pausedAt: Date | undefined;
  /** Since when a dispute keeps it shut. */
  readonly suspendedAt: Date | undefined;
}

/** From when the time ahead counts: it stands still while a subscription is paused or shut by a dispute. */
export function countedFrom(term: Pick<Term, 'pausedAt' | 'suspendedAt'>, now: Date): Date {
  return new Date(Math.min(now.getTime(), term.pausedAt?.getTime() ?? Infinity, term.suspendedAt?.getTime() ?? Infinity));
}

/** How much of a subscription is left, in milliseconds. */
export function leftMs(term: Term, now: Date): number {
  return term.endsAt === undefined ? 0 : Math.max(0, term.endsAt.getTime() - countedFrom(term, now).getTime());
}

/** End after one more period: counted from the present end while it lies ahead, else from `at.now`. Nothing paid for is lost. */
export function extendedEnd(endBefore: Date | undefined, period: Period, at: { readonly now: Date; readonly timeZone: string }): Date {
  const start = endBefore !== undefined && endBefore > at.now ? endBefore : at.now;
  return addPeriod(start, period, at.timeZone);
}

/** End of a subscription after one more period, whatever state it is in. */
export function renewedEnd(term: Term, period: Period, at: { readonly now: Date; readonly timeZone: string }): Date {
  return extendedEnd(term.endsAt, period, { now: countedFrom(term, at.now), timeZone: at.timeZone });
}

/** An entry that moved the end of a subscription. */
export interface GrantEntry {
  readonly kind: GrantKind;
  readonly source: string;
  readonly sourceId: string;
  readonly endBefore: Date | undefined;
  readonly endAfter: Date;
  readonly createdAt: Date;
}

/** What an order added to its subscription, and what of that is left. Milliseconds as long as they were when the order was paid. */
export interface Remainder {
  readonly addedMs: number;
  readonly unusedMs: number;
  /** Present milliseconds that one of those is: another plan since then made them longer or shorter. */
  readonly factor: number;
}

/** How much longer time became by a change, counted from `at`: earlier than the entry where the subscription was paused. */
function factorOf(change: GrantEntry, at: number): number {
  const before = (change.endBefore?.getTime() ?? at) - at;
  return before <= 0 ? 1 : Math.max(0, change.endAfter.getTime() - at) / before;
}

/** Since when the subscription was paused as this entry was made. */
function pausedBefore(entries: readonly GrantEntry[], index: number): number | undefined {
  const before = entries.slice(0, index).findLast((entry) => entry.kind === 'pause' || entry.kind === 'resume');
  return before?.kind === 'pause' ? before.createdAt.getTime() : undefined;
}

/** Where the time of an entry begins: at the end before it, or when it was made where that was over; a pause holds that moment. */
function startOf(entries: readonly GrantEntry[], index: number): number {
  const at = pausedBefore(entries, index) ?? entries[index]?.createdAt.getTime() ?? 0;
  return Math.max(at, entries[index]?.endBefore?.getTime() ?? 0);
}

interface Since {
  readonly factor: number;
  readonly takenMs: number;
}

/** What became of an order's time after its own entry. */
function sinceThen(entries: readonly GrantEntry[], own: number, sourceId: string): Since {
  let factor = 1;
  let takenMs = 0;
  for (const [index, entry] of entries.entries()) {
    if (index <= own) continue;
    if (entry.kind === 'change') factor *= factorOf(entry, pausedBefore(entries, index) ?? entry.createdAt.getTime());
    const isOwn = entry.source === 'refund' && entry.sourceId.startsWith(`${sourceId}:`);
    if (isOwn && factor > 0) takenMs += ((entry.endBefore?.getTime() ?? 0) - entry.endAfter.getTime()) / factor;
  }
  return { factor, takenMs: Math.round(takenMs) };
}

/**
 * What an entry (of an order, or a gift) added, less what was taken back for it since, and what of that lies ahead. `entries` are those of its subscription in their order,
 * refused refunds left out; undefined when there is none.
 */
export function remainderOf(
  subscription: Term & { readonly entries: readonly GrantEntry[] },
  of: Pick<GrantEntry, 'source' | 'sourceId'>,
  now: Date,
): Remainder | undefined {
  const { entries } = subscription;
  const own = entries.findIndex((entry) => entry.source === of.source && entry.sourceId === of.sourceId);
  const grant = entries[own];
  if (grant === undefined) return undefined;
  const { factor, takenMs } = sinceThen(entries, own, of.sourceId);
  const addedMs = Math.max(0, grant.endAfter.getTime() - startOf(entries, own) - takenMs);
  const ahead = factor === 0 ? 0 : Math.floor(leftMs(subscription, now) / factor);
  return { addedMs, unusedMs: Math.min(addedMs, ahead), factor };
}

/** The end after `ms` of an order's time were taken back. */
export function takenEnd(endsAt: Date, ms: number, factor: number): Date {
  return new Date(endsAt.getTime() - Math.floor(ms * factor));
}
