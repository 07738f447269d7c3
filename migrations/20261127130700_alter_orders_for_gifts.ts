import type { Knex } from 'knex';

/** An order of a gift waits beside orders for the buyer's own access. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table orders
      add column is_gift boolean not null default false,
      add check (not is_gift or (kind = 'plan' and not renews_subscription and subscription_id is null));
    drop index idx_orders_one_open;
    create unique index idx_orders_one_open on orders
      (user_id, (case when kind = 'topup' then 'topup' when is_gift then 'gift' when renews_subscription then subscription_id else '' end))
      where state = 'open';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    update orders set state = 'cancelled' where is_gift and state = 'open';
    drop index idx_orders_one_open;
    create unique index idx_orders_one_open on orders
      (user_id, (case when kind = 'topup' then 'topup' when renews_subscription then subscription_id else '' end)) where state = 'open';
    alter table orders drop column is_gift;
  `);
}
