import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table devices (
      id text primary key,
      subscription_id text not null references subscriptions (id) on delete cascade,
      hwid text not null,
      os text,
      os_version text,
      model text,
      created_at timestamptz not null default now(),
      unique (subscription_id, hwid)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table devices');
}
