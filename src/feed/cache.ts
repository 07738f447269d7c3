import type { FeedRow, FeedShop } from '../domain/feedRow';
import { createReloading, createShopMemory, type Reloading, type ShopMemory } from './reloading';
import { credentialsOf } from './store/credentials';
import { createLayouts } from './store/layouts';
import { createRecordStore, type FeedHead, type KeptHead, type RecordStore, type StoredFeed } from './store/recordStore';

/** Where feeds come from. All of it may fail while Postgres is away. */
export interface FeedSource {
  loadRow(token: string): Promise<FeedRow | undefined>;
  loadRows(numbers: readonly number[]): Promise<readonly FeedRow[]>;
  /** A page of the subscriptions that may be live, in the order of numbers. */
  loadLiveRows(page: { readonly after: number; readonly limit: number }): Promise<readonly FeedRow[]>;
  loadShop(): Promise<FeedShop | undefined>;
  /** A moment of which `changed…` can tell everything that becomes visible after this call. */
  horizon(): Promise<Date>;
  changedFeeds(since: Date): Promise<readonly number[]>;
  changedUsage(since: Date): Promise<readonly { readonly no: number; readonly usedBytes: number }[]>;
}

export type FeedNews =
  | { readonly kind: 'subscription'; readonly no: number; readonly version: number }
  | { readonly kind: 'shop'; readonly version: number };

/** A feed as it was found, with what it shares with all others. */
export interface FoundFeed {
  readonly head: FeedHead;
  readonly shop: FeedShop;
  /** All of it; most of the work, and not needed where the head is enough. What `find` gave is read at once or never: memory goes on. */
  read(): StoredFeed;
}

/** The same, read: it stays as it is. */
export function settled(found: FoundFeed): FoundFeed {
  const { head, texts } = found.read();
  const stored = { head, texts: { ...texts, credentials: texts.credentials.settled() } };
  return { head, shop: found.shop, read: () => stored };
}

/** Durations in milliseconds. */
export interface FeedPace {
  /** Oldest that memory may be while Postgres answers. */
  readonly freshMs: number;
  /** Oldest that memory may be at all. */
  readonly staleMs: number;
  /** Longest wait for Postgres where memory has an answer. */
  readonly patienceMs: number;
  /** Pause before Postgres is asked again after it failed, where memory has an answer. */
  readonly restMs: number;
  /** Pause between two times of catching up. */
  readonly catchUpMs: number;
  /** Pause before the next try after Postgres failed. */
  readonly retryMs: number;
}

export const defaultFeedPace: FeedPace = {
  freshMs: 60_000,
  staleMs: 86_400_000,
  patienceMs: 1_000,
  restMs: 1_000,
  catchUpMs: 20_000,
  retryMs: 1_000,
};

/**
 * Feeds of live subscriptions in memory, kept true by news of changes and by catching up. What is asked for and not known, or not known to be
 * true, costs one query; while Postgres is away, what is known is served.
 */
export interface FeedCache {
  /** A feed from memory alone; undefined where Postgres has to be asked. */
  find(token: string): FoundFeed | undefined;
  /** A feed, with Postgres asked where memory is not enough; undefined for a token that opens nothing. Rejects only where neither knows. */
  load(token: string): Promise<FoundFeed | undefined>;
  /** What all feeds have in common, as it was loaded last. */
  shop(): FeedShop | undefined;
  /** Whether memory has this token. */
  knows(token: string): boolean;
  /** Takes a change that Postgres told. */
  hear(news: FeedNews): void;
  /** Learns whatever changed since the last time; afterwards memory counts as fresh again. */
  catchUp(): Promise<void>;
  /** Loads every subscription that may be live, page by page. */
  warm(until: AbortSignal): Promise<void>;
  size(): { readonly records: number; readonly layouts: number; readonly bytes: number };
}

const pageRows = 2_000;
/** A row that is older than what was heard of is asked for again; the news came after its commit, so the next answer has it. */
const mostTries = 3;

function timeOut(ms: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new RangeError('Postgres did not answer in time')), ms).unref();
  });
}

interface Memory {
  readonly store: RecordStore;
  readonly shop: ShopMemory;
  readonly changed: Reloading;
}

/** A class, since to make a function for every answer is half of what finding it costs. */
class KeptFeed implements FoundFeed {
  readonly #store: RecordStore;
  readonly head: KeptHead;
  readonly shop: FeedShop;

  constructor(store: RecordStore, head: KeptHead, shop: FeedShop) {
    this.#store = store;
    this.head = head;
    this.shop = shop;
  }

