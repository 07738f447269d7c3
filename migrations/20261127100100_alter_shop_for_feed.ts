import type { Knex } from 'knex';

/** What all feeds share has a version, raised with settings and with the servers that feeds show, and told as that of a subscription is. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table shop add column feed_version integer not null default 1;

    create function raise_shop_feed() returns trigger language plpgsql as $$
    begin
      new.feed_version := old.feed_version + 1;
      perform pg_notify('feed', 'shop:' || new.feed_version);
      return new;
    end $$;
    create trigger raise_feed before update on shop for each row
      when ((old.settings, old.feed_version) is distinct from (new.settings, new.feed_version)) execute function raise_shop_feed();

    create function touch_feed_of_shop() returns trigger language plpgsql as $$
    begin
      update shop set feed_version = feed_version + 1;
      return null;
    end $$;
    create trigger touch_feed_with_new after insert on servers for each row execute function touch_feed_of_shop();
    create trigger touch_feed_with_changed after update of state, archived_at, position on servers for each row
      when ((old.state, old.archived_at, old.position) is distinct from (new.state, new.archived_at, new.position))
      execute function touch_feed_of_shop();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger touch_feed_with_changed on servers;
    drop trigger touch_feed_with_new on servers;
    drop function touch_feed_of_shop();
    drop trigger raise_feed on shop;
    drop function raise_shop_feed();
    alter table shop drop column feed_version;
  `);
}
