import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table servers (
      id text primary key,
      panel_id text not null references panels (id),
      title jsonb not null,
      country text not null check (length(country) = 2),
      targets integer[] not null,
      position integer not null,
      archived_at timestamptz,
      updated_at timestamptz not null default now()
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table servers');
}
