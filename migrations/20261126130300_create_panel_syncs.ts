import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table panel_syncs (
      panel_id text primary key references panels (id),
      ran_at timestamptz,
      took_ms integer not null default 0,
      ours integer not null default 0,
      foreign_accounts integer not null default 0,
      conflicts integer not null default 0,
      repaired jsonb not null default '{}',
      refreshed_links integer not null default 0,
      implausible text,
      trusted_until timestamptz
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table panel_syncs');
}
