import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table users
      add column referral_code text unique check (referral_code ~ '^[a-z0-9]{10}$'),
      add column referrer_id integer references users (id) check (referrer_id <> id),
      add column referred_at timestamptz,
      add check ((referrer_id is null) = (referred_at is null));
    create index idx_users_referrer_id on users (referrer_id) where referrer_id is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table users drop column referred_at, drop column referrer_id, drop column referral_code');
}
