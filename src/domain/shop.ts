import type { FeedSettings } from './app';
import type { Language, Localised } from './language';
import type { QuietHours } from './quietHours';
import type { ShopDay } from './reminder';
import type { TrialRules } from './trial';
import type { ReferralTerms } from './referral';

/** Settings of the shop as the file `shop.yaml` states them, the parts that are no tables of their own. */
export interface ShopSettings {
  readonly name: string;
  /** Origin that buyers' apps and providers reach, without a final slash. */
  readonly publicUrl: string;
  readonly currency: string;
  /** IANA name. */
  readonly timeZone: string;
  /** A `https://t.me/…` or other link where buyers get help. */
  readonly supportUrl?: string;
  readonly terms?: Localised;
  readonly help?: Localised;
  /** How long an order waits for its payment. */
  readonly orderMs: number;
  /** Sums a buyer can put on the balance, in minor units of the currency. */
  readonly topups?: readonly number[];
  /** Access goes on this long after the end. */
  readonly graceMs: number;
  /** Keys stay on their panels this long after access has ended; absent in shops applied before there was a choice. */
  readonly keepKeysMs?: number;
  /** When nobody is written to of the shop's own accord. */
  readonly quietHours?: QuietHours;
  /** Absent where nothing can be tried. */
  readonly trial?: TrialRules;
  /** What a friend who buys brings; absent = nothing. */
  readonly referral?: ReferralTerms;
  /** The shop's own texts in the place of the usual ones, by key. */
  readonly texts?: Readonly<Partial<Record<Language, Readonly<Record<string, string>>>>>;
  /** Absent in shops applied before the feed had settings. */
  readonly feed?: FeedSettings;
}

const usualKeepKeysMs = 30 * 86_400_000;

/** How long keys stay on their panels after access has ended. */
export function keepKeysMs(settings: Pick<ShopSettings, 'keepKeysMs'>): number {
  return settings.keepKeysMs ?? usualKeepKeysMs;
}

/** The clock on the wall of the shop, for what it writes of its own accord. */
export function shopDay(settings: Pick<ShopSettings, 'timeZone' | 'quietHours'>): ShopDay {
  return { timeZone: settings.timeZone, quiet: settings.quietHours };
}

/** The link a VPN app downloads its feed from. */
export function feedUrl(settings: Pick<ShopSettings, 'publicUrl'>, token: string): string {
  return `${settings.publicUrl}/sub/${token}`;
}

/** The page that opens a VPN app with the subscription. */
export function openUrl(settings: Pick<ShopSettings, 'publicUrl'>, token: string): string {
  return `${settings.publicUrl}/open/app/${token}`;
}
