import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table parked_items (
      id text primary key,
      user_id integer not null references users (id),
      item jsonb not null,
      error_code text not null,
      error_message text not null,
      parked_at timestamptz not null default now(),
      resolved_at timestamptz,
      resolved_by text
    );
    create index idx_parked_items_open on parked_items (user_id) where resolved_at is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table parked_items');
}
