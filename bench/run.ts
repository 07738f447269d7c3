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
import { connect, type Db } from '../src/db/connection';
import { migrate } from '../src/db/migrate';
import { createSealer, loadOrCreateSecretKeys } from '../src/db/seal';
import { createLogger } from '../src/logger';
import { freePort } from '../src/main/embedded/ports';
import { startEmbeddedPostgres } from '../src/main/embedded/postgres';
import { startEmbeddedTemporal } from '../src/main/embedded/temporal';
import type { Policy } from '../src/domain/policy';
import { runShop } from '../src/main/run';
import { tuned } from '../src/main/tuning';
import { connectTemporal } from '../src/temporal/connection';
import { benchFeed } from './feed';
import { fill } from './feedFill';
import { benchGrowth } from './feedGrowth';
import { say } from './measure';
import { benchPanels } from './panels';
import { benchPurchase } from './purchase';
import { benchReminders, equalEnds, noSpread, remindersOf, sayForMany, type Mass, type RemindersFigures } from './reminders';
import { benchWebhooks } from './webhook';

const namespace = 'bench';
const token = '1:bench-token-of-the-sandbox';

function verdict(name: string, value: number, goal: { readonly least?: number; readonly most?: number; readonly unit: string }): void {
  const met = value >= (goal.least ?? -Infinity) && value <= (goal.most ?? Infinity);
  const wanted = goal.least === undefined ? `at most ${goal.most}` : `at least ${goal.least}`;
  say(`  ${met ? 'met    ' : 'MISSED '} ${name}: ${value.toFixed(2)} ${goal.unit} (goal: ${wanted})`);
}

async function withShop(
  how: { readonly file: boolean; readonly policy: Partial<Policy> },
  stops: (() => Promise<void>)[],
): Promise<Parameters<typeof benchPurchase>[0]> {
  const { db, url: databaseUrl, folder } = await withDatabase(stops);
  const program = process.env['KIOSK_TEMPORAL_CLI'] ?? 'temporal';
  const temporal = await startEmbeddedTemporal({
    program,
    port: await freePort(7_480),
    uiPort: undefined,
    namespaces: [namespace],
    folder: how.file ? folder : undefined,
  });
  stops.push(temporal.stop);
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
  await applyDemo(db, { folder, apiPort, sandboxUrl: sandbox.url });
  const environment = {
    BOT_TOKEN: token,
    TELEGRAM_API_ROOT: sandbox.url,
    TEMPORAL_NAMESPACE: namespace,
    PORT: String(apiPort),
    METRICS_PORT: '0',
    DATA_DIR: folder,
    LOG_LEVEL: 'silent',
  };
  const engines = { databaseUrl, temporalAddress: temporal.address };
  const shop = await runShop(readConfig(environment), engines, {
    tuning: tuned({ policy: how.policy }),
    log: createLogger({ level: 'silent' }),
  });
  stops.push(shop.stop);
  const client = connectTemporal({ address: temporal.address, namespace });
  stops.push(() => client.connection.close());
  return { db, client, address: temporal.address, namespace, sandboxUrl: sandbox.url };
}

/** Runs `work`, then stops what it started, last first. */
async function stopping<T>(work: (stops: (() => Promise<void>)[]) => Promise<T>): Promise<T> {
  const stops: (() => Promise<void>)[] = [];
  try {
    return await work(stops);
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

/** An empty database of its own. */
async function withDatabase(stops: (() => Promise<void>)[]): Promise<{ db: Db; url: string; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'kiosk-bench-'));
  stops.push(() => Promise.resolve(rmSync(folder, { recursive: true, force: true })));
  const postgres = await startEmbeddedPostgres({ folder, port: await freePort(54_530) });
  stops.push(postgres.stop);
  await migrate(postgres.url);
  const db = connect({ url: postgres.url });
  stops.push(() => db.destroy());
  return { db, url: postgres.url, folder };
}

async function applyDemo(db: Db, place: { folder: string; apiPort: number; sandboxUrl: string }): Promise<void> {
  const values = {
    DEMO_PUBLIC_URL: `http://127.0.0.1:${place.apiPort}`,
    DEMO_SANDBOX_URL: place.sandboxUrl,
    DEMO_PANEL_PASSWORD: 'p',
    DEMO_YOOKASSA_KEY: 'k',
  };
  const file = parseShopFile('bench', demoShop, values);
  await applyShop(db, { file, sealer: createSealer(loadOrCreateSecretKeys(place.folder)), actor: 'bench' });
}

