/** FNV-1a over the characters; tokens are random, and only those of the shop are put in. */
function hashOf(token: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < token.length; index += 1) hash = Math.imul(hash ^ token.charCodeAt(index), 0x01000193);
  return hash | 0;
}

/**
 * Finds places by tokens that are stored there. An entry is the hash and the place, side by side: to look at a place that is another token's
 * would mean to wait for memory once more. At most two thirds full.
 */
export interface TokenIndex {
  /** The place with this token, as `isIt` tells; 0 for none. */
  find(token: string, isIt: (place: number) => boolean): number;
  add(token: string, place: number): void;
  remove(token: string, place: number): void;
  size(): number;
  bytes(): number;
}

const gone = -1;

function put(into: Int32Array, hash: number, place: number): void {
  const mask = into.length / 2 - 1;
  let slot = hash & mask;
  while ((into[2 * slot + 1] ?? 0) > 0) slot = (slot + 1) & mask;
  into[2 * slot] = hash;
  into[2 * slot + 1] = place;
}

/** Makes an empty index. */
export function createTokenIndex(): TokenIndex {
  let slots = new Int32Array(2_048);
  let taken = 0;
  let live = 0;

  function grow(): void {
    const next = new Int32Array(live * 6 > slots.length ? slots.length * 2 : slots.length);
    for (let at = 0; at < slots.length; at += 2) {
      const place = slots[at + 1] ?? 0;
      if (place > 0) put(next, slots[at] ?? 0, place);
    }
    slots = next;
    taken = live;
  }

  return {
    find(token, isIt) {
      const hash = hashOf(token);
      const mask = slots.length / 2 - 1;
      for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
        const place = slots[2 * slot + 1] ?? 0;
        if (place === 0) return 0;
        if (place !== gone && slots[2 * slot] === hash && isIt(place)) return place;
      }
    },
    add(token, place) {
      if ((taken + 1) * 3 > slots.length) grow();
      put(slots, hashOf(token), place);
      taken += 1;
      live += 1;
    },
    remove(token, place) {
      const mask = slots.length / 2 - 1;
      for (let slot = hashOf(token) & mask; (slots[2 * slot + 1] ?? 0) !== 0; slot = (slot + 1) & mask) {
        if (slots[2 * slot + 1] !== place) continue;
        slots[2 * slot + 1] = gone;
        live -= 1;
        return;
      }
    },
    size: () => live,
    bytes: () => slots.byteLength,
  };
}
