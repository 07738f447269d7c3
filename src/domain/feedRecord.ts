import type { Language } from './language';

/** Everything the feed of one subscription is rendered from. */
export interface FeedRecord {
  readonly status: 'live' | 'lapsed' | 'paused' | 'revoked' | 'banned' | 'preparing';
  readonly language: Language;
  readonly title: string;
  readonly endsAt: Date | undefined;
  readonly supportUrl: string | undefined;
  readonly webPageUrl: string;
  readonly trafficLimitBytes: number;
  /** Share links, in the order of the shop. */
  readonly links: readonly string[];
}
