import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table orders
      add column kind text not null default 'plan' check (kind in ('plan', 'topup')),
      add column balance_minor bigint not null default 0 check (balance_minor >= 0),
      add column held_minor bigint not null default 0 check (held_minor >= 0),
      alter column plan_id drop not null,
      alter column period_value drop not null,
      alter column period_unit drop not null,
      add check (kind = 'topup' or (plan_id is not null and period_value is not null and period_unit is not null));
    drop index idx_orders_one_open;
    create unique index idx_orders_one_open on orders
      (user_id, (case when kind = 'topup' then 'topup' when renews_subscription then subscription_id else '' end)) where state = 'open';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from orders where kind = 'topup';
    drop index idx_orders_one_open;
    create unique index idx_orders_one_open on orders
      (user_id, (case when renews_subscription then subscription_id else '' end)) where state = 'open';
    alter table orders
      drop column kind, drop column balance_minor, drop column held_minor,
      alter column plan_id set not null, alter column period_value set not null, alter column period_unit set not null;
  `);
}
