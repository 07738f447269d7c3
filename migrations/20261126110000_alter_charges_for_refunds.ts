import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table charges add column share text check (share in ('whole', 'part', 'second', 'renewal'));
    alter table refunds add column charge_id text;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table refunds drop column charge_id;
    alter table charges drop column share;
  `);
}
