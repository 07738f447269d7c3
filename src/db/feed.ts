import type { FeedRow, FeedShop } from '../domain/feedRow';
import type { Language } from '../domain/language';
import type { ShopSettings } from '../domain/shop';
import { ShopError } from '../errors';
import type { Db } from './connection';

interface Row {
  readonly feed_no: number;
  readonly feed_version: number;
  readonly id: string;
  readonly token: string;
  readonly language: Language;
  readonly is_banned: boolean;
  readonly is_paused: boolean;
  readonly is_revoked: boolean;
  readonly is_exhausted: boolean;
  readonly ends_at: Date | null;
  readonly traffic_limit_bytes: number | null;
  readonly device_limit: number | null;
  readonly hwids: readonly string[] | null;
  readonly used_bytes: number;
  /** Server and links in turn. */
  readonly keys: readonly string[] | null;
}

const usedBytes = `(select coalesce(sum(u.counted_bytes), 0)::bigint from account_usage u join panel_accounts a on a.id = u.panel_account_id
  where a.subscription_id = s.id)`;

const columns = `s.feed_no, s.feed_version, s.id, s.token, users.language, users.is_banned, s.ends_at, s.traffic_limit_bytes, s.device_limit,
  (s.paused_at is not null or s.suspended_at is not null) as is_paused, s.revoked_at is not null as is_revoked, s.exhausted_at is not null as is_exhausted,
  case when s.device_limit is not null then (select array_agg(d.hwid order by d.hwid) from devices d where d.subscription_id = s.id) end as hwids,
  ${usedBytes} as used_bytes,
  (select array_agg(part order by k.server_id, at) from vpn_keys k cross join unnest(array[k.server_id, k.connection_string]) with ordinality as parts (part, at)
     where k.subscription_id = s.id and k.connection_string is not null and k.server_id = any (s.server_ids)) as keys`;

const from = `from subscriptions s join users on users.id = s.user_id`;

function toFeedRow(row: Row): FeedRow {
  const keys = row.keys ?? [];
  return {
    no: row.feed_no,
    version: row.feed_version,
    subscriptionId: row.id,
    token: row.token,
    language: row.language,
    isBanned: row.is_banned,
    isPaused: row.is_paused,
    isRevoked: row.is_revoked,
    isExhausted: row.is_exhausted,
    endsAt: row.ends_at ?? undefined,
    trafficLimitBytes: row.traffic_limit_bytes ?? 0,
    usedBytes: row.used_bytes,
    deviceLimit: row.device_limit ?? undefined,
    hwids: row.hwids ?? [],
    keys: keys.flatMap((serverId, index) => (index % 2 === 0 ? [{ serverId, links: keys[index + 1] ?? '' }] : [])),
  };
}

async function rowsWhere(db: Db, condition: string, bindings: Readonly<Record<string, unknown>>): Promise<readonly FeedRow[]> {
  const result: { rows: readonly Row[] } = await db.raw(`select ${columns} ${from} where ${condition}`, bindings);
  return result.rows.map((row) => toFeedRow(row));
}

/** What the feed with this token is made of; undefined when no subscription has it. One query. */
export async function loadFeedRow(db: Db, token: string): Promise<FeedRow | undefined> {
  const rows = await rowsWhere(db, 's.token = :token', { token });
  return rows[0];
}

/** Rows by their numbers. */
export function loadFeedRows(db: Db, numbers: readonly number[]): Promise<readonly FeedRow[]> {
  return rowsWhere(db, 's.feed_no = any (:numbers)', { numbers: [...numbers] });
}

/** A page of the subscriptions that may be live, after a number, in the order of numbers. */
function loadLiveFeedRows(db: Db, page: { after: number; limit: number; endedAfter: Date }): Promise<readonly FeedRow[]> {
  return rowsWhere(
    db,
    `s.feed_no > :after and s.revoked_at is null and (s.ends_at is null or s.ends_at > :endedAfter) order by s.feed_no limit :limit`,
    page,
  );
}

/**
 * The moment on Postgres's clock that everything visible from now on was changed after, unless it is visible already. A transaction that is
 * open has changed nothing before it began.
 */
export async function feedHorizon(db: Db): Promise<Date> {
  const result: { rows: readonly { horizon: Date }[] } = await db.raw(
    // 10 s for a server's clock that was set back.
    `select least(clock_timestamp(), min(xact_start)) - interval '10 seconds' as horizon from pg_stat_activity where datname = current_database()`,
  );
  const horizon = result.rows[0]?.horizon;
  if (horizon === undefined) throw new ShopError('Internal', { message: 'Postgres gave no time' });
  return horizon;
}

/** Numbers of the subscriptions whose feed changed since a horizon. */
export async function changedFeeds(db: Db, since: Date): Promise<readonly number[]> {
  const rows: readonly { feed_no: number }[] = await db('subscriptions').where('feed_changed_at', '>=', since).select('feed_no');
  return rows.map((row) => row.feed_no);
}

/** Bytes used by the subscriptions whose usage was counted since a horizon, by number. */
export async function changedUsage(db: Db, since: Date): Promise<readonly { readonly no: number; readonly usedBytes: number }[]> {
  const result: { rows: readonly { feed_no: number; used_bytes: number }[] } = await db.raw(
    `select s.feed_no, ${usedBytes} as used_bytes from subscriptions s where s.id in
       (select a.subscription_id from account_usage u join panel_accounts a on a.id = u.panel_account_id where u.changed_at >= ?)`,
    [since],
  );
  return result.rows.map((row) => ({ no: row.feed_no, usedBytes: row.used_bytes }));
}

/** What buyers read outside the bot, in the words of a shop. */
export type TextsOf = (settings: ShopSettings) => FeedShop['texts'];

/** What all feeds have in common; undefined before a shop was applied. */
export async function loadFeedShop(db: Db, textsOf: TextsOf): Promise<FeedShop | undefined> {
  const result: { rows: readonly { feed_version: number; settings: ShopSettings; server_ids: readonly string[] | null }[] } = await db.raw(
    `select feed_version, settings, (select array_agg(id order by position, id) from servers where archived_at is null and state <> 'disabled') as server_ids
     from shop where id = 1`,
  );
  const row = result.rows[0];
  if (row === undefined) return undefined;
  const { feed_version: version, settings, server_ids: serverIds } = row;
  return { version, settings, serverIds: serverIds ?? [], texts: textsOf(settings) };
}

/** Where the cache of feeds asks: `endedAfter` tells which subscriptions may still be live. */
export function feedQueries(db: Db, { endedAfter, textsOf }: { readonly endedAfter: () => Date; readonly textsOf: TextsOf }) {
  return {
    loadRow: (token: string) => loadFeedRow(db, token),
    loadRows: (numbers: readonly number[]) => loadFeedRows(db, numbers),
    loadLiveRows: (page: { readonly after: number; readonly limit: number }) => loadLiveFeedRows(db, { ...page, endedAfter: endedAfter() }),
    loadShop: () => loadFeedShop(db, textsOf),
    horizon: () => feedHorizon(db),
    changedFeeds: (since: Date) => changedFeeds(db, since),
    changedUsage: (since: Date) => changedUsage(db, since),
  };
}
