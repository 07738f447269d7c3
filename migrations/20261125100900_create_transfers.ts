import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table transfers (
      payment_id text primary key references payments (id),
      user_id integer not null references users (id),
      state text not null check (state in ('awaiting', 'submitted', 'approved', 'declined', 'expired')),
      version integer not null default 1,
      decision_ms bigint not null,
      proof_required boolean not null,
      proof_file_id text,
      proof_kind text check (proof_kind in ('photo', 'document')),
      submitted_at timestamptz,
      decide_until timestamptz,
      decided_at timestamptz,
      decided_by text,
      decline_reason text,
      reminders integer not null default 0,
      created_at timestamptz not null default now()
    );
    create index idx_transfers_submitted on transfers (submitted_at) where state = 'submitted';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table transfers
  `);
}
