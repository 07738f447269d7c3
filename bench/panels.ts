import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoShop } from '../sandbox/demoShop';
import { newBook } from '../sandbox/panel/book';
import { sandboxKeys } from '../sandbox/payments/keys';
import { startSandbox, type Sandbox } from '../sandbox/server';
import { applyShop } from '../src/catalog/apply';
import { parseShopFile } from '../src/catalog/load';
import { connect, type Db } from '../src/db/connection';
import { migrate } from '../src/db/migrate';
import { createSealer, loadOrCreateSecretKeys } from '../src/db/seal';
import { freePort } from '../src/main/embedded/ports';
import { startEmbeddedPostgres } from '../src/main/embedded/postgres';
import { say } from './measure';
import type { SyncMeasured } from './panelsChild';

const clients = 5_000;
const endsMs = Date.parse('2099-01-01T00:00:00Z');
const mebibyte = 1024 ** 2;

/** A panel with that many clients on its first inbound, as the sandbox keeps its books. */
function writeBook(file: string): void {
  const book = newBook();
  const [first] = book.inbounds;
  if (first === undefined) throw new Error('the simulated panel has no inbound');
  const ids = Array.from({ length: clients }, (_, index) => index + 1);
  const uuid = (id: number): string => `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`;
  first.settings.clients = ids.map((id) => ({
    id: uuid(id),
    email: `bench${id}-${first.id}`,
    subId: `sub${id}`,
    enable: true,
    expiryTime: endsMs,
    totalGB: 0,
    limitIp: 3,
    flow: 'xtls-rprx-vision',
    tgId: 0,
    comment: '',
    reset: 0,
  }));
  book.rows = ids.map((id) => ({
    id,
    inboundId: first.id,
    email: `bench${id}-${first.id}`,
    uuid: uuid(id),
    subId: `sub${id}`,
    enable: true,
    expiryTime: endsMs,
    total: 0,
    up: id,
    down: id,
    reset: 0,
    allTime: 2 * id,
  }));
  writeFileSync(file, JSON.stringify({ 'panel:main': { book, version: '2.9.4' } }));
}

async function fillDatabase(db: Db): Promise<void> {
  await db.raw(`insert into users (telegram_id, language) select 1000000 + i, 'ru' from generate_series(1, ${clients}) i`);
  await db.raw(
    `insert into subscriptions (id, user_id, plan_id, token, ends_at, server_ids)
     select 'sub_' || (u.telegram_id - 1000000), u.id, 'month', rpad(md5(u.id::text), 43, 'x'), '2099-01-01T00:00:00Z', '{nl}' from users u`,
  );
  await db.raw(
    `insert into panel_accounts (id, subscription_id, panel_id, name, uuid, password, sub_id, desired_enabled, desired_ends_at,
       desired_traffic_limit_bytes, desired_device_limit, desired_targets, desired_version, seen_version)
     select 'acc_' || i, 'sub_' || i, 'main', 'bench' || i, '00000000-0000-4000-8000-' || lpad(i::text, 12, '0'), 'p', 'sub' || i, true,
       '2099-01-01T00:00:00Z', 0, 3, '{1}', 1, 1 from generate_series(1, ${clients}) i`,
  );
  await db.raw('analyze');
}

function measured(input: { readonly databaseUrl: string; readonly folder: string }): Promise<SyncMeasured> {
  return new Promise((resolve, reject) => {
    const child = fork(join(__dirname, 'panelsChild.ts'), { execArgv: ['--import', 'tsx'] });
    child.once('message', (result) => {
      child.kill();
      // What bench/panelsChild.ts sends.
      resolve(result as SyncMeasured);
    });
    child.once('exit', () => reject(new Error('the sync ended without a result')));
    child.send(input);
  });
}

async function openSandbox(folder: string): Promise<Sandbox> {
  const dataFile = join(folder, 'sandbox.json');
  writeBook(dataFile);
  return startSandbox({
    port: 0,
    dataFile,
    botToken: '1:bench',
    botUsername: 'bench_bot',
    panels: ['main'],
    panelLogin: { username: 'admin', password: 'p' },
    payments: { ...sandboxKeys, yookassaKey: 'k', test: true },
    webhookUrl: () => undefined,
    panelJobMs: 600_000,
  });
}

/** Comparing a panel of 5,000 clients with what was paid for: calls, time, and memory of a process that does only that. */
export async function benchPanels(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kiosk-bench-panels-'));
  const postgres = await startEmbeddedPostgres({ folder, port: await freePort(54_630) });
  const sandbox = await openSandbox(folder);
  const db = connect({ url: postgres.url });
  try {
    await migrate(postgres.url);
    const values = {
      DEMO_PUBLIC_URL: 'http://127.0.0.1:1',
      DEMO_SANDBOX_URL: sandbox.url,
      DEMO_PANEL_PASSWORD: 'p',
      DEMO_YOOKASSA_KEY: 'k',
    };
    const file = parseShopFile('bench', demoShop, values);
    await applyShop(db, { file, sealer: createSealer(loadOrCreateSecretKeys(folder)), actor: 'bench' });
    await fillDatabase(db);
    const result = await measured({ databaseUrl: postgres.url, folder });
    // The sandbox's own answer, in its own shape.
    const calls = (await (await fetch(`${sandbox.url}/sandbox/panels/main/calls`)).json()) as Record<string, number>;
    say(`\n== Sync of one panel with ${clients} clients`);
    say(
      `  ${result.ours} accounts compared in ${(result.tookMs / 1_000).toFixed(2)} s, ${calls['list'] ?? 0} list call(s), ${result.repaired} repaired`,
    );
    const memory = result.moreBytes / mebibyte;
    say(`  ${memory <= 60 ? 'met    ' : 'MISSED '} peak memory: ${memory.toFixed(1)} MiB more than before (goal: at most 60)`);
  } finally {
    await db.destroy();
    await sandbox.stop();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
