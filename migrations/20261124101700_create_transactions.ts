import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table transactions (
      id text primary key,
      operation_key text not null unique,
      user_id integer references users (id),
      from_account text not null,
      to_account text not null check (to_account <> from_account),
      amount_minor bigint not null check (amount_minor > 0),
      currency text not null,
      kind text not null,
      order_id text references orders (id),
      payment_id text references payments (id),
      created_at timestamptz not null default now()
    );
    create index idx_transactions_user_id on transactions (user_id, created_at);
    create function refuse_change() returns trigger language plpgsql as $$
    begin
      raise exception '% is append-only', tg_table_name;
    end $$;
    create trigger transactions_append_only before update or delete on transactions
      for each row execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table transactions; drop function refuse_change()');
}
