import type { Knex } from 'knex';

// Written before anything is charged: one try for each slot of the calendar of one end.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table renewal_attempts (
      id text primary key,
      subscription_id text not null references subscriptions (id),
      user_id integer not null references users (id),
      ends_at timestamptz not null,
      slot integer not null check (slot >= 0),
      method_id text references saved_methods (id),
      amount_minor bigint not null check (amount_minor > 0),
      currency text not null,
      order_id text references orders (id),
      payment_id text unique references payments (id),
      next_at timestamptz,
      state text not null check (state in ('started', 'paid', 'declined', 'unknown')),
      created_at timestamptz not null,
      finished_at timestamptz,
      unique (subscription_id, ends_at, slot)
    );
    create index idx_renewal_attempts_started on renewal_attempts (user_id) where state = 'started';
    create index idx_renewal_attempts_order_id on renewal_attempts (order_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table renewal_attempts');
}
