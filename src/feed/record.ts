import { usualFeed } from '../domain/app';
import type { FeedRecord, FeedStatus } from '../domain/feedRecord';
import type { FeedShop } from '../domain/feedRow';
import { feedUrl, openUrl } from '../domain/shop';
import { statusOf } from '../domain/subscription';
import { fill, type Layout } from './store/layouts';
import type { StoredFeed } from './store/recordStore';

/** Links of a layout as the shop shows them now, with these texts in place of the credentials. */
export function linksOf(layout: Layout, shop: FeedShop, credentials: readonly string[]): readonly string[] {
  return shop.serverIds.flatMap((serverId) => {
    const key = layout.keys.find((one) => one.serverId === serverId);
    return key === undefined ? [] : fill(key.links, credentials).split('\n');
  });
}

/** Why this feed holds servers at `now`, or why not. */
export function feedStatus({ facts, layout }: StoredFeed, shop: FeedShop, now: Date): FeedStatus {
  if (facts.isBanned) return 'banned';
  const at = (is: boolean): Date | undefined => (is ? now : undefined);
  const subscription = { endsAt: facts.endsAt, pausedAt: at(facts.isPaused), revokedAt: at(facts.isRevoked) };
  const status = statusOf(subscription, now, shop.settings.graceMs);
  if (status !== 'active' && status !== 'grace') return status;
  if (facts.isExhausted) return 'traffic_used';
  return layout.keys.some(({ serverId }) => shop.serverIds.includes(serverId)) ? 'live' : 'preparing';
}

/** Everything that a feed is rendered from, with `credentials` in the links. */
export function recordOf(
  stored: StoredFeed,
  shop: FeedShop,
  at: { readonly status: FeedStatus; readonly credentials: readonly string[] },
): FeedRecord {
  const { facts } = stored;
  const { settings } = shop;
  return {
    status: at.status,
    language: facts.language,
    title: settings.name,
    endsAt: facts.endsAt,
    supportUrl: settings.supportUrl,
    webPageUrl: openUrl(settings, facts.token),
    feedUrl: feedUrl(settings, facts.token),
    timeZone: settings.timeZone,
    trafficLimitBytes: facts.trafficLimitBytes,
    // Panels tell the sum of both directions; apps show the sum too.
    uploadBytes: 0,
    downloadBytes: stored.usedBytes,
    settings: settings.feed ?? usualFeed,
    links: linksOf(stored.layout, shop, at.credentials),
  };
}
