import type { Knex } from 'knex';

/** Which campaign's link a user came with first. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table users add column source text check (length(source) between 1 and 60);
    create index idx_users_source on users (source) where source is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table users drop column source');
}
