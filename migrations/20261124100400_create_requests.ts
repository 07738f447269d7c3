import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table requests (
      user_id integer not null references users (id),
      key text not null check (length(key) between 1 and 100),
      result jsonb not null,
      created_at timestamptz not null default now(),
      primary key (user_id, key)
    );
    create index idx_requests_created_at on requests (created_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table requests');
}
