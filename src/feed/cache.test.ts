import { describe, expect, it } from '@jest/globals';
import type { FeedRow } from '../domain/feedRow';
import { fakeSource, feedRow, feedShop, type FakeSource } from '../../test/support/feeds';
import { until } from '../../test/support/until';
import { createFeedCache, defaultFeedPace, settled, type FeedCache, type FeedSource } from './cache';

const token = 'live-token-0000000';
const other = 'other-token-000000';
const pace = { ...defaultFeedPace, patienceMs: 50 };
const never = new AbortController().signal;

/** A promise that the test ends. */
function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

interface Scene {
  readonly source: FakeSource;
  readonly cache: FeedCache;
  readonly clock: { ms: number };
}

async function scene(): Promise<Scene> {
  const source = fakeSource([feedRow(), feedRow({ no: 2, token: other })]);
  const clock = { ms: 1_000 };
  const cache = createFeedCache(source, pace, () => clock.ms);
  await cache.catchUp();
  await cache.warm(never);
  source.calls.length = 0;
  return { source, cache, clock };
}

const away = (): Promise<never> => Promise.reject(new Error('connect ECONNREFUSED'));
const versionOf = (found: { head: { state: { version: number } } } | undefined): number | undefined => found?.head.state.version;

describe('the cache of feeds', () => {
  it('answers from memory once it is warm, and with one query before', async () => {
    const { source, cache } = await scene();
    expect(versionOf(cache.find(token))).toBe(1);
    expect(source.calls).toEqual([]);
    const fresh = fakeSource([feedRow()]);
    const cold = createFeedCache(fresh, pace);
    await cold.catchUp();
    fresh.calls.length = 0;
    expect(cold.find(token)).toBeUndefined();
    expect(versionOf(await cold.load(token))).toBe(1);
    expect(fresh.calls).toEqual(['loadRow']);
    expect(versionOf(cold.find(token))).toBe(1);
  });

  it('asks once for a token that many ask for at once, and remembers none that opens nothing', async () => {
    const { source, cache } = await scene();
    const found = await Promise.all(Array.from({ length: 20 }, () => cache.load('unknown-token-00000')));
    expect(new Set(found)).toEqual(new Set([undefined]));
    expect(source.calls).toEqual(['loadRow']);
    await cache.load('unknown-token-00000');
    expect(source.calls).toEqual(['loadRow', 'loadRow']);
    expect(cache.size().records).toBe(2);
  });

  it('does not serve a record of which a newer version was heard of, and loads it again by itself', async () => {
    const { source, cache } = await scene();
    source.rows = [feedRow({ version: 2, isBanned: true })];
    cache.hear({ kind: 'subscription', no: 1, version: 2 });
    expect(cache.find(token)).toBeUndefined();
    expect((await cache.load(token))?.head.state.isBanned).toBe(true);
    expect(cache.find(other)).toBeDefined();
    source.rows = [feedRow({ version: 3 })];
    cache.hear({ kind: 'subscription', no: 1, version: 3 });
    await until('it was loaded', () => Promise.resolve(versionOf(cache.find(token)) === 3));
    expect(source.calls).toContain('loadRows');
  });

  it.each<[string, keyof FeedSource, (cache: FeedCache) => Promise<unknown>]>([
    ['a request', 'loadRow', (cache) => cache.load('changing-token-000')],
    ['the loading of everything', 'loadLiveRows', (cache) => cache.warm(never)],
  ])('%s that read before a change never puts the old state over the new one', async (_name, call, read) => {
    const source = fakeSource([feedRow({ token: 'changing-token-000' })]);
    const cache = createFeedCache(source, pace);
    await cache.catchUp();
    const [reached, released] = [gate(), gate()];
    source.before = async (name) => {
      if (name !== call) return;
      source.before = () => Promise.resolve();
      reached.open();
      await released.passed;
    };
    const reading = read(cache);
    await reached.passed;
    source.rows = [feedRow({ token: 'changing-token-000', version: 2, isRevoked: true })];
    cache.hear({ kind: 'subscription', no: 1, version: 2 });
    released.open();
    await reading;
    const found = cache.find('changing-token-000') ?? (await cache.load('changing-token-000'));
    expect([versionOf(found), found?.head.state.isRevoked]).toEqual([2, true]);
  });

  it('knows a replaced token no more, and its successor at once', async () => {
    const { source, cache } = await scene();
    source.rows = [feedRow({ version: 2, token: 'replaced-token-000' })];
    cache.hear({ kind: 'subscription', no: 1, version: 2 });
    expect(await cache.load(token)).toBeUndefined();
    expect(cache.knows(token)).toBe(false);
    expect(versionOf(await cache.load('replaced-token-000'))).toBe(2);
    expect(cache.size().records).toBe(2);
  });

  it('follows a change of the shop without loading any record', async () => {
    const { source, cache } = await scene();
    source.shop = { ...feedShop({ name: 'New' }), version: 2 };
    cache.hear({ kind: 'shop', version: 2 });
    const found = cache.find(token) ?? (await cache.load(token));
    expect(found?.shop.settings.name).toBe('New');
    await until('the shop is known', () => Promise.resolve(cache.find(other)?.shop.version === 2));
  });

  it('learns by catching up what no news told, and usage', async () => {
    const { source, cache } = await scene();
    source.rows = [feedRow({ version: 2, isPaused: true })];
    source.changed = [1];
    source.usage = [{ no: 2, usedBytes: 77 }];
    await cache.catchUp();
    expect(cache.find(token)?.head.state.isPaused).toBe(true);
    expect(cache.find(other)?.head.state.usedBytes).toBe(77);
  });

  it('asks Postgres for each feed where it has not caught up for a minute', async () => {
    const { source, cache, clock } = await scene();
    clock.ms += 60_001;
    expect(cache.find(token)).toBeUndefined();
    source.rows = [feedRow({ version: 2 })];
    expect(versionOf(await cache.load(token))).toBe(2);
    await cache.catchUp();
    expect(cache.find(other)).toBeDefined();
  });

  it('serves what it knows for a day while Postgres is away, without waiting again and again, and nothing else', async () => {
    const { source, cache, clock } = await scene();
    source.before = away;
    clock.ms += 61_000;
    expect(versionOf(await cache.load(token))).toBe(1);
    expect(versionOf(await cache.load(other))).toBe(1);
    expect(source.calls).toEqual(['loadRow']);
    await expect(cache.load('unknown-token-00000')).rejects.toThrow('ECONNREFUSED');
    await expect(cache.catchUp()).rejects.toThrow('ECONNREFUSED');
    clock.ms += 86_400_000;
    await expect(cache.load(token)).rejects.toThrow('ECONNREFUSED');
  });

  it('serves what it knows when Postgres takes a question and does not answer', async () => {
    const { source, cache, clock } = await scene();
    source.before = () => gate().passed;
    clock.ms += 61_000;
    expect(versionOf(await cache.load(token))).toBe(1);
  });

  it('leaves what it gave as it was, also when that is replaced or forgotten meanwhile', async () => {
    const { source, cache } = await scene();
    const link = (user: string, host: string): { keys: FeedRow['keys'] } => ({
      keys: [{ serverId: 'nl', links: `vless://${user}@${host}:1?type=tcp#n` }],
    });
    source.rows = [feedRow({ version: 2, ...link('first-user', 'first') })];
    cache.hear({ kind: 'subscription', no: 1, version: 2 });
    const loaded = await cache.load(token);
    const found = cache.find(token);
    const kept = found === undefined ? undefined : settled(found);
    source.rows = [feedRow({ version: 3, token: other, ...link('second-user', 'second') })];
    cache.hear({ kind: 'subscription', no: 1, version: 3 });
    await cache.load(token);
    await cache.catchUp();
    expect(cache.knows(token)).toBe(false);
    for (const one of [loaded, kept]) {
      expect(one?.read().texts).toMatchObject({ token });
      expect(one?.read().texts.credentials.list()).toEqual(['first-user']);
      expect(one?.read().head.layout.keys[0]?.links).toContain('@first:');
    }
  });

  it('takes up after an absence what changed meanwhile, also where the news could not be followed', async () => {
    const { source, cache } = await scene();
    source.before = away;
    cache.hear({ kind: 'subscription', no: 1, version: 2 });
    await until('it tried', () => Promise.resolve(source.calls.includes('loadRows')));
    source.before = () => Promise.resolve();
    source.rows = [feedRow({ version: 2 })];
    await cache.catchUp();
    expect(versionOf(cache.find(token))).toBe(2);
  });
});
