import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table plans add column is_trial boolean not null default false;
    alter table plans drop constraint plans_price_minor_check;
    alter table plans add constraint plans_price_minor_check check (price_minor > 0 or (is_trial and price_minor = 0));
    create unique index idx_plans_one_trial on plans (is_trial) where is_trial;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index idx_plans_one_trial;
    alter table plans drop constraint plans_price_minor_check;
    alter table plans add constraint plans_price_minor_check check (price_minor > 0) not valid;
    alter table plans drop column is_trial;
  `);
}
