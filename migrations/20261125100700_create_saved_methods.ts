import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table saved_methods (
      id text primary key,
      user_id integer not null references users (id),
      provider text not null,
      external_id text not null,
      title text not null,
      consent_at timestamptz not null,
      consent_version text not null,
      created_at timestamptz not null default now(),
      forgotten_at timestamptz,
      unique (user_id, provider, external_id)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table saved_methods
  `);
}
