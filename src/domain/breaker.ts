/** When a panel counts as down, and how often it is tried again meanwhile; data, so that a test sees it at once. */
export interface BreakerPace {
  /** Failures in a row, without a success between them, that make a panel count as down. */
  readonly failures: number;
  /** First pause before one call is let through to a panel that is down; it doubles from try to try. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** Pause after refused credentials: newer 3x-ui panels block an address for 15 minutes after a few. */
  readonly refusedMs: number;
}

export const defaultBreakerPace: BreakerPace = { failures: 3, firstMs: 2_000, longestMs: 60_000, refusedMs: 15 * 60_000 };

/** What one failure says about its panel: `refused` and `misplaced` are certain at once, `silent` after a few; `none` says nothing about the panel as a whole. */
export type PanelTrouble = 'refused' | 'misplaced' | 'limited' | 'silent' | 'none';

/** Pause after a failure, in milliseconds; undefined while the panel still counts as up. `failures` includes this one. */
export function pauseAfter(
  trouble: { readonly kind: PanelTrouble; readonly failures: number; readonly askedMs?: number | undefined },
  pace: BreakerPace,
): number | undefined {
  switch (trouble.kind) {
    case 'none':
      return undefined;
    case 'refused':
      return pace.refusedMs;
    case 'misplaced':
      return pace.longestMs;
    case 'limited':
      return trouble.askedMs ?? pace.longestMs;
    case 'silent': {
      const beyond = trouble.failures - pace.failures;
      return beyond < 0 ? undefined : Math.min(pace.longestMs, pace.firstMs * 2 ** Math.min(beyond, 20));
    }
  }
}

/**
 * How long work waits before it looks again whether its panel is back, in milliseconds: until the next try is due, and then spread out, so that
 * all that waits does not come at once. `share` is from 0 to 1.
 */
export function waitForPanel(
  down: { readonly dueInMs: number; readonly waiting: number; readonly share: number },
  pace: BreakerPace,
): number {
  const spread = Math.min(pace.longestMs, Math.max(pace.firstMs / 2, down.waiting * 200));
  // A repaired setting makes a panel due at once, whatever pause was set before: nothing sleeps through that for long.
  return Math.round(Math.min(Math.max(0, down.dueInMs), pace.longestMs) + spread * down.share);
}
