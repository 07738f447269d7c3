import Router from '@koa/router';
import type { Clock } from '../../clock';
import type { FeedRecord } from '../../domain/feedRecord';
import type { FeedCache } from '../../feed/cache';
import { feedStatus, recordOf } from '../../feed/record';
import { answerMissing, answerPage, answerPreview, isFromPreviewBot } from '../openPage/answer';

export interface OpenDeps {
  readonly cache: Pick<FeedCache, 'find' | 'load'>;
  readonly clock: Clock;
  /** What is said where no subscription is known. */
  readonly texts: () => FeedRecord['texts'];
}

const tokenShape = /^[\w-]{16,64}$/;

/** `GET /open/<app>/<token>`: the page that brings the subscription into an app. An unknown app gets the choice of all. */
export function openRoutes(deps: OpenDeps): Router {
  const router = new Router();
  router.get('/open/:app/:token', async (ctx) => {
    if (isFromPreviewBot(ctx)) {
      answerPreview(ctx, deps.texts());
      return;
    }
    const token = ctx['params']['token'] ?? '';
    const found = tokenShape.test(token) ? (deps.cache.find(token) ?? (await deps.cache.load(token))) : undefined;
    if (found === undefined) {
      answerMissing(ctx, deps.texts());
      return;
    }
    const { head, shop } = found;
    const stored = found.read();
    const now = deps.clock.now();
    const record = recordOf(stored, shop, { status: feedStatus(head, shop, now), credentials: stored.texts.credentials.list() });
    await answerPage(ctx, { record, now, app: ctx['params']['app'] });
  });
  return router;
}
