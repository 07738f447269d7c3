import { join } from 'node:path';
import process from 'node:process';
import { Client as PgClient } from 'pg';
import { connect, type Db } from '../../src/db/connection';
import { migrate } from '../../src/db/migrate';

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run these tests with "npm test"`);
  return value;
}

/** Address of the Temporal server of this test run. */
export function testTemporalAddress(): string {
  return required('TEST_TEMPORAL_ADDRESS');
}

function urlFor(name: string): string {
  const url = new URL(required('TEST_DATABASE_URL'));
  url.pathname = `/${name}`;
  return url.toString();
}

const template = 'kiosk_template';
const lock = 90_210;

async function asAdmin<T>(work: (client: PgClient) => Promise<T>): Promise<T> {
  const client = new PgClient({ connectionString: required('TEST_DATABASE_URL') });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [lock]);
    return await work(client);
  } finally {
    await client.end();
  }
}

async function ensureTemplate(client: PgClient): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [template]);
  if (rowCount !== 0) return;
  await client.query(`create database ${template}_part`);
  await migrate(urlFor(`${template}_part`));
  await client.query(`alter database ${template}_part rename to ${template}`);
}

export interface TestDatabase {
  readonly url: string;
  readonly db: Db;
  drop(): Promise<void>;
}

async function createDatabase(name: string, make: (client: PgClient) => Promise<unknown>): Promise<TestDatabase> {
  await asAdmin(make);
  const url = urlFor(name);
  const db = connect({ url });
  return {
    url,
    db,
    async drop() {
      await db.destroy();
      await asAdmin((client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

function uniqueName(): string {
  return `test_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;
}

/** A fresh database with every migration, copied from a template that is made once per run. */
export function createTestDatabase(): Promise<TestDatabase> {
  const name = uniqueName();
  return createDatabase(name, async (client) => {
    await ensureTemplate(client);
    await client.query(`create database ${name} template ${template}`);
  });
}

/** An empty database without migrations. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  const name = uniqueName();
  return createDatabase(name, (client) => client.query(`create database ${name}`));
}

/** A namespace that no other test of this run uses. */
export async function takeNamespace(): Promise<string> {
  return asAdmin(async (client) => {
    await client.query('create sequence if not exists test_namespaces');
    const { rows } = await client.query<{ next: string }>("select nextval('test_namespaces') as next");
    return `test-${rows[0]?.next ?? '1'}`;
  });
}

/** Folder that caches the workflow bundle between test files. */
export const bundleFolder = join(process.cwd(), '.data', 'test', 'bundle');