function purchases(file: boolean): Promise<void> {
  return stopping(async (stops) => {
    say(`\n== Temporal's database ${file ? 'in a file, as "npm start" has it' : 'in memory'}`);
    const purchase = await benchPurchase(await withShop({ file, policy: { secondLookMs: 1_000 } }, stops));
    verdict('purchase against the no-op workflow', purchase.ratio, { least: 0.7, unit: 'of its rate' });
    verdict('webhook to access, p50 at 2 purchases per second', purchase.p50Ms / 1_000, { most: 1, unit: 's' });
  });
}

function reminders(mass: Mass): Promise<RemindersFigures> {
  return stopping(async (stops) => {
    const figures = await benchReminders(await withShop({ file: false, policy: { reminders: remindersOf(mass) } }, stops), mass);
    say('');
    verdict('messages of all kinds within any second', figures.mostInASecond, { most: 30, unit: 'messages' });
    verdict('answers of the menu meanwhile, p95', figures.menuP95Ms / 1_000, { most: 1, unit: 's' });
    verdict('orders with their payment page meanwhile, p95', figures.orderP95Ms / 1_000, { most: 1, unit: 's' });
    return figures;
  });
}

async function growth(): Promise<void> {
  say('');
  const few = await benchGrowth(1_000);
  const many = await benchGrowth(1_000_000);
  for (const { subscriptions, microsPerRequest, residentMb } of [few, many])
    say(`${subscriptions} subscriptions: ${microsPerRequest.toFixed(1)} µs CPU a request, ${residentMb.toFixed(0)} MB resident`);
  verdict('CPU a request, 1,000,000 against 1,000', many.microsPerRequest / few.microsPerRequest, { most: 1.5, unit: 'times' });
  // 120 MB for the program itself.
  verdict('memory at 1,000,000', (many.residentMb - 120) * 1.048_576, { most: 400, unit: 'bytes a subscription over 120 MB' });
}

/** The parts, each alone by its name: `npm run bench -- webhook`. */
const parts: Readonly<Record<string, () => Promise<void>>> = {
  async purchase() {
    await purchases(false);
    await purchases(true);
  },
  async feed() {
    await stopping(async (stops) => {
      const { db, folder, url } = await withDatabase(stops);
      await applyDemo(db, { folder, apiPort: 1, sandboxUrl: 'http://127.0.0.1:1' });
      const figures = await benchFeed(url, await fill(db));
      say('');
      verdict('feed from memory', figures.hot, { least: 0.8, unit: 'of koa with the same bytes' });
      verdict('feed from memory', figures.overQuery, { least: 1.5, unit: 'of koa + router + one named query' });
      verdict('304', figures.unchangedMicros, { most: 5, unit: 'µs of CPU over a bare 304' });
      for (const { name, hot, cold } of figures.formats) {
        verdict(name, hot, { least: 0.8, unit: 'of koa with the same bytes' });
        verdict(`${name}, nothing rendered before`, cold, { least: 0.5, unit: 'of koa with the same bytes' });
      }
    });
    await growth();
  },
  webhook: () =>
    stopping(async (stops) => {
      const { db } = await withDatabase(stops);
      const ratios = await benchWebhooks(db);
      say('');
      for (const { code, ratio } of ratios) verdict(`webhook accept, ${code}`, ratio, { least: 0.8, unit: 'of the peer' });
    }),
  panels: benchPanels,
  async reminders() {
    await reminders(equalEnds);
    sayForMany(await reminders(noSpread));
  },
};

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
  if (unknown.length > 0)
    throw new Error(
      `there is no benchmark "${unknown.join('", "')}". There are: ${Object.keys(parts).join(', ')}; all of them without a name.`,
    );
  say(`${cpus().length} cores, load ${loadavg()[0]?.toFixed(2) ?? '?'}, Node ${process.versions.node}`);
  for (const [name, run] of Object.entries(parts)) if (wanted.length === 0 || wanted.includes(name)) await run();
}

void main().then(
  () => setTimeout(() => process.exit(0), 500),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : 'the benchmark failed'}\n`);
    process.exit(1);
  },
);
