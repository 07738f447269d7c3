import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addressList } from '../../src/addresses';
import { createApp } from '../../src/api/app';
import { serveFeed, usualLimits, type FeedDeps } from '../../src/api/routes/feed';
import { usualFeed } from '../../src/domain/app';
import { outsideTexts } from '../../src/bot/texts/texts';
import type { FeedRow, FeedShop } from '../../src/domain/feedRow';
import { createFeedCache, type FeedCache, type FeedPace, type FeedSource } from '../../src/feed/cache';
import { createPages } from '../../src/feed/pages';

export const dayMs = 86_400_000;

/** A shop of one server, `nl`. */
export function feedShop(changes: Partial<FeedShop['settings']> & { readonly serverIds?: readonly string[] } = {}): FeedShop {
  const { serverIds = ['nl'], ...settings } = changes;
  return {
    version: 1,
    serverIds,
    texts: outsideTexts(settings),
    settings: {
      name: 'Ласточка VPN',
      publicUrl: 'https://shop.example',
      currency: 'RUB',
      timeZone: 'UTC',
      supportUrl: 'https://t.me/help',
      orderMs: dayMs,
      graceMs: 0,
      feed: usualFeed,
      ...settings,
    },
  };
}

/** A live subscription with one key. */
export function feedRow(changes: Partial<FeedRow> = {}): FeedRow {
  return {
    no: 1,
    version: 1,
    subscriptionId: 'sub_1',
    token: 'live-token-0000000',
    language: 'ru',
    isBanned: false,
    isPaused: false,
    isRevoked: false,
    isExhausted: false,
    endsAt: new Date('2027-01-02T03:04:05Z'),
    trafficLimitBytes: 0,
    usedBytes: 0,
    deviceLimit: undefined,
    hwids: [],
    keys: [{ serverId: 'nl', links: 'vless://a@h:1?encryption=none&security=none&type=tcp#1' }],
    ...changes,
  };
}

/** Facts that a test changes, in place of Postgres; every call can be made to fail or wait. */
export interface FakeSource extends FeedSource {
  rows: readonly FeedRow[];
  shop: FeedShop | undefined;
  /** Runs before each answer. */
  before: (call: keyof FeedSource) => Promise<void>;
  readonly calls: (keyof FeedSource)[];
  changed: readonly number[];
  usage: readonly { readonly no: number; readonly usedBytes: number }[];
}

/** Makes a source of these rows. Rows are read when the call is made, as a query sees its snapshot. */
export function fakeSource(rows: readonly FeedRow[], shop: FeedShop | undefined = feedShop()): FakeSource {
  const answer = async <T>(call: keyof FeedSource, read: () => T): Promise<T> => {
    source.calls.push(call);
    const found = read();
    await source.before(call);
    return found;
  };
  const source: FakeSource = {
    rows,
    shop,
    before: () => Promise.resolve(),
    calls: [],
    changed: [],
    usage: [],
    loadRow: (token) => answer('loadRow', () => source.rows.find((row) => row.token === token)),
    loadRows: (numbers) => answer('loadRows', () => source.rows.filter((row) => numbers.includes(row.no))),
    loadLiveRows: ({ after, limit }) => answer('loadLiveRows', () => source.rows.filter((row) => row.no > after).slice(0, limit)),
    loadShop: () => answer('loadShop', () => source.shop),
    horizon: () => answer('horizon', () => new Date(0)),
    changedFeeds: () => answer('changedFeeds', () => source.changed),
    changedUsage: () => answer('changedUsage', () => source.usage),
  };
  return source;
}

/** A cache of these rows that has caught up. */
export async function cacheOf(source: FeedSource, pace?: FeedPace, now?: () => number): Promise<FeedCache> {
  const cache = createFeedCache(source, pace, now);
  await cache.catchUp();
  return cache;
}

export interface FeedServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves feeds over HTTP on loopback. */
export async function serve(cache: FeedCache, changes: Partial<FeedDeps> = {}): Promise<FeedServer> {
  const feed = serveFeed({
    cache,
    pages: createPages(),
    clock: { now: () => new Date('2026-12-01T00:00:00Z') },
    texts: () => outsideTexts({}),
    registerDevice: () => Promise.resolve('registered'),
    log: { warn: () => undefined },
    trustedProxies: addressList([]),
    release: 'test',
    limits: usualLimits,
    ...changes,
  });
  const handle = createApp({ feed, routers: [], log: { error: () => undefined } }).callback();
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
