import { usualFeed } from '../domain/app';
import type { FeedRecord, FeedStatus } from '../domain/feedRecord';
import type { FeedShop } from '../domain/feedRow';
import { feedUrl, openUrl } from '../domain/shop';
import { statusOf } from '../domain/subscription';
import { fill, type Layout } from './store/layouts';
import type { FeedHead, StoredFeed } from './store/recordStore';

/** Links of a layout as the shop shows them now, with these texts in place of the credentials. */
export function linksOf(layout: Layout, shop: FeedShop, credentials: readonly string[]): readonly string[] {
  return shop.serverIds.flatMap((serverId) => {
    const key = layout.keys.find((one) => one.serverId === serverId);
    return key === undefined ? [] : fill(key.links, credentials).split('\n');
  });
}

/** Why this feed holds servers at `now`, or why not. */
export function feedStatus({ state, layout }: FeedHead, shop: FeedShop, now: Date): FeedStatus {
  if (state.isBanned) return 'banned';
  const { endsAt, isPaused, isRevoked } = state;
  const subscription = { endsAt, pausedAt: isPaused ? now : undefined, revokedAt: isRevoked ? now : undefined };
  const status = statusOf(subscription, now, shop.settings.graceMs);
  if (status !== 'active' && status !== 'grace') return status;
  if (state.isExhausted) return 'traffic_used';
  return layout.keys.some(({ serverId }) => shop.serverIds.includes(serverId)) ? 'live' : 'preparing';
}

/** Everything that a feed is rendered from, with `credentials` in the links. */
export function recordOf(
  { head, texts }: StoredFeed,
  shop: FeedShop,
  at: { readonly status: FeedStatus; readonly credentials: readonly string[] },
): FeedRecord {
  const { settings } = shop;
  return {
    status: at.status,
    language: texts.language,
    texts: shop.texts,
    title: settings.name,
    endsAt: head.state.endsAt,
    supportUrl: settings.supportUrl,
    webPageUrl: openUrl(settings, texts.token),
    feedUrl: feedUrl(settings, texts.token),
    timeZone: settings.timeZone,
    trafficLimitBytes: head.state.trafficLimitBytes,
    // Panels tell the sum of both directions; apps show the sum too.
    uploadBytes: 0,
    downloadBytes: head.state.usedBytes,
    settings: settings.feed ?? usualFeed,
    links: linksOf(head.layout, shop, at.credentials),
  };
}
