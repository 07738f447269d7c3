import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table payment_methods (
      provider text primary key,
      settings_sealed text not null,
      position integer not null,
      archived_at timestamptz,
      updated_at timestamptz not null default now()
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table payment_methods');
}
