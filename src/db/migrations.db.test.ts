import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createEmptyDatabase, type TestDatabase } from '../../test/support/stack';
import { migrate, migrationConfig, pendingMigrations } from './migrate';

async function shape(database: TestDatabase): Promise<unknown> {
  const columns: { rows: unknown } = await database.db.raw(
    `select table_name, column_name, data_type, is_nullable from information_schema.columns where table_schema = 'public'
     and table_name not like 'knex%' order by 1, 2`,
  );
  const indexes: { rows: unknown } = await database.db.raw(
    `select indexdef from pg_indexes where schemaname = 'public' and tablename not like 'knex%' order by 1`,
  );
  return [columns.rows, indexes.rows];
}

describe('migrations', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createEmptyDatabase();
  });
  afterAll(() => database.drop());

  it('run up, down and up again, to the same tables', async () => {
    await migrate(database.url);
    expect(await pendingMigrations(database.db)).toEqual([]);
    const first = await shape(database);
    await database.db.migrate.rollback(migrationConfig(), true);
    const left: { rows: readonly unknown[] } = await database.db.raw(
      `select 1 from information_schema.tables where table_schema = 'public' and table_name not like 'knex%'`,
    );
    expect(left.rows).toEqual([]);
    await migrate(database.url);
    expect(await shape(database)).toEqual(first);
  });

  it('run once when two start at the same moment', async () => {
    const other = await createEmptyDatabase();
    const [one, two] = await Promise.all([migrate(other.url), migrate(other.url)]);
    expect([one.length, two.length].toSorted((a, b) => a - b)).toEqual([0, Math.max(one.length, two.length)]);
    await other.drop();
  });

  it('keep the names of the indexes that operators know', async () => {
    const { rows }: { rows: readonly { indexname: string }[] } = await database.db.raw(
      `select indexname from pg_indexes where schemaname = 'public'`,
    );
    const names = rows.map((row) => row.indexname);
    expect(names).toEqual(
      expect.arrayContaining(['idx_vpn_keys_user_id', 'idx_vpn_keys_expiry', 'idx_transactions_user_id', 'idx_users_banned']),
    );
  });

  it('make ledger, grants and audit log append-only, and balances never negative', async () => {
    await database.db.raw(`insert into audit_log (actor, action, target) values ('a', 'b', 'c')`);
    await expect(database.db.raw(`update audit_log set actor = 'x'`)).rejects.toThrow(/append-only/);
    await expect(database.db.raw('delete from audit_log')).rejects.toThrow(/append-only/);
    await database.db.raw(`insert into users (telegram_id, language) values (1, 'ru')`);
    await expect(database.db.raw(`insert into balances (user_id, currency, amount_minor) values (1, 'RUB', -1)`)).rejects.toThrow(
      /check constraint/,
    );
  });
});
