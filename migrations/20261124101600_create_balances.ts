import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table balances (
      user_id integer not null references users (id),
      currency text not null,
      amount_minor bigint not null default 0 check (amount_minor >= 0),
      updated_at timestamptz not null default now(),
      primary key (user_id, currency)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table balances');
}
