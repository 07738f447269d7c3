import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Router from '@koa/router';
import type { Update } from 'telegraf/types';
import { addressList } from '../addresses';
import { createApp } from '../api/app';
import { feedRoutes } from '../api/routes/feed';
import { healthRoutes } from '../api/routes/health';
import { openRoutes } from '../api/routes/open';
import { paymentWebhookRoutes } from '../api/routes/paymentWebhooks';
import { telegramRoutes } from '../api/routes/telegram';
import { judgeCheckout } from '../db/checkout';
import { loadFeedRecord, loadOpenRecord } from '../db/feed';
import { storeUpdates } from '../db/telegramUpdates';
import { ShopError } from '../errors';
import { deliverAll, storeEvents, storeUnreadable } from '../inbox/paymentEvents';
import { runRelay } from '../inbox/relay';
import { toNewUpdate } from '../telegram/poller';
import type { Foundation } from './foundation';

/** A part of the shop that runs until it is stopped. */
export interface Running {
  stop(): Promise<void>;
}

function routersOf(foundation: Foundation): readonly Router[] {
  const { db, clock, log, sealer, inbox, config } = foundation;
  return [
    feedRoutes({ loadRecord: (token, now) => loadFeedRecord(db, token, now), clock }),
    openRoutes({ loadRecord: (token) => loadOpenRecord(db, token), clock }),
    paymentWebhookRoutes({
      provider: (code) => foundation.providers.get(code),
      async store(events, { digest, raw }) {
        const sealed = sealer.seal(raw, { table: 'payment_events', column: 'raw_sealed', row: digest });
        const stored = await storeEvents(inbox, events, { digest, sealed });
        return { tell: () => deliverAll(inbox, stored) };
      },
      async keepUnreadable(provider, { digest, raw, why }) {
        const sealed = sealer.seal(raw, { table: 'payment_events', column: 'raw_sealed', row: digest });
        await storeUnreadable(inbox, provider, { digest, sealed, why });
      },
      judge: ({ paymentId, userId, amount }) =>
        judgeCheckout(db, { paymentId, amount, payer: userId === undefined ? undefined : { userId } }, clock.now()),
      trustedProxies: addressList(config.trustedProxies),
      clock,
      log,
    }),
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
  const handle = createApp({ routers: routersOf(foundation), log }).callback();
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
      await relay;
    },
  };
}
