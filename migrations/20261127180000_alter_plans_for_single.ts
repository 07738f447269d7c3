import type { Knex } from 'knex';

/** A plan of which nobody has two: to buy it again renews it. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table plans add column is_single boolean not null default false');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table plans drop column is_single');
}
