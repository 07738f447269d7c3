import type { Knex } from 'knex';

/** A deleted user keeps the rows of money and nothing personal; an account that a panel shall have no more says so. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table users
      add column deleted_at timestamptz,
      add check (deleted_at is null or (telegram_id is null and email is null));
    alter table panel_accounts add column removed_at timestamptz;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table panel_accounts drop column removed_at;
    alter table users drop column deleted_at;
  `);
}
