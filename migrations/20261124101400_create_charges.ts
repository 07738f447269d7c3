import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table charges (
      id text primary key,
      payment_id text not null references payments (id),
      provider text not null,
      charge_id text not null,
      amount_minor bigint not null check (amount_minor > 0),
      currency text not null,
      refunded_minor bigint not null default 0 check (refunded_minor between 0 and amount_minor),
      received_at timestamptz not null default now(),
      unique (provider, charge_id)
    );
    create index idx_charges_payment_id on charges (payment_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table charges');
}
