import type { FeedSettings } from '../domain/app';
import { parseDecimal } from '../domain/money';
import type { Localised } from '../domain/language';
import type { QuietHours } from '../domain/quietHours';
import type { Reward } from '../domain/referral';
import type { ShopSettings } from '../domain/shop';
import { trialPlanId, type TrialRules } from '../domain/trial';
import type { TlsChoice } from '../http';
import { providerCodes } from '../payments/blocks';
import type { ShopFile } from './schema';

/** What the database should hold for a shop file, table by table, secrets still open. */
export interface ShopRows {
  readonly settings: ShopSettings;
  readonly operators: readonly number[];
  readonly plans: readonly Readonly<Record<string, unknown> & { id: string }>[];
  readonly panels: readonly {
    readonly id: string;
    readonly kind: string;
    readonly url: string;
    readonly tls: TlsChoice;
    readonly credentials: object;
  }[];
  readonly servers: readonly Readonly<Record<string, unknown> & { id: string }>[];
  readonly methods: readonly (Readonly<Record<string, unknown>> & { readonly provider: string; readonly settings: object })[];
}

const bytes: Readonly<Record<string, number>> = { GB: 1024 ** 3, TB: 1024 ** 4 };

function both(text: string | Localised): Localised {
  return typeof text === 'string' ? { ru: text, en: text } : text;
}

function trafficBytes(traffic: string): number | null {
  const match = /^(\d+) (GB|TB)/.exec(traffic);
  return match === null ? null : Number(match[1]) * (bytes[match[2] ?? ''] ?? 1);
}

function tlsChoice(tls: ShopFile['panels'][number]['tls']): TlsChoice {
  if (tls === 'verify' || tls === 'plain-http') return { mode: tls };
  return 'pinned' in tls ? { mode: 'pinned', sha256: tls.pinned } : { mode: 'self-signed', certificate: tls.selfSigned };
}

function serverIds(file: ShopFile, wanted: 'all' | readonly string[]): readonly string[] {
  return wanted === 'all' ? file.servers.map((server) => server.id) : wanted;
}

function limitColumns(file: ShopFile, plan: Pick<ShopFile['plans'][number], 'traffic' | 'devices' | 'servers'>): object {
  return {
    adds_traffic_bytes: null,
    adds_devices: null,
    traffic_limit_bytes: trafficBytes(plan.traffic),
    traffic_reset: plan.traffic.endsWith(' per month') ? 'month' : 'period',
    device_limit: plan.devices ?? null,
    server_ids: serverIds(file, plan.servers),
  };
}

/** An extra is a plan that has no time of its own. */
function extraRows(file: ShopFile): ShopRows['plans'] {
  return file.extras.map((extra, index) => ({
    id: extra.id,
    is_trial: false,
    title: both(extra.title),
    period_value: null,
    period_unit: null,
    price_minor: parseDecimal(extra.price, file.shop.currency).minor,
    currency: file.shop.currency,
    stars_price: extra.starsPrice ?? null,
    adds_traffic_bytes: extra.traffic === undefined ? null : trafficBytes(extra.traffic),
    adds_devices: extra.devices ?? null,
    traffic_limit_bytes: null,
    traffic_reset: 'period',
    device_limit: null,
    server_ids: [],
    chooses_server: false,
    capacity: null,
    is_single: false,
    payment_rules: extra.payments,
    position: file.plans.length + index,
  }));
}

/** The trial is a plan that has no price and is not for sale. */
function trialRows(file: ShopFile): ShopRows['plans'] {
  if (file.trial === undefined) return [];
  const { title, days } = file.trial;
  return [
    {
      id: trialPlanId,
      is_trial: true,
      title: both(title),
      period_value: days,
      period_unit: 'day',
      price_minor: 0,
      currency: file.shop.currency,
      stars_price: null,
      chooses_server: false,
      capacity: null,
      is_single: false,
      payment_rules: {},
      position: 0,
      ...limitColumns(file, file.trial),
    },
  ];
}

function minuteOf(time: string): number {
  const [hours, minutes] = time.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}

function quietHours({ shop }: ShopFile): { quietHours?: QuietHours } {
  if (shop.quietHours === 'none') return {};
  const [from = '', to = ''] = shop.quietHours.split('-');
  return { quietHours: { fromMinute: minuteOf(from), toMinute: minuteOf(to) } };
}

function trialRules({ trial }: ShopFile): { trial?: TrialRules } {
  if (trial === undefined) return {};
  const { channel, dailyPerReferrer } = trial;
  const limit = dailyPerReferrer === undefined ? {} : { dailyPerReferrer };
  if (channel === undefined) return { trial: limit };
  const where =
    typeof channel === 'string'
      ? { chat: channel, url: `https://t.me/${channel.slice(1)}` }
      : { chat: String(channel.id), url: channel.url };
  return { trial: { channel: where, ...limit } };
}

