/** FNV-1a over the characters; tokens are random, and only those of the shop are put in. */
function hashOf(token: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < token.length; index += 1) hash = Math.imul(hash ^ token.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** Finds numbers by tokens that are stored elsewhere: 4 bytes an entry, at most two thirds full. */
export interface TokenIndex {
  /** The number with this token, as `isIt` tells; 0 for none. */
  find(token: string, isIt: (no: number) => boolean): number;
  add(token: string, no: number): void;
  remove(token: string, no: number): void;
  size(): number;
}

const gone = -1;

/** Makes an empty index; `tokenOf` tells the token of a number that is in it. */
export function createTokenIndex(tokenOf: (no: number) => string): TokenIndex {
  let slots = new Int32Array(1_024);
  let taken = 0;
  let live = 0;

  function place(into: Int32Array, token: string, no: number): void {
    const mask = into.length - 1;
    let slot = hashOf(token) & mask;
    while ((into[slot] ?? 0) > 0) slot = (slot + 1) & mask;
    into[slot] = no;
  }

  function grow(): void {
    const next = new Int32Array(live * 3 > slots.length ? slots.length * 2 : slots.length);
    for (const no of slots) if (no > 0) place(next, tokenOf(no), no);
    slots = next;
    taken = live;
  }

  return {
    find(token, isIt) {
      const mask = slots.length - 1;
      for (let slot = hashOf(token) & mask; ; slot = (slot + 1) & mask) {
        const no = slots[slot] ?? 0;
        if (no === 0) return 0;
        if (no !== gone && isIt(no)) return no;
      }
    },
    add(token, no) {
      if ((taken + 1) * 3 > slots.length * 2) grow();
      place(slots, token, no);
      taken += 1;
      live += 1;
    },
    remove(token, no) {
      const mask = slots.length - 1;
      for (let slot = hashOf(token) & mask; (slots[slot] ?? 0) !== 0; slot = (slot + 1) & mask) {
        if (slots[slot] !== no) continue;
        slots[slot] = gone;
        live -= 1;
        return;
      }
    },
    size: () => live,
  };
}
