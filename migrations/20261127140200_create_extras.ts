import type { Knex } from 'knex';

/** What was added to a subscription's limits. Its limits are those of its plan and of the extras that are neither over nor taken back. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table extras (
      order_id text primary key references orders (id),
      subscription_id text not null references subscriptions (id),
      traffic_bytes bigint check (traffic_bytes > 0),
      devices integer check (devices > 0),
      ends_at timestamptz,
      ended_at timestamptz,
      taken_at timestamptz,
      created_at timestamptz not null default now(),
      check (num_nonnulls(traffic_bytes, devices) = 1),
      check ((ends_at is null) = (devices is null))
    );
    create index idx_extras_subscription_id on extras (subscription_id) where ended_at is null and taken_at is null;
    create index idx_extras_ends_at on extras (ends_at) where ended_at is null and taken_at is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table extras');
}