function planRows(file: ShopFile): ShopRows['plans'] {
  return file.plans.map((plan, position) => {
    const [value, unit = ''] = plan.period.split(' ');
    return {
      id: plan.id,
      title: both(plan.title),
      period_value: Number(value),
      period_unit: unit.replace(/s$/, ''),
      price_minor: parseDecimal(plan.price, file.shop.currency).minor,
      currency: file.shop.currency,
      stars_price: plan.starsPrice ?? null,
      is_trial: false,
      ...limitColumns(file, plan),
      chooses_server: plan.locations !== undefined,
      capacity: plan.capacity ?? null,
      is_single: plan.single === true,
      payment_rules: plan.payments,
      position,
    };
  });
}

/** What opens a panel: everything in its block that is not its place. */
function credentialsOf({ id: _id, kind: _kind, url: _url, tls: _tls, ...credentials }: ShopFile['panels'][number]): object {
  return Object.fromEntries(Object.entries(credentials).filter(([, value]) => value !== undefined));
}

function minorOf(amount: string | undefined, currency: string): number | null {
  return amount === undefined ? null : parseDecimal(amount, currency).minor;
}

/** What decides whether buyers see a method stands beside its settings, which are sealed. */
function methodRows(file: ShopFile): ShopRows['methods'] {
  const { payments, shop } = file;
  return providerCodes.flatMap((provider) => {
    const settings = payments[provider];
    if (settings === undefined) return [];
    const { yookassa, ton } = payments;
    const isYookassa = provider === 'yookassa';
    return [
      {
        provider,
        settings,
        enabled: settings.enabled,
        choices: isYookassa && yookassa?.sbp === true ? ['sbp'] : [],
        min_minor: minorOf(settings.min, shop.currency),
        max_minor: minorOf(settings.max, shop.currency),
        needs_email: isYookassa && yookassa?.receipt !== undefined && yookassa.receipt.email === undefined,
        saves_methods: 'saveMethods' in settings && settings.saveMethods,
        rate_currency: provider === 'ton' && ton !== undefined && 'source' in ton.rate ? 'TON' : null,
      },
    ];
  });
}

function feedSettings({ feed }: ShopFile): FeedSettings {
  const { announce, happHeaders, ...rest } = feed;
  const headers = Object.entries(happHeaders).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return { ...rest, happHeaders: Object.fromEntries(headers), ...(announce === undefined ? {} : { announce: both(announce) }) };
}

function rewardOf(text: string | undefined, currency: string): Reward | undefined {
  if (text === undefined) return undefined;
  const days = /^(\d+) days?$/.exec(text)?.[1];
  return days === undefined ? { kind: 'balance', amount: parseDecimal(text, currency) } : { kind: 'days', days: Number(days) };
}

function referralSettings({ referral, shop }: ShopFile): Pick<ShopSettings, 'referral'> {
  if (referral === undefined) return {};
  const referrer = rewardOf(referral.referrer, shop.currency);
  const friend = rewardOf(referral.friend, shop.currency);
  return { referral: { ...(referrer === undefined ? {} : { referrer }), ...(friend === undefined ? {} : { friend }) } };
}

function ownTexts({ texts }: ShopFile): Pick<ShopSettings, 'texts'> {
  if (texts === undefined) return {};
  const { ru, en } = texts;
  return { texts: { ...(ru === undefined ? {} : { ru }), ...(en === undefined ? {} : { en }) } };
}

/** Turns a checked file into rows. */
export function shopRows(file: ShopFile): ShopRows {
  const { shop } = file;
  return {
    settings: {
      name: shop.name,
      publicUrl: shop.publicUrl,
      currency: shop.currency,
      timeZone: shop.timeZone,
      ...(shop.supportUrl === undefined ? {} : { supportUrl: shop.supportUrl }),
      ...(shop.terms === undefined ? {} : { terms: both(shop.terms) }),
      ...(shop.help === undefined ? {} : { help: both(shop.help) }),
      orderMs: shop.orderMinutes * 60_000,
      graceMs: shop.graceHours * 3_600_000,
      keepKeysMs: shop.keepKeysDays * 86_400_000,
      topups: shop.topups.map((sum) => parseDecimal(sum, shop.currency).minor),
      ...quietHours(file),
      ...trialRules(file),
      ...referralSettings(file),
      feed: feedSettings(file),
      ...ownTexts(file),
    },
    operators: file.operators,
    plans: [...planRows(file), ...extraRows(file), ...trialRows(file)],
    panels: file.panels.map((panel) => ({
      id: panel.id,
      kind: panel.kind,
      url: panel.url,
      tls: tlsChoice(panel.tls),
      credentials: credentialsOf(panel),
    })),
    servers: file.servers.map((server, position) => ({
      id: server.id,
      panel_id: server.panel,
      title: both(server.title),
      country: server.country,
      targets: server.inbounds ?? server.squads ?? server.groups ?? [],
      payment_rules: server.payments,
      capacity: server.capacity ?? null,
      position,
    })),
    methods: methodRows(file),
  };
}
