import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table grants (
      id text primary key,
      subscription_id text not null references subscriptions (id),
      sequence integer not null check (sequence > 0),
      kind text not null check (kind in ('purchase', 'renewal', 'trial', 'gift', 'manual', 'pause', 'resume', 'refund', 'revoke', 'dispute')),
      source text not null,
      source_id text not null,
      end_before timestamptz,
      end_after timestamptz not null,
      created_at timestamptz not null default now(),
      unique (source, source_id),
      unique (subscription_id, sequence)
    );
    create trigger grants_append_only before update or delete on grants
      for each row execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table grants');
}
