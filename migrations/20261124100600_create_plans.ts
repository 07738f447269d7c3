import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table plans (
      id text primary key,
      title jsonb not null,
      period_value integer not null check (period_value > 0),
      period_unit text not null check (period_unit in ('day', 'month', 'year')),
      price_minor bigint not null check (price_minor > 0),
      currency text not null,
      stars_price integer check (stars_price > 0),
      traffic_limit_bytes bigint check (traffic_limit_bytes > 0),
      device_limit integer check (device_limit > 0),
      server_ids text[] not null,
      position integer not null,
      archived_at timestamptz,
      updated_at timestamptz not null default now()
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table plans');
}
