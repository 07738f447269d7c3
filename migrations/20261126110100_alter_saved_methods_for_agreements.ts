import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table saved_methods add column renews_itself boolean not null default false;
    alter table saved_methods add column stopped_at timestamptz;
    create index idx_saved_methods_to_stop on saved_methods (user_id) where renews_itself and forgotten_at is not null and stopped_at is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index idx_saved_methods_to_stop;
    alter table saved_methods drop column stopped_at;
    alter table saved_methods drop column renews_itself;
  `);
}
