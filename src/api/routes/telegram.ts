import { createHash, timingSafeEqual } from 'node:crypto';
import Router from '@koa/router';
import getRawBody from 'raw-body';
import { z } from 'zod';

export interface TelegramRouteDeps {
  /** The secret given to `setWebhook`; without one the route refuses everything. */
  readonly secret: string | undefined;
  /** Stores an update; committed when it returns. */
  readonly store: (update: { readonly update_id: number }) => Promise<void>;
}

const longestBody = 256 * 1024;
const update = z.looseObject({ update_id: z.int() });

function sameSecret(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

/** `POST /telegram`: updates of the bot (Bot API, setWebhook), stored before they are answered. */
export function telegramRoutes(deps: TelegramRouteDeps): Router {
  const router = new Router();
  router.post('/telegram', async (ctx) => {
    const given = ctx.get('x-telegram-bot-api-secret-token');
    if (deps.secret === undefined || given === '' || !sameSecret(given, deps.secret)) {
      ctx.status = 401;
      return;
    }
    const body = await getRawBody(ctx.req, { limit: longestBody }).catch(() => undefined);
    if (body === undefined) {
      ctx.status = 413;
      return;
    }
    const parsed = update.safeParse(parse(body.toString('utf8')));
    if (!parsed.success) {
      ctx.status = 400;
      return;
    }
    await deps.store(parsed.data);
    ctx.status = 200;
    ctx.body = '';
  });
  return router;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
