import { createHash } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import { clientAddress, householdOf, type AddressList } from '../../addresses';
import type { Clock } from '../../clock';
import type { App } from '../../domain/app';
import type { Device } from '../../domain/device';
import type { FeedRecord, FeedStatus } from '../../domain/feedRecord';
import { formatNamed } from '../../feed/app';
import { createAppDetector, type KnownApp } from '../../feed/asking';
import { settled, type FeedCache, type FoundFeed } from '../../feed/cache';
import type { Pages } from '../../feed/pages';
import { feedStatus, recordOf } from '../../feed/record';
import { renderFeed } from '../../feed/render';
import { createNumberCounter, createTextCounter, type Counter } from '../middleware/counter';
import { answerMissing, answerPage, answerPreview, isFromPreviewBot } from '../openPage/answer';
import { deviceOf } from './device';
import { answerFeed, answerNothing, answerTooOften, answerUnchanged, bodyTag, entityTag, hasAlready } from './feedReply';

export interface FeedDeps {
  readonly cache: Pick<FeedCache, 'find' | 'load' | 'knows'>;
  readonly pages: Pages;
  /** Counts a new device against the limit of its subscription; the only write that a download can cause. */
  readonly registerDevice: (subscriptionId: string, device: Device) => Promise<'registered' | 'full'>;
  readonly clock: Clock;
  /** What is said where no subscription is known. */
  readonly texts: () => FeedRecord['texts'];
  readonly log: { warn(fields: object, message: string): void };
  readonly trustedProxies: AddressList;
  /** Version of the program: another one may write the same feed in another way. */
  readonly release: string;
  readonly limits: FeedLimits;
}

/** Requests a minute that no honest app makes. */
export interface FeedLimits {
  /** Of one token. */
  readonly perToken: number;
  /** For tokens that open nothing, from one household. */
  readonly misses: number;
}

export const usualLimits: FeedLimits = { perToken: 120, misses: 60 };

interface Parts {
  readonly deps: FeedDeps;
  readonly detect: ReturnType<typeof createAppDetector>;
  readonly perToken: Counter<number>;
  readonly misses: Counter<string>;
}

/** What a path under `/sub/` names. */
interface Wanted {
  /** Empty where there can be no such token. */
  readonly token: string;
  readonly format: string | undefined;
}

const root = '/sub/';
const tokenShape = /^[\w-]{16,64}$/;

function readToken(path: string): { readonly token: string; readonly ending: string } {
  const slash = path.indexOf('/');
  const token = slash === -1 ? path : path.slice(0, slash);
  const ending = slash === -1 ? '' : path.slice(slash + 1);
  const isPath = tokenShape.test(token) && (ending === '' || formatNamed(ending) !== undefined);
  return { token: isPath ? token : '', ending };
}

/** Reads the path and `?format=`; undefined for what is no feed. The end of the path is the stronger of the two. */
function readWanted({ method, url = '' }: Context['req']): Wanted | undefined {
  if (!url.startsWith(root) || (method !== 'GET' && method !== 'HEAD')) return undefined;
  const query = url.indexOf('?');
  const { token, ending } = readToken(url.slice(root.length, query === -1 ? undefined : query));
  if (ending !== '' || query === -1) return { token, format: ending === '' ? undefined : ending };
  return { token, format: new URLSearchParams(url.slice(query)).get('format') ?? undefined };
}

function addressOf({ deps }: Parts, { req }: Context): string {
  const forwarded = req.headers['x-forwarded-for'];
  const header = typeof forwarded === 'string' ? forwarded : undefined;
  return householdOf(clientAddress(req.socket.remoteAddress ?? '', header, deps.trustedProxies));
}

function askingApp(
  { detect }: Parts,
  { req }: Context,
  seen: { readonly wanted: Wanted; readonly found: FoundFeed | undefined },
): KnownApp {
  const { 'user-agent': userAgent, accept } = req.headers;
  return detect({ userAgent, accept, format: seen.wanted.format }, seen.found?.shop);
}

function answerUnknown(parts: Parts, ctx: Context, wanted: Wanted): void {
  const { app } = askingApp(parts, ctx, { wanted, found: undefined });
  if (app.format === 'html' && !isFromPreviewBot(ctx)) answerMissing(ctx, parts.deps.texts());
  else answerNothing(ctx);
}

/** Status of a feed with a limit of devices, for the device that asks: one that is known costs nothing, a new one its registration. While it cannot be registered, it is served. */
async function admit({ deps }: Parts, ctx: Context, found: FoundFeed): Promise<FeedStatus> {
  const device = deviceOf(ctx);
  if (device === undefined) return found.shop.settings.feed?.requireDevice === true ? 'device_unknown' : 'live';
  const { hwids, subscriptionId } = found.read().texts;
  if (hwids.includes(device.hwid)) return 'live';
  try {
    return (await deps.registerDevice(subscriptionId, device)) === 'full' ? 'device_limit' : 'live';
  } catch (error) {
    deps.log.warn({ err: error }, 'a device could not be registered');
    return 'live';
  }
}

