import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table quarantine (
      id text primary key,
      event_id text references payment_events (id),
      payment_id text references payments (id),
      provider text not null,
      reason text not null,
      amount_minor bigint check (amount_minor > 0),
      currency text,
      created_at timestamptz not null default now(),
      resolved_at timestamptz,
      resolved_by text,
      action text,
      unique (event_id)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table quarantine');
}
