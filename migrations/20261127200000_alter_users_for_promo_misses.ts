import type { Knex } from 'knex';

/** Unknown promo codes that a user tried, and since when: codes are not to be found by guessing. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table users add column promo_misses integer not null default 0, add column promo_misses_since timestamptz');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table users drop column promo_misses, drop column promo_misses_since');
}
