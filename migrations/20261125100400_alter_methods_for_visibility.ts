import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table payment_methods
      add column enabled boolean not null default true,
      add column choices text[] not null default '{}',
      add column min_minor bigint,
      add column max_minor bigint,
      add column needs_email boolean not null default false,
      add column rate_currency text,
      add column saves_methods boolean not null default false,
      add column trouble text,
      add column trouble_at timestamptz;
    alter table plans add column payment_rules jsonb not null default '{}';
    alter table servers add column payment_rules jsonb not null default '{}';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table payment_methods
      drop column enabled, drop column choices, drop column min_minor, drop column max_minor, drop column needs_email,
      drop column rate_currency, drop column saves_methods, drop column trouble, drop column trouble_at;
    alter table plans drop column payment_rules;
    alter table servers drop column payment_rules;
  `);
}
