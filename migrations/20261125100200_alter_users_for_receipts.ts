import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table users add column email text, add column save_consent_at timestamptz, add column save_consent_version text;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table users drop column email, drop column save_consent_at, drop column save_consent_version;
  `);
}
