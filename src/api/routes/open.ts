import Router from '@koa/router';
import type { Clock } from '../../clock';
import type { FeedRecord } from '../../domain/feedRecord';
import { answerMissing, answerPage, answerPreview, isFromPreviewBot } from '../openPage/answer';

export interface OpenDeps {
  readonly loadRecord: (token: string, now: Date) => Promise<FeedRecord | undefined>;
  readonly clock: Clock;
}

const tokenShape = /^[\w-]{16,64}$/;

/** `GET /open/<app>/<token>`: the page that brings the subscription into an app. An unknown app gets the choice of all. */
export function openRoutes(deps: OpenDeps): Router {
  const router = new Router();
  router.get('/open/:app/:token', async (ctx) => {
    if (isFromPreviewBot(ctx)) {
      answerPreview(ctx);
      return;
    }
    const token = ctx['params']['token'] ?? '';
    const now = deps.clock.now();
    const record = tokenShape.test(token) ? await deps.loadRecord(token, now) : undefined;
    if (record === undefined) answerMissing(ctx);
    else await answerPage(ctx, { record, now, app: ctx['params']['app'] });
  });
  return router;
}
