import type { Knex } from 'knex';

/** The update that answered the question: tried again, it still finds what it answers. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table conversations add column answered_by bigint');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table conversations drop column answered_by');
}
