import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table notices (
      id text primary key,
      user_id integer not null references users (id),
      key text not null unique,
      kind text not null,
      params jsonb not null default '{}',
      created_at timestamptz not null default now(),
      claimed_at timestamptz,
      sent_at timestamptz
    );
    create index idx_notices_unsent on notices (user_id) where claimed_at is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table notices
  `);
}
