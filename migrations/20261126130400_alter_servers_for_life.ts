import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table servers
      add column state text not null default 'open' check (state in ('open', 'draining', 'disabled', 'removed')),
      add column capacity integer check (capacity > 0);
    alter table plans
      add column capacity integer check (capacity > 0),
      add column chooses_server boolean not null default false,
      add column traffic_reset text not null default 'period' check (traffic_reset in ('period', 'month'));
    create index idx_vpn_keys_server_id on vpn_keys (server_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index idx_vpn_keys_server_id;
    alter table plans drop column capacity, drop column chooses_server, drop column traffic_reset;
    alter table servers drop column state, drop column capacity;
  `);
}
