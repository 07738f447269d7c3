import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table orders (
      id text primary key,
      user_id integer not null references users (id),
      subscription_id text references subscriptions (id),
      renews_subscription boolean not null,
      plan_id text not null references plans (id),
      plan_title jsonb not null,
      period_value integer not null check (period_value > 0),
      period_unit text not null check (period_unit in ('day', 'month', 'year')),
      price_minor bigint not null check (price_minor > 0),
      currency text not null,
      traffic_limit_bytes bigint check (traffic_limit_bytes > 0),
      device_limit integer check (device_limit > 0),
      server_ids text[] not null,
      state text not null check (state in ('open', 'paid', 'expired', 'superseded', 'cancelled')),
      fulfilment text not null check (fulfilment in ('none', 'provisioning', 'fulfilled', 'credited', 'revoked')),
      expires_at timestamptz not null,
      created_at timestamptz not null default now(),
      paid_at timestamptz,
      fulfilled_at timestamptz,
      closed_reason text,
      check (renews_subscription = false or subscription_id is not null),
      check (fulfilment in ('none', 'credited') or state = 'paid')
    );
    create unique index idx_orders_one_open on orders
      (user_id, (case when renews_subscription then subscription_id else '' end)) where state = 'open';
    create index idx_orders_user_id on orders (user_id, created_at);
    create index idx_orders_subscription_id on orders (subscription_id);
    create index idx_orders_provisioning on orders (paid_at) where fulfilment = 'provisioning';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table orders');
}
