import type { FeedRow } from '../../domain/feedRow';
import type { Place } from './arena';
import type { Layout } from './layouts';
import type { FeedState, FeedTexts } from './packing';
import { createRecords } from './records';

/** What decides about an answer, without any text of the record. */
export interface FeedHead {
  readonly state: FeedState;
  /** Links without their credentials. */
  readonly layout: Layout;
}

/** A head as it was found in the store. */
export interface KeptHead extends FeedHead {
  readonly place: Place;
}

/** All that a feed is made of. */
export interface StoredFeed {
  readonly head: FeedHead;
  readonly texts: FeedTexts;
}

/** Records of many subscriptions in little memory, each the newest version that was seen. */
export interface RecordStore {
  /** Keeps a row unless a newer version was heard of or is kept; tells whether it is the newest known. */
  put(row: FeedRow): boolean;
  /** Takes note that this version exists: what is older is out of date from now on. */
  hear(no: number, version: number): void;
  setUsage(no: number, usedBytes: number): void;
  find(token: string): KeptHead | undefined;
  /** Whether no newer version was heard of. */
  isCurrent(head: FeedHead): boolean;
  /** Texts of a head that was found just now, to be read at once. */
  textsOf(head: KeptHead): FeedTexts;
  /** Forgets a record whose token is no more. */
  forget(no: number): void;
  /** Subscriptions kept, different layouts, and bytes outside the heap. */
  size(): { readonly records: number; readonly layouts: number; readonly bytes: number };
}

/** Makes an empty store. */
export function createRecordStore(): RecordStore {
  const records = createRecords();
  // Only versions that no record has: there are as many of them as changes under way.
  const awaited = new Map<number, number>();
  const newestOf = (no: number): number => Math.max(records.versionOf(no), awaited.get(no) ?? 0);

  return {
    put(row) {
      if (row.version < newestOf(row.no)) return false;
      if (records.write(row)) awaited.delete(row.no);
      else awaited.set(row.no, row.version);
      return true;
    },
    hear(no, version) {
      if (version > newestOf(no)) awaited.set(no, version);
    },
    setUsage: records.writeUsage,
    find(token) {
      const place = records.find(token);
      if (place === 0) return undefined;
      const state = records.stateAt(place);
      return { place, state, layout: records.layoutOf(state) };
    },
    isCurrent: ({ state }) => awaited.size === 0 || state.version >= (awaited.get(state.no) ?? 0),
    textsOf: ({ place }) => records.textsAt(place),
    forget(no) {
      const newest = newestOf(no);
      records.forget(no);
      if (newest > 0) awaited.set(no, newest);
    },
    size: records.size,
  };
}
