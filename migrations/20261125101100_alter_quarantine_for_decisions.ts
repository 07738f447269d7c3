import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table quarantine add column version integer not null default 1;
    create index idx_quarantine_open on quarantine (created_at) where resolved_at is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index idx_quarantine_open;
    alter table quarantine drop column version;
  `);
}
