import { createHash } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import { toString as toSvg } from 'qrcode';
import type { Clock } from '../../clock';
import { languageOf, type Language } from '../../domain/language';
import { apps } from '../openPage/apps';
import { renderMissingPage, renderOpenPage, renderPreviewPage, style } from '../openPage/page';

export interface OpenRecord {
  readonly language: Language;
  readonly shop: string;
  readonly timeZone: string;
  readonly endsAt: Date | undefined;
  readonly feedUrl: string;
}

export interface OpenDeps {
  readonly loadRecord: (token: string) => Promise<OpenRecord | undefined>;
  readonly clock: Clock;
}

const tokenShape = /^[\w-]{16,64}$/;
const previewBots = /bot|facebookexternalhit|whatsapp|preview|slack|vkshare|skype|crawler|spider/i;
const dayMs = 86_400_000;
const styleDigest = createHash('sha256').update(style).digest('base64');
const policy = `default-src 'none'; style-src 'sha256-${styleDigest}'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

function protect(ctx: Context): void {
  ctx.set({
    'cache-control': 'no-store',
    'content-security-policy': policy,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex, nofollow',
  });
  ctx.type = 'html';
}

/** `GET /open/<app>/<token>`: the page that brings the subscription into an app. An unknown app gets the choice of all. */
export function openRoutes(deps: OpenDeps): Router {
  const router = new Router();
  router.get('/open/:app/:token', async (ctx) => {
    protect(ctx);
    const wanted = languageOf(ctx.acceptsLanguages()[0]);
    if (previewBots.test(ctx.get('user-agent'))) {
      ctx.body = renderPreviewPage(wanted);
      return;
    }
    const token = ctx['params']['token'] ?? '';
    const record = tokenShape.test(token) ? await deps.loadRecord(token) : undefined;
    if (record === undefined) {
      ctx.status = 404;
      ctx.body = renderMissingPage(wanted);
      return;
    }
    const left = record.endsAt === undefined ? 0 : Math.ceil((record.endsAt.getTime() - deps.clock.now().getTime()) / dayMs);
    ctx.body = renderOpenPage({
      ...record,
      daysLeft: left,
      qrSvg: await toSvg(record.feedUrl, { type: 'svg', margin: 0 }),
      chosen: apps.find((app) => app.id === ctx['params']['app']),
    });
  });
  return router;
}
