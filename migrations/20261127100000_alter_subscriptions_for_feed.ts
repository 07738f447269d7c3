import type { Knex } from 'knex';

/**
 * The feed of a subscription has a version, raised with everything that the feed is made of, and told to whoever listens on `feed` when the
 * transaction commits. Usage does not raise it.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table subscriptions
      add column feed_no integer generated always as identity,
      add column feed_version integer not null default 1,
      add column feed_changed_at timestamptz not null default clock_timestamp();
    create unique index idx_subscriptions_feed_no on subscriptions (feed_no);
    create index idx_subscriptions_feed_changed_at on subscriptions (feed_changed_at);
    alter table account_usage add column changed_at timestamptz not null default clock_timestamp();
    create index idx_account_usage_changed_at on account_usage (changed_at);

    create function raise_subscription_feed() returns trigger language plpgsql as $$
    begin
      if (new.token, new.ends_at, new.paused_at, new.suspended_at, new.revoked_at, new.traffic_limit_bytes, new.exhausted_at, new.device_limit,
          new.server_ids, new.feed_changed_at)
        is distinct from (old.token, old.ends_at, old.paused_at, old.suspended_at, old.revoked_at, old.traffic_limit_bytes, old.exhausted_at,
          old.device_limit, old.server_ids, old.feed_changed_at)
      then
        new.feed_version := old.feed_version + 1;
        new.feed_changed_at := clock_timestamp();
        perform pg_notify('feed', 'subscription:' || new.feed_no || ':' || new.feed_version);
      end if;
      return new;
    end $$;
    create trigger raise_feed before update on subscriptions for each row execute function raise_subscription_feed();

    create function touch_feed_of_user() returns trigger language plpgsql as $$
    begin
      update subscriptions set feed_changed_at = clock_timestamp() where user_id = new.id;
      return null;
    end $$;
    create trigger touch_feed after update of is_banned, language on users for each row
      when ((old.is_banned, old.language) is distinct from (new.is_banned, new.language)) execute function touch_feed_of_user();

    create function touch_feed_of_part() returns trigger language plpgsql as $$
    begin
      update subscriptions set feed_changed_at = clock_timestamp()
        where id = case tg_op when 'DELETE' then old.subscription_id else new.subscription_id end;
      return null;
    end $$;
    create trigger touch_feed_with_new after insert on vpn_keys for each row
      when (new.connection_string is not null) execute function touch_feed_of_part();
    create trigger touch_feed_with_changed after update of connection_string, server_id on vpn_keys for each row
      when ((old.connection_string, old.server_id) is distinct from (new.connection_string, new.server_id)) execute function touch_feed_of_part();
    create trigger touch_feed_with_gone after delete on vpn_keys for each row
      when (old.connection_string is not null) execute function touch_feed_of_part();
    create trigger touch_feed after insert or delete on devices for each row execute function touch_feed_of_part();

    create function note_usage_change() returns trigger language plpgsql as $$
    begin
      new.changed_at := clock_timestamp();
      return new;
    end $$;
    create trigger note_change before update on account_usage for each row execute function note_usage_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger note_change on account_usage;
    drop function note_usage_change();
    drop trigger touch_feed on devices;
    drop trigger touch_feed_with_gone on vpn_keys;
    drop trigger touch_feed_with_changed on vpn_keys;
    drop trigger touch_feed_with_new on vpn_keys;
    drop function touch_feed_of_part();
    drop trigger touch_feed on users;
    drop function touch_feed_of_user();
    drop trigger raise_feed on subscriptions;
    drop function raise_subscription_feed();
    drop index idx_account_usage_changed_at;
    alter table account_usage drop column changed_at;
    drop index idx_subscriptions_feed_changed_at;
    drop index idx_subscriptions_feed_no;
    alter table subscriptions drop column feed_no, drop column feed_version, drop column feed_changed_at;
  `);
}
