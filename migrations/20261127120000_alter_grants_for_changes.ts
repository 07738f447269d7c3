import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table grants drop constraint grants_kind_check;
    alter table grants add constraint grants_kind_check check (kind in
      ('purchase', 'renewal', 'trial', 'gift', 'manual', 'pause', 'resume', 'change', 'refund', 'revoke', 'dispute'));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table grants drop constraint grants_kind_check;
    alter table grants add constraint grants_kind_check check (kind in
      ('purchase', 'renewal', 'trial', 'gift', 'manual', 'pause', 'resume', 'refund', 'revoke', 'dispute')) not valid;
  `);
}
