import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { createApp } from '../../src/api/app';
import { paymentWebhookRoutes } from '../../src/api/routes/paymentWebhooks';
import { systemClock } from '../../src/clock';
import { connect, type Db } from '../../src/db/connection';
import { createSealer } from '../../src/db/seal';
import { createHttpClient } from '../../src/http';
import { webhookDeps } from '../../src/main/webhooks';
import { createProviderDirectory } from '../../src/payments/index';
import { tables } from '../vectors/index';

/** Time in which the event loop did nothing else, and what of it the process itself computed. */
export interface Stall {
  readonly gapMs: number;
  readonly cpuMs: number;
}

const tickMs = 5;
const noticedMs = 50;

/** CPU time of the main thread where the system tells it (Linux, first field of schedstat, nanoseconds), else of the process. */
function cpuMs(): number {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'latin1').split(' ')[0]) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e3;
  }
}

function watchStalls(): { take(): readonly Stall[] } {
  let stalls: Stall[] = [];
  let last = performance.now();
  let lastCpu = cpuMs();
  setInterval(() => {
    const now = performance.now();
    const cpu = cpuMs();
    if (now - last > noticedMs) stalls.push({ gapMs: now - last, cpuMs: cpu - lastCpu });
    last = now;
    lastCpu = cpu;
  }, tickMs);
  return {
    take() {
      const taken = stalls;
      stalls = [];
      return taken;
    },
  };
}

/** The webhook route of a shop with every provider of the vectors, on a database connection of its own. */
export function webhookListener(db: Db): RequestListener {
  const quiet = { warn: () => undefined, error: () => undefined };
  const providers = createProviderDirectory({
    http: createHttpClient(),
    clock: systemClock,
    telegram: { apiRoot: 'http://127.0.0.1:1', token: '1:test' },
    load(code) {
      const settings = tables.find((table) => table.code === code)?.settings;
      const open = code === 'yookassa' ? { ...settings, ipRanges: ['127.0.0.1'] } : settings;
      return Promise.resolve(settings === undefined ? undefined : { provider: code, settings: open, version: '1' });
    },
  });
  const inbox = { db, clock: systemClock, log: quiet, signals: { paymentReported: () => Promise.resolve() } };
  const sealer = createSealer([{ id: 'k1', key: Buffer.alloc(32, 1) }]);
  const routes = paymentWebhookRoutes(webhookDeps({ inbox, sealer, providers, trustedProxies: [] }));
  const handle = createApp({ routers: [routes], log: quiet }).callback();
  return (request, response) => void handle(request, response);
}

/** In a process of its own, so that its event loop is its own. */
function serve(databaseUrl: string): void {
  const server = createServer(webhookListener(connect({ url: databaseUrl })));
  const stalls = watchStalls();
  process.on('message', () => process.send?.({ stalls: stalls.take() }));
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
}

if (require.main === module) serve(process.argv[2] ?? '');
