import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table subscriptions
      add column traffic_reset text not null default 'period' check (traffic_reset in ('period', 'month')),
      add column traffic_since timestamptz,
      add column exhausted_at timestamptz;
    create index idx_subscriptions_traffic_since on subscriptions (traffic_since) where traffic_reset = 'month' and traffic_limit_bytes is not null;
    alter table panel_accounts
      add column desired_epoch integer not null default 0,
      add column seen_epoch integer not null default 0;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table panel_accounts drop column desired_epoch, drop column seen_epoch;
    drop index idx_subscriptions_traffic_since;
    alter table subscriptions drop column traffic_reset, drop column traffic_since, drop column exhausted_at;
  `);
}
