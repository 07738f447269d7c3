import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table panel_accounts (
      id text primary key,
      subscription_id text not null references subscriptions (id),
      panel_id text not null references panels (id),
      name text not null,
      uuid text not null,
      password text not null,
      sub_id text not null,
      desired_enabled boolean not null,
      desired_ends_at timestamptz not null,
      desired_traffic_limit_bytes bigint not null check (desired_traffic_limit_bytes >= 0),
      desired_device_limit integer not null check (desired_device_limit >= 0),
      desired_targets integer[] not null,
      desired_version integer not null,
      seen_version integer not null default 0,
      seen_at timestamptz,
      conflict_at timestamptz,
      created_at timestamptz not null default now(),
      unique (subscription_id, panel_id),
      unique (panel_id, name)
    );
    create index idx_panel_accounts_behind on panel_accounts (panel_id) where seen_version < desired_version;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table panel_accounts');
}
