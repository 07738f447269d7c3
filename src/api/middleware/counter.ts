/** Counts per key within a minute, and forgets with the next. */
export interface Counter {
  /** Whether the key has been counted as often as is allowed. */
  isOver(key: string | number): boolean;
  /** Counts once more; tells whether that is more often than is allowed. */
  count(key: string | number): boolean;
  /** Whole seconds until counting starts anew. */
  secondsLeft(): number;
}

const windowMs = 60_000;
/** Keys remembered at once; with more of them the rest goes uncounted rather than memory growing. */
const mostKeys = 200_000;

/** Makes a counter with a limit per minute; `now` counts milliseconds and never goes back. */
export function createCounter(limit: number, now = () => performance.now()): Counter {
  const counts = new Map<string | number, number>();
  let endsAt = now() + windowMs;

  function turn(): void {
    if (now() < endsAt) return;
    counts.clear();
    endsAt = now() + windowMs;
  }

  return {
    isOver(key) {
      turn();
      return (counts.get(key) ?? 0) >= limit;
    },
    count(key) {
      turn();
      const before = counts.get(key);
      if (before !== undefined || counts.size < mostKeys) counts.set(key, (before ?? 0) + 1);
      return (before ?? 0) >= limit;
    },
    secondsLeft: () => Math.max(1, Math.ceil((endsAt - now()) / 1_000)),
  };
}
