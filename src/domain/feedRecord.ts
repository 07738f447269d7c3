import type { FeedSettings } from './app';
import type { Language } from './language';
import type { OutsideTexts } from './outsideTexts';

/** Why a feed holds servers, or one entry that explains why it holds none. */
export type FeedStatus =
  | 'live'
  | 'lapsed'
  | 'paused'
  | 'revoked'
  | 'banned'
  | 'preparing'
  | 'traffic_used'
  | 'device_limit'
  | 'device_unknown';

/** Everything the feed of one subscription is rendered from. */
export interface FeedRecord {
  readonly status: FeedStatus;
  readonly language: Language;
  readonly texts: Readonly<Record<Language, OutsideTexts>>;
  readonly title: string;
  readonly endsAt: Date | undefined;
  readonly supportUrl: string | undefined;
  readonly webPageUrl: string;
  /** The link that apps download the feed from. */
  readonly feedUrl: string;
  /** IANA name; days are shown in it. */
  readonly timeZone: string;
  /** Bytes; 0 = unlimited. */
  readonly trafficLimitBytes: number;
  /** Bytes used over all panels, as far as they have been counted. */
  readonly uploadBytes: number;
  readonly downloadBytes: number;
  readonly settings: FeedSettings;
  /** Share links, in the order of the shop. */
  readonly links: readonly string[];
}
