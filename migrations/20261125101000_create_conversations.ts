import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table conversations (
      user_id integer primary key references users (id),
      waits_for text not null,
      data jsonb not null default '{}',
      version integer not null default 1,
      expires_at timestamptz not null
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table conversations
  `);
}
