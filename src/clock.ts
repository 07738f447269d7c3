/** Where the time comes from; a parameter everywhere, so that tests decide what time it is. */
export interface Clock {
  now(): Date;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => new Date() };

/** A clock that goes by another one. */
export interface SyncedClock extends Clock {
  /** Takes the time over from the other clock. */
  sync(): Promise<void>;
}

/** An answer that took longer says too little about the time, in milliseconds. */
const longestAskMs = 2_000;

/**
 * Makes a clock that goes by the one that `ask` reads, the same for all processes of a shop: what a machine's own clock shows, or jumps to,
 * changes nothing. Until it was asked for the first time it is the machine's.
 */
export function createSyncedClock(ask: () => Promise<Date>): SyncedClock {
  let origin: number | undefined;
  return {
    now: () => new Date(origin === undefined ? Date.now() : origin + performance.now()),
    async sync() {
      const before = performance.now();
      const there = await ask();
      const after = performance.now();
      if (after - before <= longestAskMs || origin === undefined) origin = there.getTime() - (before + after) / 2;
    },
  };
}
