import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { createBuyer, type Buyer } from '../../sandbox/buyer';
import { demoShop, shopValues } from '../../sandbox/demoShop';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/server';
import { applyShop } from '../../src/catalog/apply';
import { parseShopFile } from '../../src/catalog/load';
import { readConfig, type Config } from '../../src/config';
import type { Db } from '../../src/db/connection';
import { createSealer, loadOrCreateSecretKeys } from '../../src/db/seal';
import { createLogger } from '../../src/logger';
import { freePort } from '../../src/main/embedded/ports';
import type { Engines } from '../../src/main/foundation';
import { runShop, type RunningShop } from '../../src/main/run';
import { tuned, type TuningChanges } from '../../src/main/tuning';
import { connectTemporal } from '../../src/temporal/connection';
import { scheduleIds } from '../../src/temporal/schedules';
import { bundleFolder, createTestDatabase, takeNamespace, testTemporalAddress } from './stack';
import { troublesIn } from './troubles';
import { witnesses } from './until';

/** Secrets of a test shop; none of them may ever be seen outside of where it belongs. */
export const secrets = {
  botToken: '424242:canary-bot-token-AAAAAAAAAAAAAAAAAA',
  panelPassword: 'canary-panel-password',
  yookassaKey: 'canary_yookassa_key',
  cryptopayToken: '12345:canary_crypto_pay_token',
  heleketKey: 'canary_heleket_key',
  tonToken: 'canary_tonapi_token',
  plategaSecret: 'canary_platega_secret',
  yoomoneySecret: 'canary_yoomoney_secret',
  cloudpaymentsSecret: 'canary_cloudpayments_secret',
  stripeKey: 'sk_test_canary_stripe_key',
  stripeHook: 'whsec_canary_stripe_hook',
} as const;

/** Durations short enough to see in a test what takes minutes in a shop. */
export const quick: TuningChanges = {
  policy: { patienceMs: 3_000, secondLookMs: 500, idleMs: 60_000 },
  times: { databaseMs: 3_000, providerMs: 3_000, panelMs: 30_000, heartbeatMs: 3_000, telegramMs: 3_000, retryMs: 200, maxRetryMs: 1_000 },
  askPace: { young: [1_000, 1_000, 1_000, 2_000, 2_000, 2_000], steadyMs: 2_000, afterDeadline: [1_000, 3_000, 10_000, 60_000] },
  relayPace: { idleMs: 200, unmatchedMs: [300, 300, 300] },
  jobPace: { askMs: 300, reconcileMs: 5_000, sweepMs: 60_000, upkeepMs: 60_000, checkMs: 2_000, syncMs: 600_000 },
  breaker: { failures: 3, firstMs: 300, longestMs: 1_000, refusedMs: 900_000 },
  markerMs: 1_000,
  rebuildPaceMs: 5,
  stickyMs: 1_000,
  alertMs: 300,
  feedPace: { catchUpMs: 1_000, retryMs: 300 },
  // Tests ask again and again until they see a change.
  feedLimits: { perToken: 100_000, misses: 100_000 },
};

export interface TestShopOptions {
  readonly tuning?: TuningChanges;
  readonly temporalAddress?: string;
  readonly namespace?: string;
  /** The shop file; the one of the demo without it. */
  readonly shopFile?: string;
  readonly yookassaTest?: boolean;
  /** Simulated panels; `main` without it. */
  readonly panels?: readonly string[];
  /** Simulated panels of other kinds than 3x-ui, by name. */
  readonly otherPanels?: NonNullable<SandboxOptions['otherPanels']>;
  /** Further variables of the environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Start nothing yet. */
  readonly closed?: boolean;
}

export interface TestShop {
  readonly sandbox: Sandbox;
  readonly db: Db;
  readonly engines: Engines;
  readonly config: Config;
  readonly temporal: Client;
  readonly apiUrl: string;
  /** Lines of the log so far. */
  readonly log: readonly string[];
  /** Variables that start the same shop in a process of its own. */
  readonly environment: Readonly<Record<string, string>>;
  buyer(id?: number): Buyer;
  /** Starts roles in this process; call its `stop`, or let `close` do it. */
  open(role?: Config['role'], changes?: TuningChanges): Promise<RunningShop>;
  close(): Promise<void>;
}

