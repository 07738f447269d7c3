import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table operations (
      id text primary key,
      cause text not null,
      user_id integer not null references users (id),
      order_id text references orders (id),
      panel_account_id text not null references panel_accounts (id),
      kind text not null check (kind in ('ensure', 'remove')),
      target_version integer not null,
      state text not null check (state in ('open', 'done', 'conflict')),
      last_error_code text,
      attempts integer not null default 0,
      created_at timestamptz not null default now(),
      finished_at timestamptz,
      unique (cause, panel_account_id)
    );
    create index idx_operations_open on operations (user_id) where state = 'open';
    create index idx_operations_order_id on operations (order_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table operations');
}
