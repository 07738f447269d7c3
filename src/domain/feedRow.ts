import type { Language } from './language';
import type { OutsideTexts } from './outsideTexts';
import type { ShopSettings } from './shop';

/** What Postgres holds of one subscription's feed. */
export interface FeedRow {
  /** Counts subscriptions from 1 without large gaps, so that arrays can be indexed by it. */
  readonly no: number;
  /** Raised with every change of what the feed is made of; usage does not raise it. */
  readonly version: number;
  readonly subscriptionId: string;
  readonly token: string;
  readonly language: Language;
  readonly isBanned: boolean;
  readonly isPaused: boolean;
  readonly isRevoked: boolean;
  readonly isExhausted: boolean;
  readonly endsAt: Date | undefined;
  /** Bytes; 0 = unlimited. */
  readonly trafficLimitBytes: number;
  /** Bytes in both directions, over all panels. */
  readonly usedBytes: number;
  readonly deviceLimit: number | undefined;
  readonly hwids: readonly string[];
  /** Servers that have links, in the order of their ids. */
  readonly keys: readonly FeedKey[];
}

export interface FeedKey {
  readonly serverId: string;
  /** Share links, one a line. */
  readonly links: string;
}

/** What all feeds of a shop have in common. */
export interface FeedShop {
  /** Raised with every change of settings or of the servers that feeds show. */
  readonly version: number;
  readonly settings: ShopSettings;
  /** In the shop's own words where it has them. */
  readonly texts: Readonly<Record<Language, OutsideTexts>>;
  /** Ids of servers that feeds show, in the order of the shop. */
  readonly serverIds: readonly string[];
}
