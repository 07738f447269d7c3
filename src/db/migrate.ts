import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { connect, type Db } from './connection';

interface Migration {
  readonly up: (db: Knex) => Promise<void>;
  readonly down: (db: Knex) => Promise<void>;
}

const folder = join(__dirname, '..', '..', 'migrations');

// A session lock, so that it goes with the process that held it: a killed starter never blocks the next one.
const migrationLock = 731_002_611;

function isMigration(value: unknown): value is Migration {
  return typeof value === 'object' && value !== null && 'up' in value && 'down' in value;
}

function load(name: string): Promise<Migration> {
  const loaded: unknown = require(join(folder, name));
  if (!isMigration(loaded)) throw new TypeError(`migration ${name} lacks up or down`);
  return Promise.resolve(loaded);
}

function source(): Knex.MigrationSource<string> {
  const names = readdirSync(folder)
    .filter((name) => /\.(ts|js)$/.test(name) && !name.endsWith('.d.ts'))
    .sort();
  return {
    getMigrations: () => Promise.resolve(names),
    getMigrationName: (name) => name.replace(/\.(ts|js)$/, ''),
    getMigration: load,
  };
}

/** Settings of knex's migrator; its own lock is off because a kill would leave it taken. */
export function migrationConfig(): Knex.MigratorConfig {
  return { migrationSource: source(), disableMigrationsListValidation: false };
}

async function withLock<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
  const guard = connect({ url, poolSize: 1, statementTimeoutMs: 0 });
  const db = connect({ url, poolSize: 2, statementTimeoutMs: 0 });
  try {
    await guard.raw('select pg_advisory_lock(?)', [migrationLock]);
    await db.raw('update knex_migrations_lock set is_locked = 0').catch(() => undefined);
    return await work(db);
  } finally {
    await db.destroy();
    await guard.destroy();
  }
}

/** Brings the database up to date and returns the names of the migrations that ran. Two starters at once: one waits. */
export function migrate(url: string): Promise<readonly string[]> {
  return withLock(url, async (db) => {
    const [, names]: [number, string[]] = await db.migrate.latest(migrationConfig());
    return names;
  });
}

/** Names of migrations that the database still lacks. */
export async function pendingMigrations(db: Db): Promise<readonly string[]> {
  const [, pending]: [unknown, readonly (string | { readonly file: string })[]] = await db.migrate.list(migrationConfig());
  return pending.map((entry) => (typeof entry === 'string' ? entry : entry.file));
}
