import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table notices add column sends integer not null default 0');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table notices drop column sends');
}
