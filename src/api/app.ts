import type Router from '@koa/router';
import Koa, { type Middleware } from 'koa';
import { handleErrors } from './middleware/errors';

/** The HTTP application: the feed before everything else, then routes in their order, one way to fail. Proxies are believed only where an address decides. */
export function createApp(deps: {
  readonly feed?: Middleware;
  readonly routers: readonly Router[];
  readonly log: { error(fields: object, message: string): void };
}): Koa {
  const app = new Koa({ proxy: false });
  app.silent = true;
  app.use(handleErrors(deps.log));
  if (deps.feed !== undefined) app.use(deps.feed);
  for (const router of deps.routers) app.use(router.routes());
  return app;
}
