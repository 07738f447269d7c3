import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table telegram_updates (
      update_id bigint primary key,
      telegram_user_id bigint,
      body jsonb,
      received_at timestamptz not null default now(),
      handled_at timestamptz,
      deferred boolean not null default false,
      attempts integer not null default 0,
      next_attempt_at timestamptz not null default now(),
      leased_until timestamptz,
      error_code text
    );
    create index idx_telegram_updates_open on telegram_updates (telegram_user_id, update_id) where handled_at is null;
    create index idx_telegram_updates_handled_at on telegram_updates (handled_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table telegram_updates');
}
