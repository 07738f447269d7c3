import type { Knex } from 'knex';

// No method means the balance. What was agreed to, and when, stays after the end.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table auto_renewals (
      subscription_id text primary key references subscriptions (id),
      user_id integer not null references users (id),
      method_id text references saved_methods (id),
      consent_at timestamptz not null,
      consent_version text not null,
      ended_at timestamptz,
      ended_reason text,
      check ((ended_at is null) = (ended_reason is null))
    );
    create index idx_auto_renewals_user_id on auto_renewals (user_id) where ended_at is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table auto_renewals');
}
