import { createHash } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import type { Clock } from '../../clock';
import type { FeedRecord } from '../../domain/feedRecord';
import { detectApp, formatNamed } from '../../feed/app';
import { renderFeed, type RenderedFeed } from '../../feed/render';

export interface FeedDeps {
  readonly loadRecord: (token: string, now: Date) => Promise<FeedRecord | undefined>;
  readonly clock: Clock;
}

const tokenShape = /^[\w-]{16,64}$/;

/** One answer for every token that opens nothing, whatever the reason. */
function answerUnknown(ctx: Context): void {
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

/** `GET|HEAD /sub/<token>` and `/sub/<token>/<format>`: what VPN apps download. One query, no call to anything else. */
export function feedRoutes(deps: FeedDeps): Router {
  const router = new Router();
  router.get(['/sub/:token', '/sub/:token/:format'], async (ctx) => {
    protect(ctx);
    const token = ctx['params']['token'] ?? '';
    const ending: string | undefined = ctx['params']['format'];
    const isKnownPath = ending === undefined || formatNamed(ending) !== undefined;
    const record = isKnownPath && tokenShape.test(token) ? await deps.loadRecord(token, deps.clock.now()) : undefined;
    if (record === undefined) {
      answerUnknown(ctx);
      return;
    }
    const asking = { userAgent: ctx.get('user-agent'), accept: ctx.get('accept'), format: askedFormat(ctx) };
    const app = detectApp(asking, record.settings);
    if (app.format === 'html') {
      ctx.redirect(record.webPageUrl);
      return;
    }
    const feed = renderFeed(record, app);
    ctx.status = 200;
    ctx.set({ ...feed.headers, etag: entityTag(feed) });
    if (ctx.fresh) ctx.status = 304;
    else ctx.body = feed.body;
  });
  return router;
}
