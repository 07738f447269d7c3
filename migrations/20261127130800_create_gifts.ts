import type { Knex } from 'knex';

/** A paid gift: whoever opens its link first has it, once. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table gifts (
      order_id text primary key references orders (id),
      giver_id integer not null references users (id),
      code text not null unique check (code ~ '^[a-z0-9]{20}$'),
      state text not null check (state in ('open', 'taken', 'taken_back')),
      taken_by integer references users (id),
      taken_at timestamptz,
      step integer not null default 0,
      created_at timestamptz not null default now(),
      check ((taken_by is null) = (taken_at is null)),
      check (state <> 'taken' or taken_by is not null),
      check (state <> 'open' or taken_by is null)
    );
    create index idx_gifts_giver_id on gifts (giver_id, created_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table gifts');
}
