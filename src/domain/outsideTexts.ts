import type { FeedStatus } from './feedRecord';

/** Why a feed has no server to show: the subscription's state, or an app that none of its servers fits. */
export type FeedNotice = Exclude<FeedStatus, 'live'> | 'nothing_fits' | 'old_app';

/** Texts of the page of a subscription, none of them with markup. */
export interface PageTexts {
  readonly title: string;
  readonly subscription: string;
  readonly statuses: Readonly<Record<FeedStatus, string>>;
  /** What a person can do where there is nothing to connect to. */
  readonly advice: Readonly<Partial<Record<FeedStatus, string>>>;
  readonly timeLeft: string;
  readonly until: (shown: { day: string }) => string;
  readonly ended: (shown: { day: string }) => string;
  readonly graceLeft: string;
  readonly traffic: string;
  readonly unlimited: string;
  readonly unlimitedNote: string;
  readonly trafficLeft: (shown: { limit: string }) => string;
  readonly trafficWhole: string;
  readonly connect: string;
  readonly platform: string;
  readonly open: (shown: { app: string }) => string;
  readonly openNote: string;
  readonly more: string;
  readonly otherSystems: string;
  readonly notInstalled: string;
  readonly otherDevice: string;
  readonly scan: string;
  readonly qrLabel: string;
  readonly link: string;
  readonly linkNote: string;
  readonly copy: string;
  readonly copied: string;
  readonly secret: string;
  readonly support: string;
  /** Name of the other language, in that language. */
  readonly otherLanguage: string;
  readonly missing: string;
  readonly missingText: string;
  readonly preview: string;
  readonly previewText: string;
}

/** What buyers read outside the bot. */
export interface OutsideTexts {
  /** The one entry of a feed without servers; it stands in the app's list of servers, so it is short. */
  readonly feed: Readonly<Record<FeedNotice, string>>;
  readonly page: PageTexts;
}
