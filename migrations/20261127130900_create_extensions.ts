import type { Knex } from 'knex';

/** Days for everybody, after an outage: whom they are for is in the events of users, one each. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table extensions (
      id text primary key,
      days integer not null check (days > 0),
      reason text not null,
      actor text not null,
      created_at timestamptz not null default now()
    );
    create index idx_user_events_source on user_events (source) where kind = 'extended';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index idx_user_events_source; drop table extensions');
}
