/** Counts within a minute, and forgets with the next. */
export interface Counter<Key> {
  /** Whether the key has been counted as often as is allowed. */
  isOver(key: Key): boolean;
  /** Counts once more; tells whether that is more often than is allowed. */
  count(key: Key): boolean;
  /** Whole seconds until counting starts anew. */
  secondsLeft(): number;
}

/** Where counts are kept. */
interface Counts<Key> {
  get(key: Key): number;
  set(key: Key, count: number): void;
  clear(): void;
}

const windowMs = 60_000;

function createCounter<Key>(limit: number, counts: Counts<Key>, now: () => number): Counter<Key> {
  let endsAt = now() + windowMs;

  function turn(): void {
    const at = now();
    if (at < endsAt) return;
    counts.clear();
    endsAt = at + windowMs;
  }

  return {
    isOver(key) {
      turn();
      return counts.get(key) >= limit;
    },
    count(key) {
      turn();
      const before = counts.get(key);
      if (before <= limit) counts.set(key, before + 1);
      return before >= limit;
    },
    secondsLeft: () => Math.max(1, Math.ceil((endsAt - now()) / 1_000)),
  };
}

/** Texts remembered at once; with more of them the rest goes uncounted rather than memory growing. */
const mostTexts = 200_000;

/** Makes a counter of texts that anybody chooses, with a limit per minute; `now` counts milliseconds and never goes back. */
export function createTextCounter(limit: number, now = () => performance.now()): Counter<string> {
  const counts = new Map<string, number>();
  return createCounter<string>(
    limit,
    {
      get: (key) => counts.get(key) ?? 0,
      set(key, count) {
        if (counts.size < mostTexts || counts.has(key)) counts.set(key, count);
      },
      clear: () => counts.clear(),
    },
    now,
  );
}

/** Makes a counter of numbers that count up without large gaps: two bytes each. The limit is below 65,535 a minute. */
export function createNumberCounter(limit: number, now = () => performance.now()): Counter<number> {
  let counts = new Uint16Array(1_024);
  return createCounter<number>(
    limit,
    {
      get: (key) => counts[key] ?? 0,
      set(key, count) {
        if (key >= counts.length) {
          const before = counts;
          counts = new Uint16Array(Math.max(before.length * 2, key + 1));
          counts.set(before);
        }
        counts[key] = count;
      },
      clear: () => void counts.fill(0),
    },
    now,
  );
}
