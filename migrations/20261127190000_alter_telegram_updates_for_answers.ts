import type { Knex } from 'knex';

/** How often an answer was put off because Telegram did not take it, and digests of the messages that left before that. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table telegram_updates
      add column put_offs integer not null default 0,
      add column said text[] not null default '{}'
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table telegram_updates drop column put_offs, drop column said');
}
