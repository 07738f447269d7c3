import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table panels (
      id text primary key,
      kind text not null,
      url text not null,
      tls jsonb not null,
      credentials_sealed text not null,
      archived_at timestamptz,
      updated_at timestamptz not null default now()
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table panels');
}
