const chunkBytes = 1 << 20;
const unit = 8;

/** A place in an arena, counted in units of 8 bytes from 1. */
export type Place = number;

/** Memory for many small records outside the heap, so that the collector of garbage does not walk through them. */
export interface Arena {
  /** Room for `length` bytes, at most a chunk. */
  take(length: number): Place;
  /** Gives room back, with the length it was taken with. */
  give(place: Place, length: number): void;
  chunkOf(place: Place): Buffer;
  offsetOf(place: Place): number;
  /** Bytes that were taken from the system. */
  size(): number;
}

/** Makes an empty arena. Room that is given back is used again for records of the same size. */
export function createArena(): Arena {
  const chunks: Buffer[] = [];
  const free = new Map<number, Place[]>();
  const perChunk = chunkBytes / unit;
  let used = perChunk;

  return {
    take(length) {
      const units = Math.ceil(length / unit);
      const known = free.get(units)?.pop();
      if (known !== undefined) return known;
      if (used + units > perChunk) {
        chunks.push(Buffer.allocUnsafeSlow(chunkBytes));
        used = 0;
      }
      const place = (chunks.length - 1) * perChunk + used + 1;
      used += units;
      return place;
    },
    give(place, length) {
      const units = Math.ceil(length / unit);
      const same = free.get(units);
      if (same === undefined) free.set(units, [place]);
      else same.push(place);
    },
    chunkOf(place) {
      const chunk = chunks[Math.floor((place - 1) / perChunk)];
      if (chunk === undefined) throw new RangeError('a place outside the arena');
      return chunk;
    },
    offsetOf: (place) => ((place - 1) % perChunk) * unit,
    size: () => chunks.length * chunkBytes,
  };
}