  read(): StoredFeed {
    return { head: this.head, texts: this.#store.textsOf(this.head) };
  }
}

/** The row as it is kept; undefined for one that is older than what was heard of. */
function takeRow(store: RecordStore, row: FeedRow, shop: FeedShop): FoundFeed | undefined {
  if (!store.put(row)) return undefined;
  const kept = store.find(row.token);
  if (kept !== undefined) return settled(new KeptFeed(store, kept, shop));
  // Too large to be kept: read as if it were.
  const { layout, credentials } = createLayouts().split(row.keys);
  const head = { state: { ...row, layoutId: layout.id }, layout };
  return { head, shop, read: () => ({ head, texts: { ...row, credentials: credentialsOf(credentials) } }) };
}

async function ask(source: FeedSource, { store, shop }: Memory, token: string): Promise<FoundFeed | undefined> {
  const known = shop.current() ?? (await shop.load());
  if (known === undefined) return undefined;
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const row = await source.loadRow(token);
    if (row === undefined) {
      const kept = store.find(token);
      if (kept !== undefined) store.forget(kept.state.no);
      return undefined;
    }
    const found = takeRow(store, row, known);
    if (found !== undefined) return found;
  }
  throw new RangeError('Postgres answers with older rows than it told of');
}

/** Asks for each token once at a time, however many want to know. */
function askingOnce(source: FeedSource, memory: Memory): (token: string) => Promise<FoundFeed | undefined> {
  const under = new Map<string, Promise<FoundFeed | undefined>>();
  return (token) => {
    const known = under.get(token);
    if (known !== undefined) return known;
    const asked = ask(source, memory, token).finally(() => under.delete(token));
    under.set(token, asked);
    return asked;
  };
}

async function warm(source: FeedSource, { store, changed }: Memory, until: AbortSignal): Promise<void> {
  let after = 0;
  for (;;) {
    const rows = await source.loadLiveRows({ after, limit: pageRows });
    for (const row of rows) if (!store.put(row)) changed.add(row.no);
    const last = rows.at(-1);
    if (last === undefined || until.aborted) return;
    after = last.no;
  }
}

/** Makes what catches up with Postgres, each time with what changed since the last. */
function catchingUp(source: FeedSource, { store, shop, changed }: Memory): () => Promise<void> {
  let since: Date | undefined;
  return async () => {
    const horizon = await source.horizon();
    await shop.load();
    if (since !== undefined) {
      for (const no of await source.changedFeeds(since)) changed.add(no);
      for (const { no, usedBytes } of await source.changedUsage(since)) store.setUsage(no, usedBytes);
    }
    await changed.now();
    since = horizon;
  };
}

function hear({ store, shop, changed }: Memory, news: FeedNews): void {
  if (news.kind === 'shop') {
    shop.hear(news.version);
    void shop.load().catch(() => undefined);
    return;
  }
  store.hear(news.no, news.version);
  changed.add(news.no);
  changed.soon();
}

/** Makes an empty cache; `now` counts milliseconds and never goes back. */
export function createFeedCache(source: FeedSource, pace: FeedPace = defaultFeedPace, now = () => performance.now()): FeedCache {
  const store = createRecordStore();
  const memory: Memory = { store, shop: createShopMemory(source), changed: createReloading(source, store) };
  const askOnce = askingOnce(source, memory);
  const catchUp = catchingUp(source, memory);
  let trueAt = now();
  let isCaughtUp = false;
  let restsUntil = 0;

  function remembered(token: string): FoundFeed | undefined {
    const kept = store.find(token);
    const shop = memory.shop.latest();
    return kept === undefined || shop === undefined || now() - trueAt > pace.staleMs ? undefined : settled(new KeptFeed(store, kept, shop));
  }

  return {
    find(token) {
      const shop = memory.shop.current();
      if (shop === undefined || !isCaughtUp || now() - trueAt > pace.freshMs) return undefined;
      const kept = store.find(token);
      return kept === undefined || !store.isCurrent(kept) ? undefined : new KeptFeed(store, kept, shop);
    },
    async load(token) {
      const known = remembered(token);
      if (known === undefined) return askOnce(token);
      if (now() < restsUntil) return known;
      try {
        return await Promise.race([askOnce(token), timeOut(pace.patienceMs)]);
      } catch {
        restsUntil = now() + pace.restMs;
        return known;
      }
    },
    shop: () => memory.shop.latest(),
    knows: (token) => store.find(token) !== undefined,
    hear: (news) => hear(memory, news),
    async catchUp() {
      const startedAt = now();
      await catchUp();
      trueAt = startedAt;
      isCaughtUp = true;
    },
    warm: (until) => warm(source, memory, until),
    size: () => store.size(),
  };
}
