import type { FeedShop } from '../domain/feedRow';
import type { FeedSource } from './cache';
import type { RecordStore } from './store/recordStore';

/** What all feeds share, as far as it is known. */
export interface ShopMemory {
  /** The newest that was loaded. */
  latest(): FeedShop | undefined;
  /** The same, unless a newer one was heard of. */
  current(): FeedShop | undefined;
  hear(version: number): void;
  load(): Promise<FeedShop | undefined>;
}

/** Makes an empty memory of the shop. */
export function createShopMemory(source: Pick<FeedSource, 'loadShop'>): ShopMemory {
  let shop: FeedShop | undefined;
  let heard = 0;
  return {
    latest: () => shop,
    current: () => (shop !== undefined && shop.version >= heard ? shop : undefined),
    hear(version) {
      heard = Math.max(heard, version);
    },
    async load() {
      const loaded = await source.loadShop();
      if (loaded !== undefined && loaded.version >= (shop?.version ?? 0)) shop = loaded;
      return shop;
    },
  };
}

/** Records that have to be loaded again. */
export interface Reloading {
  add(no: number): void;
  /** Loads them with others that come soon; a failure leaves them to the next time. */
  soon(): void;
  /** Loads them now; rejects where Postgres does, and keeps what is not loaded. */
  now(): Promise<void>;
}

const chunkRows = 500;
/** News that come within this time, in milliseconds, are loaded with one query. */
const gatherMs = 30;

/** Makes an empty set of records to be loaded into `store`. */
export function createReloading(source: Pick<FeedSource, 'loadRows'>, store: RecordStore): Reloading {
  const waiting = new Set<number>();
  let timer: NodeJS.Timeout | undefined;

  async function loadChunk(numbers: readonly number[]): Promise<void> {
    for (const no of numbers) waiting.delete(no);
    try {
      for (const row of await source.loadRows(numbers)) if (!store.put(row)) waiting.add(row.no);
    } catch (error) {
      for (const no of numbers) waiting.add(no);
      throw error;
    }
  }

  async function loadAll(): Promise<void> {
    timer = undefined;
    const numbers = [...waiting];
    for (let start = 0; start < numbers.length; start += chunkRows) await loadChunk(numbers.slice(start, start + chunkRows));
  }

  return {
    add: (no) => void waiting.add(no),
    soon() {
      timer ??= setTimeout(() => void loadAll().catch(() => undefined), gatherMs).unref();
    },
    now: loadAll,
  };
}
