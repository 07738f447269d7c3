import type { Knex } from 'knex';

/** A discount is part of an order's snapshot; what a user has entered waits for the next order. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table orders
      add column promo_code text references promo_codes (code),
      add column list_price_minor bigint check (list_price_minor > price_minor),
      add check ((promo_code is null) = (list_price_minor is null));
    alter table users add column promo_code text references promo_codes (code);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table users drop column promo_code;
    alter table orders drop column promo_code, drop column list_price_minor;
  `);
}
