import type { Knex } from 'knex';

/** Which of several subscriptions its owner means without naming one. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table users add column default_subscription_id text references subscriptions (id)');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table users drop column default_subscription_id');
}
