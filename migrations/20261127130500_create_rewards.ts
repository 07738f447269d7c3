import type { Knex } from 'knex';

/** One reward for each side of a referred user's first paid order, ever. What could not be taken back is noted as missing. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table rewards (
      id text primary key,
      referred_id integer not null references users (id),
      side text not null check (side in ('referrer', 'friend')),
      user_id integer not null references users (id),
      order_id text not null references orders (id),
      days integer check (days > 0),
      amount_minor bigint check (amount_minor > 0),
      currency text,
      state text not null check (state in ('due', 'given', 'taken_back')),
      subscription_id text references subscriptions (id),
      missing_minor bigint not null default 0 check (missing_minor >= 0),
      step integer not null default 0,
      created_at timestamptz not null default now(),
      given_at timestamptz,
      taken_back_at timestamptz,
      unique (referred_id, side),
      check ((days is null) <> (amount_minor is null)),
      check ((amount_minor is null) = (currency is null))
    );
    create index idx_rewards_user_id on rewards (user_id);
    create index idx_rewards_order_id on rewards (order_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table rewards');
}