let lastBuyer = 5_000;

/** Ends the jobs of a shop that is gone: the server would go on starting them while other tests run. A server that is gone too has none. */
async function endSchedules(temporal: Client): Promise<void> {
  const end = async (id: string): Promise<void> => temporal.schedule.getHandle(id).delete();
  await Promise.allSettled(scheduleIds.map((id) => temporal.withDeadline(Date.now() + 2_000, () => end(id))));
}

/** Makes a whole shop on real engines and the sandbox, in this process. */
export async function openTestShop(options: TestShopOptions = {}): Promise<TestShop> {
  const folder = mkdtempSync(join(tmpdir(), 'kiosk-shop-'));
  // The bundle of this run's workflows, which takes a busy machine half a minute to make.
  mkdirSync(bundleFolder, { recursive: true });
  symlinkSync(bundleFolder, join(folder, 'bundle'));
  const database = await createTestDatabase();
  const apiPort = await freePort(20_000 + Math.floor(Math.random() * 20_000));
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const sandbox = await startSandbox({
    port: 0,
    botToken: secrets.botToken,
    botUsername: 'test_shop_bot',
    panels: options.panels ?? ['main'],
    ...(options.otherPanels === undefined ? {} : { otherPanels: options.otherPanels }),
    panelLogin: { username: 'admin', password: secrets.panelPassword },
    payments: { ...secrets, test: options.yookassaTest ?? true },
    webhookUrl: (provider) => `${apiUrl}/webhooks/${provider}`,
    webhookRetryMs: 300,
    panelJobMs: 300,
  });
  const environment = {
    BOT_TOKEN: secrets.botToken,
    TELEGRAM_API_ROOT: sandbox.url,
    TEMPORAL_NAMESPACE: options.namespace ?? (await takeNamespace()),
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: options.temporalAddress ?? testTemporalAddress(),
    PORT: String(apiPort),
    METRICS_PORT: '0',
    DATA_DIR: folder,
    LOG_LEVEL: 'info',
    SHOP_FILE: join(folder, 'none.yaml'),
    KIOSK_TUNING: JSON.stringify({ ...quick, ...options.tuning }),
    ...options.environment,
  };
  const config = readConfig(environment);
  const values = shopValues({ apiUrl, sandboxUrl: sandbox.url, panelPassword: secrets.panelPassword, keys: secrets });
  const file = parseShopFile('test', options.shopFile ?? demoShop, values);
  await applyShop(database.db, { file, sealer: createSealer(loadOrCreateSecretKeys(folder)), actor: 'test' });
  const engines = { databaseUrl: database.url, temporalAddress: environment.TEMPORAL_ADDRESS };
  const temporal = connectTemporal({ address: engines.temporalAddress, namespace: config.temporalNamespace });
  const lines: string[] = [];
  const running: RunningShop[] = [];
  const witness = (): string => troublesIn(lines);
  witnesses.add(witness);
  const shop: TestShop = {
    sandbox,
    db: database.db,
    engines,
    config,
    temporal,
    apiUrl,
    log: lines,
    environment,
    buyer: (id) => createBuyer(sandbox.url, id ?? (lastBuyer += 1)),
    async open(role = 'all', changes = {}) {
      const log = createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } });
      const opened = await runShop({ ...config, role }, engines, { tuning: tuned({ ...quick, ...options.tuning, ...changes }), log });
      running.push(opened);
      return opened;
    },
    async close() {
      witnesses.delete(witness);
      for (const opened of running) await opened.stop().catch(() => undefined);
      await endSchedules(temporal);
      await temporal.connection.close();
      await sandbox.stop();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  if (options.closed !== true) await shop.open();
  return shop;
}
