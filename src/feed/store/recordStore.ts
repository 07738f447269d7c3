import type { FeedRow } from '../../domain/feedRow';
import type { Layout } from './layouts';
import type { FeedState, FeedTexts } from './packing';
import { createRecords } from './records';

/** What decides about an answer, without any text of the record. */
export interface FeedHead {
  readonly no: number;
  readonly state: FeedState;
  readonly usedBytes: number;
  /** Links without their credentials. */
  readonly layout: Layout;
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
  /** Number of the record with this token; 0 for none. */
  find(token: string): number;
  /** Whether no newer version of a kept record was heard of. */
  isCurrent(no: number): boolean;
  headOf(no: number): FeedHead;
  textsOf(no: number): FeedTexts;
  /** Forgets a record whose token is no more. */
  forget(no: number): void;
  /** Subscriptions kept, different layouts, and bytes outside the heap. */
  size(): { readonly records: number; readonly layouts: number; readonly bytes: number };
}

/** Makes an empty store. */
export function createRecordStore(): RecordStore {
  const records = createRecords();
  let heard = new Uint32Array(1_024);
  let usage = new Float64Array(1_024);

  function reach(no: number): void {
    if (no < heard.length) return;
    const length = Math.max(heard.length * 2, no + 1);
    const [oldHeard, oldUsage] = [heard, usage];
    heard = new Uint32Array(length);
    usage = new Float64Array(length);
    heard.set(oldHeard);
    usage.set(oldUsage);
  }

  return {
    put(row) {
      reach(row.no);
      if (row.version < (heard[row.no] ?? 0)) return false;
      heard[row.no] = row.version;
      usage[row.no] = row.usedBytes;
      records.write(row);
      return true;
    },
    hear(no, version) {
      reach(no);
      if (version > (heard[no] ?? 0)) heard[no] = version;
    },
    setUsage(no, usedBytes) {
      if (no < usage.length) usage[no] = usedBytes;
    },
    find: records.find,
    isCurrent: (no) => records.has(no) && records.versionOf(no) >= (heard[no] ?? 0),
    headOf(no) {
      const state = records.stateOf(no);
      return { no, state, usedBytes: usage[no] ?? 0, layout: records.layoutOf(state) };
    },
    textsOf: records.textsOf,
    forget: records.forget,
    size() {
      const { bytes, ...counts } = records.size();
      return { ...counts, bytes: bytes + heard.byteLength + usage.byteLength };
    },
  };
}
