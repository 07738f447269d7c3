import type { Knex } from 'knex';

// A person is known by a keyed hash of the Telegram id, so that who was deleted and comes back has had a trial.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table trials (
      user_id integer primary key references users (id),
      person_hash text not null unique,
      subscription_id text not null unique references subscriptions (id),
      created_at timestamptz not null default now()
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table trials');
}
