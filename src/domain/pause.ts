import { leftMs, type Term } from './grant';

/** How subscriptions may be paused. */
export interface PausePolicy {
  /** A pause that is ended sooner gives no time back. Milliseconds. */
  readonly shortestMs: number;
  /** A pause ends by itself after this long. */
  readonly longestMs: number;
  /** Most pauses begun within `windowMs`; 0 = none are offered. */
  readonly count: number;
  readonly windowMs: number;
}

const dayMs = 86_400_000;

export const defaultPausePolicy: PausePolicy = { shortestMs: dayMs, longestMs: 30 * dayMs, count: 3, windowMs: 365 * dayMs };

export type PauseRefusal = 'PauseNotNow' | 'PauseTooOften';

/** Why a subscription cannot be paused now, or undefined; `begun` counts its pauses within the window. */
export function pauseRefusal(
  term: Term & { readonly revokedAt: Date | undefined },
  begun: number,
  at: { readonly now: Date; readonly policy: PausePolicy },
): PauseRefusal | undefined {
  const isShut = term.pausedAt !== undefined || term.suspendedAt !== undefined || term.revokedAt !== undefined;
  // With less left, a pause that ends too soon to count would end in nothing.
  if (isShut || leftMs(term, at.now) < Math.max(1, at.policy.shortestMs)) return 'PauseNotNow';
  return begun >= at.policy.count ? 'PauseTooOften' : undefined;
}

/** The end after a pause: later by as long as it took, however long that was. What a dispute shut meanwhile is the dispute's to give back. */
export function resumedEnd(term: Term & { readonly endsAt: Date; readonly pausedAt: Date }, now: Date, policy: PausePolicy): Date {
  const until = term.suspendedAt !== undefined && term.suspendedAt < now ? term.suspendedAt : now;
  const pausedMs = Math.max(0, until.getTime() - term.pausedAt.getTime());
  const isTooShort = now.getTime() - term.pausedAt.getTime() < policy.shortestMs;
  return isTooShort ? term.endsAt : new Date(term.endsAt.getTime() + pausedMs);
}
