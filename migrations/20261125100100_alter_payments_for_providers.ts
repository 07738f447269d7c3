import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table payments
      add column choice text,
      add column place text,
      add column instructions jsonb,
      add column save_method boolean not null default false,
      add column invoice_asked_at timestamptz,
      add column held_minor bigint not null default 0 check (held_minor >= 0),
      add column received_minor bigint not null default 0 check (received_minor >= 0),
      add column refunded_minor bigint not null default 0 check (refunded_minor >= 0),
      add column outcome text check (outcome in ('delivered', 'credited'));
    create unique index idx_payments_place on payments (provider, place, asked_minor)
      where place is not null and state in ('created', 'pending');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index idx_payments_place;
    alter table payments
      drop column choice, drop column place, drop column instructions, drop column save_method, drop column invoice_asked_at,
      drop column held_minor, drop column received_minor, drop column refunded_minor, drop column outcome;
  `);
}
