import type { FeedRow } from '../../domain/feedRow';
import { createArena } from './arena';
import { createLayouts, type Layout } from './layouts';
import {
  hasToken,
  isPackable,
  layoutIdAt,
  lengthAt,
  pack,
  stateAt,
  textsAt,
  tokenAt,
  versionAt,
  type FeedState,
  type FeedTexts,
} from './packing';
import { createTokenIndex } from './tokenIndex';

/** Records by number and by token. */
export interface Records {
  /** Keeps a row in place of what was kept; one that is too large is not kept. */
  write(row: FeedRow): void;
  forget(no: number): void;
  has(no: number): boolean;
  versionOf(no: number): number;
  /** Number of the record with this token; 0 for none. */
  find(token: string): number;
  /** Throws `RangeError` for a number that is not kept, as the other two do. */
  stateOf(no: number): FeedState;
  textsOf(no: number): FeedTexts;
  layoutOf(state: FeedState): Layout;
  size(): { readonly records: number; readonly layouts: number; readonly bytes: number };
}

const longestRecord = 60_000;

/** Makes an empty set of records. */
export function createRecords(): Records {
  const arena = createArena();
  const layouts = createLayouts();
  const scratch = Buffer.alloc(longestRecord);
  let places = new Uint32Array(1_024);
  const placeOf = (no: number): number => places[no] ?? 0;
  const tokenOf = (no: number): string => tokenAt(arena.chunkOf(placeOf(no)), arena.offsetOf(placeOf(no)));
  const index = createTokenIndex(tokenOf);

  function forget(no: number): void {
    const place = placeOf(no);
    if (place === 0) return;
    const [chunk, offset] = [arena.chunkOf(place), arena.offsetOf(place)];
    index.remove(tokenOf(no), no);
    layouts.release(layoutIdAt(chunk, offset));
    arena.give(place, lengthAt(chunk, offset));
    places[no] = 0;
  }

  function reach(no: number): void {
    if (no < places.length) return;
    const before = places;
    places = new Uint32Array(Math.max(before.length * 2, no + 1));
    places.set(before);
  }

  return {
    write(row) {
      reach(row.no);
      // Taken first, so that a layout which only this record uses is not made anew.
      const { layout, credentials } = layouts.split(row.keys);
      forget(row.no);
      if (!isPackable(row, credentials)) {
        layouts.release(layout.id);
        return;
      }
      const length = pack(scratch, row, { layoutId: layout.id, credentials });
      const place = arena.take(length);
      scratch.copy(arena.chunkOf(place), arena.offsetOf(place), 0, length);
      places[row.no] = place;
      index.add(row.token, row.no);
    },
    forget,
    has: (no) => placeOf(no) !== 0,
    versionOf: (no) => versionAt(arena.chunkOf(placeOf(no)), arena.offsetOf(placeOf(no))),
    find: (token) => index.find(token, (no) => hasToken(arena.chunkOf(placeOf(no)), arena.offsetOf(placeOf(no)), token)),
    stateOf(no) {
      const place = placeOf(no);
      return stateAt(arena.chunkOf(place), arena.offsetOf(place));
    },
    textsOf(no) {
      const place = placeOf(no);
      return textsAt(arena.chunkOf(place), arena.offsetOf(place));
    },
    layoutOf: ({ layoutId }) => layouts.get(layoutId),
    size: () => ({ records: index.size(), layouts: layouts.count(), bytes: arena.size() + places.byteLength + index.size() * 4 }),
  };
}
