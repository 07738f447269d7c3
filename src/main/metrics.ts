import { createServer } from 'node:http';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Db } from '../db/connection';
import { ShopError } from '../errors';
import type { Running } from './api';

interface Waiting {
  readonly name: string;
  readonly help: string;
  readonly query: string;
}

/** What may wait in a shop; each should be near zero. */
const waiting: readonly Waiting[] = [
  {
    name: 'kiosk_payment_events_open',
    help: 'Payment events that wait to be applied',
    query: 'select count(*) from payment_events where applied_at is null and parked_at is null',
  },
  { name: 'kiosk_panels_down', help: 'Panels that do not answer', query: `select count(*) from panel_health where state = 'down'` },
  { name: 'kiosk_operations_open', help: 'Panel work under way', query: `select count(*) from operations where state = 'open'` },
  {
    name: 'kiosk_quarantine_open',
    help: 'Money that waits for a decision',
    query: 'select count(*) from quarantine where resolved_at is null',
  },
  {
    name: 'kiosk_parked_items_open',
    help: 'Items set aside after our own fault',
    query: 'select count(*) from parked_items where resolved_at is null',
  },
  {
    name: 'kiosk_telegram_updates_open',
    help: 'Telegram updates that wait',
    query: 'select count(*) from telegram_updates where handled_at is null',
  },
];

function registerWaiting(registry: Registry, db: Db): void {
  for (const { name, help, query } of waiting) {
    // It registers itself.
    void new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const result: { rows: readonly { count: number }[] } = await db.raw(query);
        this.set(result.rows[0]?.count ?? 0);
      },
    });
  }
}

/** Serves `GET /metrics` on a loopback port of its own. */
export async function startMetrics(db: Db, port: number): Promise<Running> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  registerWaiting(registry, db);
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(503).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', () =>
      reject(new ShopError('ConfigInvalid', { message: `port ${port} is taken. Set METRICS_PORT to a free one, or to 0 for none.` })),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
