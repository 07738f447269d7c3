import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table panel_targets (
      panel_id text not null references panels (id),
      target text not null,
      title text not null,
      protocol text not null,
      enabled boolean not null,
      fingerprint text not null,
      seen_at timestamptz not null,
      primary key (panel_id, target)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table panel_targets');
}
