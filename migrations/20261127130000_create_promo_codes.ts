import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table promo_codes (
      code text primary key check (code ~ '^[A-Z0-9_-]{3,32}$'),
      kind text not null check (kind in ('percent', 'amount', 'days')),
      value integer not null check (value > 0 and (kind <> 'percent' or value < 100)),
      currency text check ((kind = 'amount') = (currency is not null)),
      plan_ids text[] not null default '{}',
      new_buyers_only boolean not null default false,
      max_uses integer check (max_uses > 0),
      max_per_user integer not null default 1 check (max_per_user > 0),
      uses integer not null default 0 check (uses >= 0),
      starts_at timestamptz,
      ends_at timestamptz,
      ended_at timestamptz,
      created_by text not null,
      created_at timestamptz not null default now(),
      check (max_uses is null or uses <= max_uses),
      check (starts_at is null or ends_at is null or ends_at > starts_at)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table promo_codes');
}
