import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table account_usage (
      panel_account_id text primary key references panel_accounts (id),
      panel_bytes bigint not null check (panel_bytes >= 0),
      counted_bytes bigint not null check (counted_bytes >= 0),
      seen_at timestamptz not null
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table account_usage');
}
