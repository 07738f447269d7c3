import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`create index idx_payment_events_unreadable on payment_events (provider, received_at) where result = 'unreadable'`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index idx_payment_events_unreadable');
}
