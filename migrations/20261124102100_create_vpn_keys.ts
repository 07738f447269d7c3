import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table vpn_keys (
      id text primary key,
      subscription_id text not null references subscriptions (id),
      server_id text not null references servers (id),
      user_id integer not null references users (id),
      connection_string text,
      expires_at timestamptz not null,
      updated_at timestamptz not null default now(),
      unique (subscription_id, server_id)
    );
    create index idx_vpn_keys_user_id on vpn_keys (user_id);
    create index idx_vpn_keys_expiry on vpn_keys (expires_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table vpn_keys');
}
