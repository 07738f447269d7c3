import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table order_messages (
      order_id text primary key references orders (id),
      message_id bigint,
      shown_rank integer not null default 0,
      ready_claimed_at timestamptz,
      ready_sent_at timestamptz,
      ready_sends integer not null default 0,
      delay_told_at timestamptz
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table order_messages');
}
