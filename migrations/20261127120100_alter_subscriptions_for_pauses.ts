import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table subscriptions add column resumes_at timestamptz;
    update subscriptions set resumes_at = paused_at where paused_at is not null;
    alter table subscriptions add constraint subscriptions_pause_check check ((paused_at is null) = (resumes_at is null));
    create index idx_subscriptions_resumes_at on subscriptions (resumes_at) where resumes_at is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table subscriptions drop column resumes_at;
  `);
}
