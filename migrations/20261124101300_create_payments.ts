import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table payments (
      id text primary key check (length(id) <= 32),
      order_id text not null references orders (id),
      user_id integer not null references users (id),
      provider text not null,
      attempt integer not null check (attempt > 0),
      state text not null check (state in ('created', 'pending', 'underpaid', 'underpaid_closed', 'paid', 'paid_late',
        'partially_refunded', 'refunded', 'disputed', 'expired', 'cancelled', 'failed')),
      asked_minor bigint not null check (asked_minor > 0),
      asked_currency text not null,
      rate text,
      rate_source text,
      rate_at timestamptz,
      external_id text,
      pay_url text,
      deadline timestamptz not null,
      next_poll_at timestamptz,
      poll_attempts integer not null default 0,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (order_id, attempt)
    );
    create unique index idx_payments_external_id on payments (provider, external_id) where external_id is not null;
    create index idx_payments_user_id on payments (user_id, created_at);
    create index idx_payments_next_poll_at on payments (next_poll_at) where next_poll_at is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table payments');
}
