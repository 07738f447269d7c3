import type { Localised } from './language';

/** Kinds of apps that understand the same nodes, as the feed serves them. */
export const appFamilies = [
  'hiddify',
  'happ',
  'xray',
  'shadowrocket',
  'nekobox',
  'karing',
  'singbox',
  'stash',
  'mihomo',
  'clash',
  'throne',
  'other',
] as const;
export type AppFamily = (typeof appFamilies)[number];

/** What a feed can be written as. `html` is the page for people, `info` what they would read there as JSON. */
export const feedFormats = ['links', 'base64', 'clash', 'mihomo', 'stash', 'singbox', 'xray', 'html', 'info'] as const;
export type FeedFormat = (typeof feedFormats)[number];

/** An app that asks for a feed, and how it is answered. */
export interface App {
  readonly family: AppFamily;
  readonly format: FeedFormat;
  /** Version of the app or of its core, whichever its User-Agent tells and the family's limits are counted in. */
  readonly version?: string;
}

/** What the shop's file says about the feed. */
export interface FeedSettings {
  /** Hours between two downloads by an app. */
  readonly updateHours: number;
  /** A line that apps show above the servers. */
  readonly announce?: Localised;
  /** Clash apps that do not name their mihomo get xhttp too. */
  readonly xhttpForMihomo: boolean;
  /** Happ and INCY get Xray JSON in place of links. */
  readonly xrayJsonForHapp: boolean;
  /** Further headers for Happ and INCY, by name. */
  readonly happHeaders: Readonly<Record<string, string>>;
  /** Apps that do not name their device get no servers where the number of devices has a limit. Absent counts as false. */
  readonly requireDevice?: boolean;
  /** Apps that the table does not know, or should serve in another way; looked at first. */
  readonly apps: readonly { readonly startsWith: string; readonly family: AppFamily }[];
}

export const usualFeed: FeedSettings = {
  updateHours: 12,
  xhttpForMihomo: false,
  xrayJsonForHapp: false,
  requireDevice: false,
  happHeaders: {},
  apps: [],
};
