import type { FeedRow } from '../../domain/feedRow';
import { createArena, type Place } from './arena';
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
  writeUsage,
  type FeedState,
  type FeedTexts,
} from './packing';
import { createTokenIndex } from './tokenIndex';

/** Records by number and by token. */
export interface Records {
  /** Keeps a row in place of what was kept; false for one that is too large, which is not kept. */
  write(row: FeedRow): boolean;
  writeUsage(no: number, usedBytes: number): void;
  forget(no: number): void;
  /** Version of the record with this number; 0 for none. */
  versionOf(no: number): number;
  /** Place of the record with this token; 0 for none. */
  find(token: string): Place;
  stateAt(place: Place): FeedState;
  textsAt(place: Place): FeedTexts;
  /** Throws `RangeError` for a layout that is gone. */
  layoutOf(state: FeedState): Layout;
  size(): { readonly records: number; readonly layouts: number; readonly bytes: number };
}

const longestRecord = 60_000;

/** Makes an empty set of records. */
export function createRecords(): Records {
  const arena = createArena();
  const layouts = createLayouts();
  const index = createTokenIndex();
  const scratch = Buffer.alloc(longestRecord);
  let places = new Uint32Array(1_024);
  const placeOf = (no: number): Place => places[no] ?? 0;

  function forget(no: number): void {
    const place = placeOf(no);
    if (place === 0) return;
    const [chunk, offset] = [arena.chunkOf(place), arena.offsetOf(place)];
    index.remove(tokenAt(chunk, offset), place);
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
        return false;
      }
      const length = pack(scratch, row, { layoutId: layout.id, credentials });
      const place = arena.take(length);
      scratch.copy(arena.chunkOf(place), arena.offsetOf(place), 0, length);
      places[row.no] = place;
      index.add(row.token, place);
      return true;
    },
    writeUsage(no, usedBytes) {
      const place = placeOf(no);
      if (place !== 0) writeUsage(arena.chunkOf(place), arena.offsetOf(place), usedBytes);
    },
    forget,
    versionOf(no) {
      const place = placeOf(no);
      return place === 0 ? 0 : versionAt(arena.chunkOf(place), arena.offsetOf(place));
    },
    find: (token) => index.find(token, (place) => hasToken(arena.chunkOf(place), arena.offsetOf(place), token)),
    stateAt: (place) => stateAt(arena.chunkOf(place), arena.offsetOf(place)),
    textsAt: (place) => textsAt(arena.chunkOf(place), arena.offsetOf(place)),
    layoutOf: ({ layoutId }) => layouts.get(layoutId),
    size: () => ({ records: index.size(), layouts: layouts.count(), bytes: arena.size() + places.byteLength + index.bytes() }),
  };
}
