import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { applyShop } from '../src/catalog/apply';
import { parseShopFile } from '../src/catalog/load';
import { readConfig } from '../src/config';
import { connect } from '../src/db/connection';
import { migrate } from '../src/db/migrate';
import { createSealer, loadOrCreateSecretKeys } from '../src/db/seal';
import { isShopError } from '../src/errors';
import { createLogger } from '../src/logger';
import { freePort } from '../src/main/embedded/ports';
import { startEmbeddedPostgres } from '../src/main/embedded/postgres';
import { startEmbeddedTemporal } from '../src/main/embedded/temporal';
import { runShop } from '../src/main/run';
import { tuned } from '../src/main/tuning';
import { fullShop, shopValues } from './demoShop';
import { playOnce, triable } from './once';
import { sandboxKeys } from './payments/keys';
import { startSandbox } from './server';
import { createShopView } from './shopView';

const folder = join(process.cwd(), '.data', 'demo');
const namespace = 'demo';
const botToken = '100500:sandbox-token-of-the-demo';
const panelPassword = 'sandbox-panel-password';

interface Part {
  readonly name: string;
  readonly address: string;
  readonly data: string;
}

function printTable(parts: readonly Part[]): void {
  const width = (key: keyof Part): number => Math.max(...parts.map((part) => part[key].length));
  for (const part of parts) {
    process.stdout.write(`  ${part.name.padEnd(width('name'))}  ${part.address.padEnd(width('address'))}  ${part.data}\n`);
  }
}

async function start(stops: (() => Promise<void>)[]): Promise<{ parts: readonly Part[]; sandboxUrl: string; apiUrl: string }> {
  mkdirSync(folder, { recursive: true });
  const program = process.env['KIOSK_TEMPORAL_CLI'] ?? 'temporal';
  const postgres = await startEmbeddedPostgres({ folder, port: await freePort(54_330) });
  stops.push(postgres.stop);
  const port = await freePort(7_280);
  const temporal = await startEmbeddedTemporal({ program, port, uiPort: await freePort(8_280), namespaces: [namespace], folder });
  stops.push(temporal.stop);
  await migrate(postgres.url);
  const db = connect({ url: postgres.url });
  stops.push(() => db.destroy());
  const apiPort = await freePort(8_081);
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const sandbox = await startSandbox({
    port: await freePort(8_090),
    dataFile: join(folder, 'sandbox.json'),
    botToken,
    botUsername: 'lastochka_demo_bot',
    panels: ['main'],
    panelLogin: { username: 'admin', password: panelPassword },
    payments: { ...sandboxKeys, test: true },
    webhookUrl: (provider) => `${apiUrl}/webhooks/${provider}`,
    shopView: createShopView(db, { temporalUi: temporal.uiUrl ?? '', namespace }),
  });
  stops.push(sandbox.stop);
  const file = parseShopFile('demo', fullShop, shopValues({ apiUrl, sandboxUrl: sandbox.url, panelPassword, keys: sandboxKeys }));
  await applyShop(db, { file, sealer: createSealer(loadOrCreateSecretKeys(folder)), actor: 'demo' });
  const config = readConfig({
    BOT_TOKEN: botToken,
    TELEGRAM_API_ROOT: sandbox.url,
    TEMPORAL_NAMESPACE: namespace,
    PORT: String(apiPort),
    METRICS_PORT: '0',
    DATA_DIR: folder,
    LOG_LEVEL: process.env['DEMO_LOG_LEVEL'] ?? 'silent',
  });
  const engines = { databaseUrl: postgres.url, temporalAddress: temporal.address };
  const shop = await runShop(config, engines, { tuning: tuned({}), log: createLogger({ level: config.logLevel }) });
  stops.push(shop.stop);
  return {
    sandboxUrl: sandbox.url,
    apiUrl,
    parts: [
      { name: 'Chat page', address: sandbox.url, data: 'open it and be the buyer' },
      { name: 'Shop', address: apiUrl, data: 'feed, landing page, webhooks' },
      { name: 'Temporal UI', address: temporal.uiUrl ?? '-', data: 'every order as a workflow' },
      { name: 'Postgres', address: `127.0.0.1:${postgres.port}`, data: join('.data', 'demo', 'postgres') },
      { name: 'Temporal', address: temporal.address, data: join('.data', 'demo', 'temporal.db') },
    ],
  };
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

/** `--provider X`, or `all` of them; a card at YooKassa without it. */
function chosenProviders(): readonly string[] {
  const index = process.argv.indexOf('--provider');
  const word = index === -1 ? 'yookassa' : (process.argv[index + 1] ?? '');
  return word === 'all' ? triable : [word];
}

async function playEach(places: { sandboxUrl: string; apiUrl: string }): Promise<number> {
  let code = 0;
  for (const provider of chosenProviders()) {
    process.stdout.write(`\n${provider}\n`);
    code = Math.max(code, await playOnce({ ...places, provider }));
  }
  return code;
}

async function main(): Promise<number> {
  const once = process.argv.includes('--once');
  const stops: (() => Promise<void>)[] = [];
  const interrupted = untilSignal();
  try {
    process.stdout.write('Starting Postgres, Temporal, the sandbox and the shop…\n');
    const { parts, sandboxUrl, apiUrl } = await start(stops);
    printTable(parts);
    if (once) return await playEach({ sandboxUrl, apiUrl });
    process.stdout.write('\nCtrl-C ends everything.\n');
    await interrupted;
    return 0;
  } catch (error) {
    process.stderr.write(`${isShopError(error) ? error.message : String(error)}\n`);
    return 1;
  } finally {
    for (const stop of stops.toReversed()) await stop().catch(() => undefined);
  }
}

void main().then((code) => {
  process.exitCode = code;
  // Native handles of the worker may outlive their connection; everything of ours has been ended above.
  setTimeout(() => process.exit(code), 2_000).unref();
});
