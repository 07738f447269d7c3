import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table operators (
      telegram_id bigint primary key,
      added_at timestamptz not null default now(),
      archived_at timestamptz
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table operators');
}
