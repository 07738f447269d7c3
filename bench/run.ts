import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { demoShop } from '../sandbox/demoShop';
import { sandboxKeys } from '../sandbox/payments/keys';
import { startSandbox } from '../sandbox/server';
import { applyShop } from '../src/catalog/apply';
import { parseShopFile } from '../src/catalog/load';
import { readConfig } from '../src/config';
import { connect } from '../src/db/connection';
import { migrate } from '../src/db/migrate';
import { createSealer, loadOrCreateSecretKeys } from '../src/db/seal';
import { createLogger } from '../src/logger';
import { freePort } from '../src/main/embedded/ports';
import { startEmbeddedPostgres } from '../src/main/embedded/postgres';
import { startEmbeddedTemporal } from '../src/main/embedded/temporal';
import { runShop } from '../src/main/run';
import { tuned } from '../src/main/tuning';
import { connectTemporal } from '../src/temporal/connection';
import { benchFeed, benchWebhook, fill } from './http';
import { say } from './measure';
import { benchPanels } from './panels';
import { benchPurchase } from './purchase';

const namespace = 'bench';
const token = '1:bench-token-of-the-sandbox';

function verdict(name: string, value: number, goal: { readonly least?: number; readonly most?: number; readonly unit: string }): void {
  const met = value >= (goal.least ?? -Infinity) && value <= (goal.most ?? Infinity);
  const wanted = goal.least === undefined ? `at most ${goal.most}` : `at least ${goal.least}`;
  say(`  ${met ? 'met    ' : 'MISSED '} ${name}: ${value.toFixed(2)} ${goal.unit} (goal: ${wanted})`);
}

async function withShop(file: boolean, stops: (() => Promise<void>)[]): Promise<Parameters<typeof benchPurchase>[0]> {
  const folder = mkdtempSync(join(tmpdir(), 'kiosk-bench-'));
  stops.push(() => Promise.resolve(rmSync(folder, { recursive: true, force: true })));
  const postgres = await startEmbeddedPostgres({ folder, port: await freePort(54_530) });
  stops.push(postgres.stop);
  const program = process.env['KIOSK_TEMPORAL_CLI'] ?? 'temporal';
  const temporal = await startEmbeddedTemporal({
    program,
    port: await freePort(7_480),
    uiPort: undefined,
    namespaces: [namespace],
    folder: file ? folder : undefined,
  });
  stops.push(temporal.stop);
  await migrate(postgres.url);
  const db = connect({ url: postgres.url });
  stops.push(() => db.destroy());
  const apiPort = await freePort(8_180);
  const sandbox = await startSandbox({
    port: 0,
    botToken: token,
    botUsername: 'bench_bot',
    panels: ['main'],
    panelLogin: { username: 'admin', password: 'p' },
    payments: { ...sandboxKeys, yookassaKey: 'k', test: true },
    webhookUrl: () => `http://127.0.0.1:${apiPort}/webhooks/yookassa`,
  });
  stops.push(sandbox.stop);
  const values = {
    DEMO_PUBLIC_URL: `http://127.0.0.1:${apiPort}`,
    DEMO_SANDBOX_URL: sandbox.url,
    DEMO_PANEL_PASSWORD: 'p',
    DEMO_YOOKASSA_KEY: 'k',
  };
  await applyShop(db, {
    file: parseShopFile('bench', demoShop, values),
    sealer: createSealer(loadOrCreateSecretKeys(folder)),
    actor: 'bench',
  });
  const environment = {
    BOT_TOKEN: token,
    TELEGRAM_API_ROOT: sandbox.url,
    TEMPORAL_NAMESPACE: namespace,
    PORT: String(apiPort),
    METRICS_PORT: '0',
    DATA_DIR: folder,
    LOG_LEVEL: 'silent',
  };
  const engines = { databaseUrl: postgres.url, temporalAddress: temporal.address };
  const shop = await runShop(readConfig(environment), engines, {
    tuning: tuned({ policy: { secondLookMs: 1_000 } }),
    log: createLogger({ level: 'silent' }),
  });
  stops.push(shop.stop);
  const client = connectTemporal({ address: temporal.address, namespace });
  stops.push(() => client.connection.close());
  return { db, client, address: temporal.address, namespace, sandboxUrl: sandbox.url };
}

async function runWith(file: boolean): Promise<void> {
  const stops: (() => Promise<void>)[] = [];
  try {
    say(`\n== Temporal's database ${file ? 'in a file, as "npm start" has it' : 'in memory'}`);
    const bench = await withShop(file, stops);
    const purchase = await benchPurchase(bench);
    verdict('purchase against the no-op workflow', purchase.ratio, { least: 0.7, unit: 'of its rate' });
    verdict('webhook to access, p50 at 2 purchases per second', purchase.p50Ms / 1_000, { most: 1, unit: 's' });
    if (file) return;
    const tokens = await fill(bench.db);
    verdict('feed', await benchFeed(bench.db, tokens), { least: 0.8, unit: 'of the peer' });
    verdict('webhook accept', await benchWebhook(bench.db), { least: 0.8, unit: 'of the peer' });
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

async function main(): Promise<void> {
  say(`${cpus().length} cores, load ${loadavg()[0]?.toFixed(2) ?? '?'}, Node ${process.versions.node}`);
  if (process.argv[2] === 'panels') return benchPanels();
  await runWith(false);
  await runWith(true);
}

void main().then(
  () => setTimeout(() => process.exit(0), 500),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : 'the benchmark failed'}\n`);
    process.exit(1);
  },
);
