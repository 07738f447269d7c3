import type { Knex } from 'knex';

/** A target is an inbound's number, an inbound's tag, a squad's uuid or a group's number: text holds them all. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table servers alter column targets type text[] using targets::text[];
    alter table panel_accounts alter column desired_targets type text[] using desired_targets::text[];
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table panel_accounts alter column desired_targets type integer[] using desired_targets::integer[];
    alter table servers alter column targets type integer[] using targets::integer[];
  `);
}
