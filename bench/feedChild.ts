import { createHash } from 'node:crypto';
import process from 'node:process';
import { outsideTexts } from '../src/bot/texts/texts';
import type { FeedRow, FeedShop } from '../src/domain/feedRow';
import { createFeedCache, defaultFeedPace, type FeedSource } from '../src/feed/cache';
import { connections, feedHandle } from './feed';
import type { GrowthFigures } from './feedGrowth';
import { measureAlone } from './measure';

const servers = 8;
const asked = 20_000;
const endsAt = new Date(Date.now() + 20 * 86_400_000);

function digest(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function tokenOf(no: number): string {
  return digest(`token ${no}`).padEnd(43, 'x');
}

function uuidOf(no: number, server: number): string {
  return digest(`${no} ${server}`).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function rowOf(no: number): FeedRow {
  return {
    no,
    version: 1,
    subscriptionId: `sub_${no}`,
    token: tokenOf(no),
    language: 'ru',
    isBanned: false,
    isPaused: false,
    isRevoked: false,
    isExhausted: false,
    endsAt,
    trafficLimitBytes: 0,
    usedBytes: no,
    deviceLimit: undefined,
    hwids: [],
    keys: Array.from({ length: servers }, (_, server) => ({
      serverId: `s${server}`,
      links: `vless://${uuidOf(no, server)}@s${server}.vpn.example:443?encryption=none&security=reality&type=tcp&flow=xtls-rprx-vision&sni=www.example.com&fp=chrome&pbk=5DzTNqCCU9J51Ik2jSEu8D-XMaFHv9D7z_SUs6AV_TY&sid=6ba85179e30d4fc2#S${server}`,
    })),
  };
}

const shop: FeedShop = {
  version: 1,
  serverIds: Array.from({ length: servers }, (_, server) => `s${server}`),
  settings: { name: 'Bench', publicUrl: 'https://shop.example', currency: 'RUB', timeZone: 'UTC', orderMs: 1, graceMs: 0 },
  texts: outsideTexts({}),
};

/** Subscriptions as Postgres would give them, page by page. */
function sourceOf(count: number): FeedSource {
  return {
    loadRow: () => Promise.resolve(undefined),
    loadRows: () => Promise.resolve([]),
    loadLiveRows: ({ after, limit }) =>
      Promise.resolve(Array.from({ length: Math.min(limit, count - after) }, (_, index) => rowOf(after + index + 1))),
    loadShop: () => Promise.resolve(shop),
    horizon: () => Promise.resolve(new Date()),
    changedFeeds: () => Promise.resolve([]),
    changedUsage: () => Promise.resolve([]),
  };
}

async function measure(count: number): Promise<GrowthFigures> {
  const cache = createFeedCache(sourceOf(count), { ...defaultFeedPace, freshMs: 3_600_000 });
  await cache.catchUp();
  await cache.warm(new AbortController().signal);
  const paths = Array.from({ length: asked }, (_, index) => `/sub/${tokenOf(1 + ((index * 7_919) % count))}`);
  const contestant = { name: `${count} subscriptions`, handle: feedHandle(cache) };
  const load = { connections, requests: asked, paths, headers: [{ 'user-agent': 'Happ/3.1.0' }] };
  const { cpuMicros } = await measureAlone(contestant, load);
  return { subscriptions: count, microsPerRequest: cpuMicros, residentMb: process.memoryUsage.rss() / 1_024 ** 2 };
}

void measure(Number(process.argv[2])).then((figures) => process.send?.(figures, () => process.exit(0)));
