import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table users (
      id integer generated always as identity primary key,
      telegram_id bigint unique,
      language text not null check (language in ('ru', 'en')),
      language_chosen boolean not null default false,
      is_banned boolean not null default false,
      blocked_at timestamptz,
      last_provider text,
      created_at timestamptz not null default now()
    );
    create index idx_users_banned on users (id) where is_banned;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table users');
}
