import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table rates (
      currency text not null,
      quote text not null,
      unit_price text not null,
      source text not null,
      at timestamptz not null,
      suspect_price text,
      suspect_at timestamptz,
      primary key (currency, quote)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table rates
  `);
}
