import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table panel_health (
      panel_id text primary key references panels (id),
      state text not null default 'up' check (state in ('up', 'down')),
      since timestamptz not null default now(),
      error_code text,
      error_text text,
      failures integer not null default 0,
      retry_at timestamptz,
      version text,
      core_state text,
      evidence text check (evidence in ('recorded', 'untried')),
      warnings jsonb not null default '[]',
      checked_at timestamptz
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table panel_health');
}
