import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table refunds (
      id text primary key,
      payment_id text references payments (id),
      order_id text not null references orders (id),
      user_id integer not null references users (id),
      scope text not null check (scope in ('full', 'unused')),
      destination text not null check (destination in ('provider', 'balance')),
      amount_minor bigint not null check (amount_minor > 0),
      currency text not null,
      refunded_before_minor bigint not null,
      state text not null check (state in ('requested', 'pending', 'done', 'refused', 'by_hand')),
      grant_id text,
      provider_refund_id text,
      reason text not null,
      actor text not null,
      why text,
      created_at timestamptz not null default now(),
      finished_at timestamptz
    );
    create unique index idx_refunds_one_open on refunds (payment_id) where state in ('requested', 'pending', 'by_hand');
    create index idx_refunds_user_id on refunds (user_id, created_at);
    create table refund_parts (
      provider text not null,
      refund_id text not null,
      payment_id text not null references payments (id),
      amount_minor bigint not null check (amount_minor > 0),
      currency text not null,
      created_at timestamptz not null default now(),
      primary key (provider, refund_id)
    );
    create index idx_refund_parts_payment_id on refund_parts (payment_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table refund_parts; drop table refunds
  `);
}
