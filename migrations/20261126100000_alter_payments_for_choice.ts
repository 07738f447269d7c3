import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table payments add column chosen_at timestamptz;
    update payments set chosen_at = created_at;
    alter table payments alter column chosen_at set not null, alter column chosen_at set default now();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table payments drop column chosen_at');
}
