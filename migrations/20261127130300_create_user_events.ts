import type { Knex } from 'knex';

/** Effects on another user: written in the transaction of their cause, applied by that user's own workflow, once. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table user_events (
      id text primary key,
      user_id integer not null references users (id),
      kind text not null,
      source text not null,
      created_at timestamptz not null default now(),
      next_attempt_at timestamptz not null default now(),
      applied_at timestamptz,
      unique (user_id, kind, source)
    );
    create index idx_user_events_open on user_events (next_attempt_at) where applied_at is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table user_events');
}
