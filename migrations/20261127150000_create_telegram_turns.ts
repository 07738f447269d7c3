import type { Knex } from 'knex';

/**
 * The line of messages to Telegram: one row, when the next of them may leave. Unlogged, because it is written with every message and worth nothing
 * after a crash.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('create unlogged table telegram_turns (id boolean primary key check (id), next_at timestamptz not null)');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table telegram_turns');
}
