import { createHash } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import type { Clock } from '../../clock';
import { usualFeed, type App } from '../../domain/app';
import type { Device } from '../../domain/device';
import type { FeedRecord } from '../../domain/feedRecord';
import { detectApp, formatNamed, type Asking } from '../../feed/app';
import { renderFeed, type RenderedFeed } from '../../feed/render';
import { deviceOf } from './device';
import { answerMissing, answerPage, answerPreview, isFromPreviewBot } from '../openPage/answer';

export interface FeedDeps {
  readonly loadRecord: (token: string, now: Date) => Promise<FeedRecord | undefined>;
  /** Counts a new device against the limit of its subscription; the only write that a download can cause. */
  readonly registerDevice: (subscriptionId: string, device: Device) => Promise<'registered' | 'full'>;
  readonly clock: Clock;
  readonly log: { warn(fields: object, message: string): void };
}

const tokenShape = /^[\w-]{16,64}$/;

/** One answer for every token that opens nothing, whatever the reason; people get it as a page. */
function answerUnknown(ctx: Context, app: App): void {
  if (app.format === 'html' && !isFromPreviewBot(ctx)) {
    answerMissing(ctx);
    return;
  }
  ctx.status = 404;
  ctx.type = 'text/plain';
  ctx.body = 'Not found';
}

function protect(ctx: Context): void {
  ctx.set({
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex, nofollow',
    vary: 'User-Agent, Accept',
  });
}

function entityTag({ body, headers }: RenderedFeed): string {
  return `"${createHash('sha256')
    .update(JSON.stringify([body, headers]))
    .digest('base64url')
    .slice(0, 27)}"`;
}

/** The format asked for: the end of the path, else `?format=`. */
function askedFormat(ctx: Context): string | undefined {
  const inPath: string | undefined = ctx['params']['format'];
  const inQuery = ctx.query['format'];
  return inPath ?? (typeof inQuery === 'string' ? inQuery : undefined);
}

function askingOf(ctx: Context): Asking {
  return { userAgent: ctx.get('user-agent'), accept: ctx.get('accept'), format: askedFormat(ctx) };
}

async function answerBrowser(ctx: Context, record: FeedRecord, now: Date): Promise<void> {
  if (isFromPreviewBot(ctx)) answerPreview(ctx);
  else await answerPage(ctx, { record, now });
}

/** The record as this device gets it: a device that is known costs nothing, a new one its registration. While it cannot be registered, it is served. */
async function admitted(deps: FeedDeps, ctx: Context, record: FeedRecord): Promise<FeedRecord> {
  const device = deviceOf(ctx);
  const { devices, status } = record;
  if (device === undefined || devices === undefined || status !== 'live' || devices.known.includes(device.hwid)) return record;
  try {
    const verdict = await deps.registerDevice(devices.subscriptionId, device);
    return verdict === 'full' ? { ...record, status: 'device_limit' } : record;
  } catch (error) {
    deps.log.warn({ err: error }, 'a device could not be registered');
    return record;
  }
}

/** `GET|HEAD /sub/<token>` and `/sub/<token>/<format>`: what VPN apps download. One query, no call to anything else; a new device of a limited subscription is registered. */
export function feedRoutes(deps: FeedDeps): Router {
  const router = new Router();
  router.get(['/sub/:token', '/sub/:token/:format'], async (ctx) => {
    protect(ctx);
    const token = ctx['params']['token'] ?? '';
    const ending: string | undefined = ctx['params']['format'];
    const isKnownPath = ending === undefined || formatNamed(ending) !== undefined;
    const now = deps.clock.now();
    const record = isKnownPath && tokenShape.test(token) ? await deps.loadRecord(token, now) : undefined;
    const app = detectApp(askingOf(ctx), record?.settings ?? usualFeed);
    if (record === undefined) {
      answerUnknown(ctx, app);
      return;
    }
    if (app.format === 'html') {
      await answerBrowser(ctx, record, now);
      return;
    }
    const feed = renderFeed(await admitted(deps, ctx, record), app);
    ctx.status = 200;
    ctx.set({ ...feed.headers, etag: entityTag(feed) });
    if (ctx.fresh) ctx.status = 304;
    else ctx.body = feed.body;
  });
  return router;
}
