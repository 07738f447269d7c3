import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table audit_log (
      id bigint generated always as identity primary key,
      actor text not null,
      action text not null,
      target text not null,
      before jsonb,
      after jsonb,
      at timestamptz not null default now()
    );
    create trigger audit_log_append_only before update or delete on audit_log
      for each row execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table audit_log');
}
