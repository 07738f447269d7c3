import { usualFeed } from '../domain/app';
import type { FeedRecord } from '../domain/feedRecord';
import type { Language } from '../domain/language';
import type { ShopSettings } from '../domain/shop';
import { statusOf } from '../domain/subscription';
import type { Db } from './connection';
import { feedUrl, openUrl } from './screens';

interface Row {
  readonly id: string;
  readonly language: Language;
  readonly is_banned: boolean;
  readonly ends_at: Date | null;
  readonly paused_at: Date | null;
  readonly revoked_at: Date | null;
  readonly traffic_limit_bytes: number | null;
  readonly exhausted_at: Date | null;
  readonly device_limit: number | null;
  readonly hwids: readonly string[] | null;
  /** As text: a sum of bigints is numeric. */
  readonly used_bytes: string | number;
  readonly settings: ShopSettings;
  readonly links: readonly (string | null)[] | null;
}

const query = `
  select s.id, users.language, users.is_banned, s.ends_at, coalesce(s.paused_at, s.suspended_at) as paused_at, s.revoked_at, s.traffic_limit_bytes, s.exhausted_at, s.device_limit, shop.settings,
    (select array_agg(d.hwid) from devices d where d.subscription_id = s.id) as hwids,
    (select coalesce(sum(u.counted_bytes), 0) from account_usage u join panel_accounts a on a.id = u.panel_account_id
       where a.subscription_id = s.id) as used_bytes,
    (select array_agg(k.connection_string order by servers.position)
       from vpn_keys k join servers on servers.id = k.server_id where k.subscription_id = s.id and k.server_id = any (s.server_ids)
         and servers.state <> 'disabled' and servers.archived_at is null) as links
  from subscriptions s join users on users.id = s.user_id cross join shop
  where s.token = ? and shop.id = 1`;

function statusIn(row: Row, links: readonly string[], now: Date): FeedRecord['status'] {
  if (row.is_banned) return 'banned';
  const facts = { endsAt: row.ends_at ?? undefined, pausedAt: row.paused_at ?? undefined, revokedAt: row.revoked_at ?? undefined };
  const status = statusOf(facts, now, row.settings.graceMs);
  if (status !== 'active' && status !== 'grace') return status;
  if (row.exhausted_at !== null) return 'traffic_used';
  return links.length === 0 ? 'preparing' : 'live';
}

/** The feed of the subscription with this token, in one query; undefined when no subscription has it. */
export async function loadFeedRecord(db: Db, token: string, now: Date): Promise<FeedRecord | undefined> {
  const result: { rows: readonly Row[] } = await db.raw(query, [token]);
  const row = result.rows[0];
  if (row === undefined) return undefined;
  const links = (row.links ?? []).flatMap((link) => (link === null ? [] : link.split('\n')));
  return {
    status: statusIn(row, links, now),
    language: row.language,
    title: row.settings.name,
    endsAt: row.ends_at ?? undefined,
    supportUrl: row.settings.supportUrl,
    webPageUrl: openUrl(row.settings, token),
    feedUrl: feedUrl(row.settings, token),
    timeZone: row.settings.timeZone,
    trafficLimitBytes: row.traffic_limit_bytes ?? 0,
    // Panels tell the sum of both directions; apps show the sum too.
    uploadBytes: 0,
    downloadBytes: Number(row.used_bytes),
    settings: row.settings.feed ?? usualFeed,
    links,
    ...(row.device_limit === null ? {} : { devices: { subscriptionId: row.id, known: row.hwids ?? [] } }),
  };
}
