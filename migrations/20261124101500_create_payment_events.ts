import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table payment_events (
      id text primary key,
      provider text not null,
      dedupe_key text not null,
      payment_id text references payments (id),
      user_id integer references users (id),
      type text not null,
      trusted boolean not null,
      event jsonb not null,
      digest text,
      raw_sealed text,
      received_at timestamptz not null default now(),
      delivered_at timestamptz,
      applied_at timestamptz,
      parked_at timestamptz,
      result text,
      attempts integer not null default 0,
      next_attempt_at timestamptz not null default now(),
      unique (provider, dedupe_key)
    );
    create index idx_payment_events_open on payment_events (next_attempt_at) where applied_at is null and parked_at is null;
    create index idx_payment_events_payment_id on payment_events (payment_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table payment_events');
}
