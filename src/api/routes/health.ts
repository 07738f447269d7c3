import Router from '@koa/router';

/** `GET /health/live` and `/health/ready`: running, and able to take a webhook (Postgres answers). */
export function healthRoutes(deps: { readonly ready: () => Promise<boolean> }): Router {
  const router = new Router();
  router.get('/health/live', (ctx) => {
    ctx.body = 'ok';
  });
  router.get('/health/ready', async (ctx) => {
    const ready = await deps.ready();
    ctx.status = ready ? 200 : 503;
    ctx.body = ready ? 'ok' : 'Postgres does not answer';
  });
  return router;
}
