import type { Knex } from 'knex';

/** Plans that add traffic or devices to a subscription have no time of their own. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table plans
      add column adds_traffic_bytes bigint check (adds_traffic_bytes > 0),
      add column adds_devices integer check (adds_devices > 0),
      alter column period_value drop not null,
      alter column period_unit drop not null,
      add constraint plans_is_time_or_extra check (
        num_nonnulls(adds_traffic_bytes, adds_devices) = case when period_value is null or period_unit is null then 1 else 0 end);
  `);
}

export async function down(knex: Knex): Promise<void> {
  // An extra may have been bought; as a plan of a day that is not for sale it stays what its orders name.
  await knex.raw(`
    alter table plans drop constraint plans_is_time_or_extra;
    update plans set archived_at = coalesce(archived_at, now()), period_value = 1, period_unit = 'day' where period_value is null;
    alter table plans
      drop column adds_traffic_bytes, drop column adds_devices,
      alter column period_value set not null, alter column period_unit set not null;
  `);
}
