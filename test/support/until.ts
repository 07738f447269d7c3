import { setTimeout as wait } from 'node:timers/promises';
import { isShopError } from '../../src/errors';

/** What parts of the world have to say when a wait was in vain: there may be no other trace of why. */
export const witnesses = new Set<() => string>();

/** Asks again and again until there is an answer; fails with `what` when patience ends. A condition, never a guess at a duration. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>, patienceMs = 40_000): Promise<T> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end)
      throw new Error([`waited ${patienceMs / 1000} s in vain until ${what}`, ...[...witnesses].map((say) => say())].join('\n'));
    await wait(50);
  }
}

/** Temporal took nothing and it may be asked again, as relay and sweep of a shop do; everything else is thrown. */
export function unlessUnavailable(error: unknown): undefined {
  if (!isShopError(error, 'TemporalUnavailable')) throw error;
}
