import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table reminders (
      subscription_id text not null references subscriptions (id),
      kind text not null,
      ends_at timestamptz not null,
      user_id integer not null references users (id),
      state text not null check (state in ('waiting', 'claimed', 'sent', 'unknown', 'skipped')),
      reason text,
      due_at timestamptz not null,
      tries integer not null default 0,
      next_try_at timestamptz,
      claimed_at timestamptz,
      settled_at timestamptz,
      created_at timestamptz not null default now(),
      primary key (subscription_id, kind, ends_at),
      check ((state = 'skipped') = (reason is not null)),
      check ((state = 'waiting') = (next_try_at is not null))
    );
    create index idx_reminders_user_id on reminders (user_id);
    create index idx_reminders_claimed on reminders (claimed_at) where state = 'claimed';
    create index idx_reminders_waiting on reminders (next_try_at) where state = 'waiting';
    create index idx_reminders_settled on reminders (settled_at) where settled_at is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table reminders');
}
