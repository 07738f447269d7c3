import type { Knex } from 'knex';

/** Who was banned when their data was deleted, by a keyed hash of the Telegram id: whoever comes back is banned still. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table banned_people (
      person_hash text primary key,
      created_at timestamptz not null default now()
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table banned_people');
}
