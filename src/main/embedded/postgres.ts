import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { ShopError } from '../../errors';
import { keep, projectRoot } from './keeper';

export interface EmbeddedPostgres {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Major version of the Postgres that comes with the project. */
const major = '17';
const database = 'kiosk';

function urlOf(password: string, port: number, name: string): string {
  return `postgres://kiosk:${password}@127.0.0.1:${port}/${name}`;
}

function passwordIn(folder: string): string {
  const file = join(folder, 'postgres.password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The process and port in `postmaster.pid` (PostgreSQL documentation, "Database File Layout"); undefined where there is none alive. */
function runningIn(dataDir: string): { pid: number; port: number } | undefined {
  const file = join(dataDir, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 1 && isAlive(pid) ? { pid, port: Number(lines[3]) } : undefined;
}

// What a killed start left behind: it is ours when it opens with our password, and it is ended so that one owner runs it again.
async function endOrphan(dataDir: string, password: string): Promise<void> {
  const orphan = runningIn(dataDir);
  if (orphan === undefined) return;
  if (!(await answers(urlOf(password, orphan.port, 'postgres')))) {
    throw new ShopError('ConfigInvalid', {
      message: `${dataDir} is in use by process ${orphan.pid}, which does not answer as this shop's Postgres. End it, or set DATA_DIR to another folder.`,
    });
  }
  process.kill(orphan.pid, 'SIGINT');
  for (let tries = 0; isAlive(orphan.pid) && tries < 100; tries += 1) await wait(100);
}

function checkVersion(dataDir: string): void {
  const file = join(dataDir, 'PG_VERSION');
  if (!existsSync(file)) {
    throw new ShopError('ConfigInvalid', {
      message: `${dataDir} exists but holds no Postgres data (no PG_VERSION). Move it away, or set DATA_DIR to another folder.`,
    });
  }
  const found = readFileSync(file, 'utf8').trim();
  if (found === major) return;
  throw new ShopError('ConfigInvalid', {
    message: `${dataDir} was made by Postgres ${found}; this shop brings Postgres ${major}. Dump the data with the old version and restore it, or set DATA_DIR to another folder.`,
  });
}

async function ensureDatabase(password: string, port: number): Promise<void> {
  const client = new Client({ connectionString: urlOf(password, port, 'postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${database}`);
  } finally {
    await client.end();
  }
}

function checkReachable(folder: string): void {
  const path = resolve(folder);
  const closed = [path, ...ancestorsOf(path)].find((one) => (statSync(one).mode & 0o001) === 0);
  if (closed === undefined) return;
  throw new ShopError('ConfigInvalid', {
    message: `as root, Postgres runs as the user "postgres", who may not pass through ${closed}. Allow it (chmod o+x ${closed}), use a folder that others may pass through, or do not run as root.`,
  });
}

function ancestorsOf(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...ancestorsOf(parent)];
}

/** Starts the Postgres that comes with the project on `folder/postgres`; a half-made data folder of an interrupted start is made anew. */
export async function startEmbeddedPostgres(options: { readonly folder: string; readonly port: number }): Promise<EmbeddedPostgres> {
  mkdirSync(options.folder, { recursive: true });
  const dataDir = join(options.folder, 'postgres');
  const making = join(options.folder, 'postgres.making');
  const password = passwordIn(options.folder);
  // Only what a start is known to have left half-made is removed; anything else that stands there is data.
  if (existsSync(making)) rmSync(dataDir, { recursive: true, force: true });
  const asRoot = process.getuid?.() === 0;
  // Postgres refuses to run as root, so its own user has to be able to pass through the folder.
  if (asRoot) {
    chmodSync(options.folder, 0o711);
    checkReachable(options.folder);
    checkReachable(projectRoot());
  }
  const whole = existsSync(dataDir);
  if (whole) {
    checkVersion(dataDir);
    await endOrphan(dataDir, password);
  } else writeFileSync(making, '');
  const kept = await keep({ kind: 'postgres', dataDir, port: options.port, password, initialise: !whole, asRoot }, () => rmSync(making));
  await ensureDatabase(password, options.port);
  return { url: urlOf(password, options.port, database), port: options.port, stop: kept.stop };
}
