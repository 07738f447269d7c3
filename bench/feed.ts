import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Router from '@koa/router';
import Koa from 'koa';
import { Pool } from 'pg';
import { addressList } from '../src/addresses';
import { createApp } from '../src/api/app';
import { serveFeed } from '../src/api/routes/feed';
import { systemClock } from '../src/clock';
import { connect } from '../src/db/connection';
import { outsideTexts } from '../src/bot/texts/texts';
import { feedQueries } from '../src/db/feed';
import { createFeedCache, defaultFeedPace, type FeedCache } from '../src/feed/cache';
import { createPages } from '../src/feed/pages';
import { compareWith, handlerOf, say, type Contestant } from './measure';

/** As many as a server of a large shop has open at a time. */
export const connections = 256;

const quiet = { error: () => undefined, warn: () => undefined };
const proxies = addressList([]);

async function warmCache(url: string): Promise<FeedCache> {
  const db = connect({ url });
  const cache = createFeedCache(
    feedQueries(db, { endedAfter: () => new Date(0), textsOf: outsideTexts }),
    // Nothing changes here, and nobody catches up.
    { ...defaultFeedPace, freshMs: 3_600_000 },
  );
  await cache.catchUp();
  const started = performance.now();
  await cache.warm(new AbortController().signal);
  await db.destroy();
  const { records, bytes } = cache.size();
  const seconds = (performance.now() - started) / 1_000;
  say(`${records} subscriptions loaded in ${seconds.toFixed(1)} s, ${(bytes / records).toFixed(0)} bytes each outside the heap`);
  return cache;
}

/** The feed over this cache, as a shop serves it. */
export function feedHandle(cache: FeedCache): Contestant['handle'] {
  const feed = serveFeed({
    cache,
    pages: createPages(),
    registerDevice: () => Promise.resolve('registered'),
    clock: systemClock,
    texts: () => outsideTexts({}),
    log: quiet,
    trustedProxies: proxies,
    release: 'bench',
    limits: { perToken: 60_000, misses: 60 },
  });
  return handlerOf(createApp({ feed, routers: [], log: quiet }));
}

interface Sample {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** One answer of ours, for a peer that gives the same bytes. */
async function sampleOf(handle: Contestant['handle'], path: string, asking: Readonly<Record<string, string>>): Promise<Sample> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const reply = await fetch(`http://127.0.0.1:${port}${path}`, { headers: asking });
  const body = Buffer.from(await reply.arrayBuffer());
  server.closeAllConnections();
  server.close();
  const { date: _date, connection: _kind, 'keep-alive': _keep, 'content-length': _length, ...headers } = Object.fromEntries(reply.headers);
  return { headers, body };
}

/** Koa with the same bytes and headers, and 304 to the same tag. */
function bareKoa({ headers, body }: Sample): Contestant {
  const app = new Koa();
  app.use((ctx) => {
    ctx.set(headers);
    if (ctx.get('if-none-match') === headers['etag']) ctx.status = 304;
    else ctx.body = body;
  });
  return { name: 'koa, the same bytes', handle: handlerOf(app) };
}

function withQuery(pool: Pool, { headers }: Sample): Contestant {
  const app = new Koa();
  const router = new Router();
  router.get('/sub/:token', async (ctx) => {
    const result = await pool.query<{ links: string }>({
      name: 'links',
      text: `select string_agg(k.connection_string, E'\\n' order by k.server_id) as links from subscriptions s join vpn_keys k on k.subscription_id = s.id where s.token = $1`,
      values: [ctx['params']['token']],
    });
    ctx.set(headers);
    ctx.body = Buffer.from(Buffer.from(result.rows[0]?.links ?? '').toString('base64'));
  });
  app.use(router.routes());
  return { name: 'koa + router + one named query', handle: handlerOf(app) };
}

export interface FeedFigures {
  readonly hot: number;
  readonly overQuery: number;
  /** Microseconds of CPU over a bare 304. */
  readonly unchangedMicros: number;
  readonly formats: readonly { readonly name: string; readonly hot: number; readonly cold: number }[];
}

const askers = [
  { name: 'Clash', asking: { 'user-agent': 'mihomo/1.19.28' } },
  { name: 'sing-box', asking: { 'user-agent': 'SFA/1.12.4 (412; sing-box 1.12.4)' } },
] as const;

async function compareFormat(
  cache: FeedCache,
  { name, asking }: (typeof askers)[number],
  load: { readonly connections: number; readonly requests: number; readonly paths: readonly string[] },
): Promise<FeedFigures['formats'][number]> {
  const headers = [asking];
  const ours = { name: 'the feed', handle: feedHandle(cache) };
  const body = await sampleOf(ours.handle, load.paths[0] ?? '/', asking);
  const peer = bareKoa(body);
  const hot = await compareWith(`${name} (${body.body.length} bytes), rendered before`, { ours, peer }, () => ({ ...load, headers }));
  // Each round begins with nothing rendered, and asks for each token once.
  let ofRound = ours.handle;
  const fresh: Contestant = { name: 'the feed', handle: (request, response) => ofRound(request, response) };
  const cold = await compareWith(`${name}, each token once, nothing rendered before`, { ours: fresh, peer }, () => {
    ofRound = feedHandle(cache);
    return { ...load, headers };
  });
  return { name, hot: hot.ratio, cold: cold.ratio };
}

/** The feed against koa with the same bytes, with and without a query, for each kind of answer. */
export async function benchFeed(url: string, tokens: readonly string[]): Promise<FeedFigures> {
  const cache = await warmCache(url);
  const pool = new Pool({ connectionString: url, max: 10 });
  const load = { connections, requests: tokens.length, paths: tokens.map((token) => `/sub/${token}`) };
  const asking = { 'user-agent': 'Happ/3.1.0' };
  const ours: Contestant = { name: 'the feed', handle: feedHandle(cache) };
  const links = await sampleOf(ours.handle, load.paths[0] ?? '/', asking);
  const peer = bareKoa(links);
  const title = `base64 (${links.body.length} bytes)`;
  const hot = await compareWith(`${title}, from memory`, { ours, peer }, () => ({ ...load, headers: [asking] }));
  const overQuery = await compareWith(`${title}, against a query`, { ours, peer: withQuery(pool, links) }, () => ({
    ...load,
    headers: [asking],
  }));
  const unchangedHeaders = { ...asking, 'if-none-match': links.headers['etag'] ?? '' };
  const unchanged = await compareWith('304 to the tag it gave', { ours, peer }, () => ({
    ...load,
    headers: [unchangedHeaders],
    status: 304,
  }));
  await pool.end();
  const formats = [];
  for (const asker of askers) formats.push(await compareFormat(cache, asker, load));
  return { hot: hot.ratio, overQuery: overQuery.ratio, unchangedMicros: unchanged.moreMicros, formats };
}
