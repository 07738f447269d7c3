/** Random numbers that a seed repeats (mulberry32, Tommy Ettinger, public domain). */
export interface Random {
  /** A whole number from 0 to below `below`. */
  below(below: number): number;
  pick<T>(items: readonly T[]): T;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    pick(items) {
      if (items.length === 0) throw new RangeError('nothing to pick from');
      // The index is within the list.
      return items[below(items.length)] as (typeof items)[number];
    },
  };
}
