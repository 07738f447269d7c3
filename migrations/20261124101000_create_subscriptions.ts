import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table subscriptions (
      id text primary key,
      user_id integer not null references users (id),
      plan_id text not null references plans (id),
      token text not null unique check (length(token) between 16 and 64),
      ends_at timestamptz,
      paused_at timestamptz,
      revoked_at timestamptz,
      traffic_limit_bytes bigint check (traffic_limit_bytes > 0),
      device_limit integer check (device_limit > 0),
      server_ids text[] not null,
      version integer not null default 1,
      created_at timestamptz not null default now()
    );
    create index idx_subscriptions_user_id on subscriptions (user_id);
    create index idx_subscriptions_ends_at on subscriptions (ends_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table subscriptions');
}
