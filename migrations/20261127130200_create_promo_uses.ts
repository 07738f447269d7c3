import type { Knex } from 'knex';

/** A use is counted while it is held or spent. One that came back with late money when the last was gone is spent beyond the limit. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table promo_uses (
      id text primary key,
      code text not null references promo_codes (code),
      user_id integer not null references users (id),
      slot integer not null check (slot > 0),
      state text not null check (state in ('held', 'spent', 'beyond', 'returned')),
      order_id text unique references orders (id),
      subscription_id text references subscriptions (id),
      created_at timestamptz not null default now(),
      check ((order_id is null) <> (subscription_id is null))
    );
    create unique index idx_promo_uses_slot on promo_uses (code, user_id, slot) where state in ('held', 'spent');
    create index idx_promo_uses_user_id on promo_uses (user_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table promo_uses');
}
