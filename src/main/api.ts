import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type Router from '@koa/router';
import type { Middleware } from 'koa';
import type { Update } from 'telegraf/types';
import { z } from 'zod';
import { createApp } from '../api/app';
import { healthRoutes } from '../api/routes/health';
import { openRoutes } from '../api/routes/open';
import { paymentWebhookRoutes } from '../api/routes/paymentWebhooks';
import { telegramRoutes } from '../api/routes/telegram';
import { addressList } from '../addresses';
import { serveFeed } from '../api/routes/feed';
import { outsideTexts } from '../bot/texts/texts';
import { registerDevice } from '../db/devices';
import { storeUpdates } from '../db/telegramUpdates';
import type { FeedShop } from '../domain/feedRow';
import type { FeedCache } from '../feed/cache';
import { createPages } from '../feed/pages';
import { ShopError } from '../errors';
import { runRelay } from '../inbox/relay';
import { toNewUpdate } from '../telegram/poller';
import type { Foundation } from './foundation';
import { projectRoot } from './embedded/keeper';
import { startFeed } from './feed';
import { webhookDeps } from './webhooks';

/** A part of the shop that runs until it is stopped. */
export interface Running {
  stop(): Promise<void>;
}

const project = z.object({ version: z.string() });

function readRelease(): string {
  return project.parse(JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8'))).version;
}

function textsOf(cache: FeedCache): () => FeedShop['texts'] {
  const usual = outsideTexts({});
  return () => cache.shop()?.texts ?? usual;
}

function feedOf({ db, clock, log, config, tuning }: Foundation, cache: FeedCache): Middleware {
  return serveFeed({
    cache,
    pages: createPages(),
    registerDevice: (id, device) => registerDevice(db, id, device),
    clock,
    texts: textsOf(cache),
    log,
    trustedProxies: addressList(config.trustedProxies),
    release: readRelease(),
    limits: tuning.feedLimits,
  });
}

function routersOf(foundation: Foundation, cache: FeedCache): readonly Router[] {
  const { db, clock, sealer, inbox, providers, config } = foundation;
  return [
    openRoutes({ cache, clock, texts: textsOf(cache) }),
    paymentWebhookRoutes(webhookDeps({ inbox, sealer, providers, trustedProxies: config.trustedProxies })),
    telegramRoutes({
      secret: config.telegramWebhookSecret,
      // Telegram sent it with the secret; the bot checks each field it reads.
      store: (update) => storeUpdates(db, [toNewUpdate(update as unknown as Update)]),
    }),
    healthRoutes({
      ready: () =>
        db.raw('select 1').then(
          () => true,
          () => false,
        ),
    }),
  ];
}

/** Starts the HTTP side: feed, landing page, webhooks, health, and the relay of stored events. */
export async function startApi(foundation: Foundation): Promise<Running & { readonly port: number }> {
  const { config, log } = foundation;
  const feed = startFeed(foundation);
  const handle = createApp({ feed: feedOf(foundation, feed.cache), routers: routersOf(foundation, feed.cache), log }).callback();
  const serve = (request: IncomingMessage, response: ServerResponse): void => void handle(request, response);
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, serve);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(taken ? new ShopError('ConfigInvalid', { message: `port ${config.port} is taken. Set PORT to a free one.` }) : error);
    });
    server.listen(config.port, config.host, resolve);
  });
  const ending = new AbortController();
  const relay = runRelay(foundation.inbox, foundation.tuning.relayPace, ending.signal);
  return {
    // A listening TCP server has an AddressInfo.
    port: (server.address() as AddressInfo).port,
    async stop() {
      ending.abort();
      server.closeIdleConnections();
      await new Promise((resolve) => {
        server.close(resolve);
        setTimeout(() => server.closeAllConnections(), 2_000).unref();
      });
      await Promise.all([relay, feed.stop()]);
    },
  };
}
