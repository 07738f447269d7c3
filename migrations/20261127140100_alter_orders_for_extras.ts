import type { Knex } from 'knex';

/** An order of an extra waits beside the renewal of the same subscription. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table orders
      add column adds_traffic_bytes bigint check (adds_traffic_bytes > 0),
      add column adds_devices integer check (adds_devices > 0),
      drop constraint orders_kind_check,
      drop constraint orders_check2,
      add constraint orders_kind_check check (kind in ('plan', 'topup', 'extra')),
      add constraint orders_plan_has_period check (kind <> 'plan' or (plan_id is not null and period_value is not null and period_unit is not null)),
      add constraint orders_extra_adds check (
        num_nonnulls(adds_traffic_bytes, adds_devices) = case when kind = 'extra' then 1 else 0 end),
      add constraint orders_extra_is_for_one check (kind <> 'extra' or (plan_id is not null and subscription_id is not null and renews_subscription));
    drop index idx_orders_one_open;
    create unique index idx_orders_one_open on orders
      (user_id, (case when kind = 'topup' then 'topup' when kind = 'extra' then 'extra:' || subscription_id when is_gift then 'gift'
        when renews_subscription then subscription_id else '' end))
      where state = 'open';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    update orders set state = 'cancelled' where kind = 'extra' and state = 'open';
    drop index idx_orders_one_open;
    create unique index idx_orders_one_open on orders
      (user_id, (case when kind = 'topup' then 'topup' when is_gift then 'gift' when renews_subscription then subscription_id else '' end))
      where state = 'open';
    alter table orders
      drop constraint orders_extra_is_for_one, drop constraint orders_extra_adds, drop constraint orders_plan_has_period,
      drop constraint orders_kind_check,
      drop column adds_traffic_bytes, drop column adds_devices;
    update orders set kind = 'plan', period_value = 1, period_unit = 'day' where kind = 'extra';
    alter table orders
      add constraint orders_kind_check check (kind in ('plan', 'topup')),
      add constraint orders_check2 check (kind = 'topup' or (plan_id is not null and period_value is not null and period_unit is not null));
  `);
}
