import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table server_jobs (
      id text primary key,
      server_id text not null references servers (id),
      kind text not null check (kind in ('add', 'evacuate', 'disable', 'enable', 'refresh', 'remove')),
      to_server_id text references servers (id),
      state text not null check (state in ('running', 'done')),
      cursor text not null default '',
      total integer not null,
      actor text not null,
      created_at timestamptz not null,
      finished_at timestamptz
    );
    create unique index idx_server_jobs_running on server_jobs (server_id) where state = 'running';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table server_jobs');
}