async function answerBrowser({ deps }: Parts, ctx: Context, found: FoundFeed): Promise<void> {
  if (isFromPreviewBot(ctx)) {
    answerPreview(ctx, found.shop.texts);
    return;
  }
  const now = deps.clock.now();
  const stored = found.read();
  const status = feedStatus(found.head, found.shop, now);
  await answerPage(ctx, { record: recordOf(stored, found.shop, { status, credentials: stored.texts.credentials.list() }), now });
}

function answerInfo(ctx: Context, found: FoundFeed, as: { readonly status: FeedStatus; readonly app: App }): void {
  const stored = found.read();
  const { body, headers } = renderFeed(
    recordOf(stored, found.shop, { status: as.status, credentials: stored.texts.credentials.list() }),
    as.app,
  );
  const tag = bodyTag(body);
  if (hasAlready(ctx, tag)) answerUnchanged(ctx, tag, found);
  else answerFeed(ctx, tag, { body: Buffer.from(body, 'utf8').toString('latin1'), headers: Object.entries(headers).flat() });
}

function answerApp(
  parts: Parts,
  ctx: Context,
  seen: { readonly found: FoundFeed; readonly asking: KnownApp; readonly status: FeedStatus },
): void {
  const { found, status, asking } = seen;
  const { app, tag: appTag } = asking;
  if (app.format === 'info') {
    answerInfo(ctx, found, { status, app });
    return;
  }
  const tag = entityTag(found, status, appTag);
  if (hasAlready(ctx, tag)) answerUnchanged(ctx, tag, found);
  else answerFeed(ctx, tag, parts.deps.pages.render(found.read(), found.shop, { status, app }));
}

/** Answers a token that opens something; at once, unless it is a person or a device to be counted. */
function answerFound(parts: Parts, ctx: Context, seen: { readonly wanted: Wanted; readonly found: FoundFeed }): void | Promise<void> {
  const { found } = seen;
  if (parts.perToken.count(found.head.state.no)) {
    answerTooOften(ctx, parts.perToken.secondsLeft());
    return;
  }
  const asking = askingApp(parts, ctx, seen);
  if (asking.app.format === 'html') return answerBrowser(parts, ctx, found);
  const status = feedStatus(found.head, found.shop, parts.deps.clock.now());
  if (status !== 'live' || found.head.state.deviceLimit === undefined) {
    answerApp(parts, ctx, { found, asking, status });
    return;
  }
  const kept = settled(found);
  return admit(parts, ctx, kept).then((admitted) => answerApp(parts, ctx, { found: kept, asking, status: admitted }));
}

/** Answers a token of which memory is not sure. */
async function askAndAnswer(parts: Parts, ctx: Context, wanted: Wanted): Promise<void> {
  const { cache } = parts.deps;
  const address = addressOf(parts, ctx);
  if (!cache.knows(wanted.token) && parts.misses.isOver(address)) {
    answerTooOften(ctx, parts.misses.secondsLeft());
    return;
  }
  const found = await cache.load(wanted.token);
  if (found !== undefined) {
    await answerFound(parts, ctx, { wanted, found });
    return;
  }
  parts.misses.count(address);
  answerUnknown(parts, ctx, wanted);
}

function answer(parts: Parts, ctx: Context, wanted: Wanted): void | Promise<void> {
  if (wanted.token === '') {
    answerUnknown(parts, ctx, wanted);
    return;
  }
  const found = parts.deps.cache.find(wanted.token);
  return found === undefined ? askAndAnswer(parts, ctx, wanted) : answerFound(parts, ctx, { wanted, found });
}

/**
 * `GET|HEAD /sub/<token>` and `/sub/<token>/<format>`: what VPN apps download, and the page for people. From memory, or with one query; no call
 * to anything else. A new device of a limited subscription is registered.
 */
export function serveFeed(deps: FeedDeps): Middleware {
  const tagOf = ({ family, format, version }: App): string =>
    createHash('sha256')
      .update(JSON.stringify([deps.release, family, format, version]))
      .digest('base64url')
      .slice(0, 8);
  const parts: Parts = {
    deps,
    detect: createAppDetector(tagOf),
    perToken: createNumberCounter(deps.limits.perToken),
    misses: createTextCounter(deps.limits.misses),
  };
  return (ctx, next) => {
    const wanted = readWanted(ctx.req);
    return wanted === undefined ? next() : answer(parts, ctx, wanted);
  };
}
