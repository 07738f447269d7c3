import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { usualFeed, type FeedSettings } from '../domain/app';
import { formatDecimal, money } from '../domain/money';
import { getShopSettings, listOperators } from '../db/catalog';
import type { Db } from '../db/connection';
import type { Sealer } from '../db/seal';
import type { Localised } from '../domain/language';
import type { MethodRules } from '../domain/method';
import type { QuietHours } from '../domain/quietHours';
import { keepKeysMs } from '../domain/shop';
import type { TrialRules } from '../domain/trial';
import type { ReferralTerms, Reward } from '../domain/referral';
import type { TlsChoice } from '../http';
import { panelBlocks, type PanelKind } from '../panels/blocks';
import { secretFields } from '../payments/blocks';

const gigabyte = 1024 ** 3;

function text(both: Localised): string | Localised {
  return both.ru === both.en ? both.ru : both;
}

function quietText(quiet: QuietHours | undefined): string {
  if (quiet === undefined) return 'none';
  const time = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  return `${time(quiet.fromMinute)}-${time(quiet.toMinute)}`;
}

function tlsOf(tls: TlsChoice): unknown {
  switch (tls.mode) {
    case 'verify':
    case 'plain-http':
      return tls.mode;
    case 'pinned':
      return { pinned: tls.sha256 };
    case 'self-signed':
      return { selfSigned: tls.certificate };
  }
}

function placeholder(...parts: readonly string[]): string {
  return `\${${parts.join('_').toUpperCase().replaceAll('-', '_')}}`;
}

interface PlanRow {
  readonly id: string;
  readonly title: Localised;
  readonly period_value: number | null;
  readonly period_unit: string | null;
  readonly price_minor: number;
  readonly currency: string;
  readonly stars_price: number | null;
  readonly traffic_limit_bytes: number | null;
  readonly traffic_reset: 'period' | 'month';
  readonly chooses_server: boolean;
  readonly capacity: number | null;
  readonly is_single: boolean;
  readonly device_limit: number | null;
  readonly server_ids: readonly string[];
  readonly payment_rules: MethodRules;
  readonly is_trial: boolean;
  readonly adds_traffic_bytes: number | null;
  readonly adds_devices: number | null;
}

function limitsOf(row: PlanRow): object {
  return {
    traffic:
      row.traffic_limit_bytes === null
        ? 'unlimited'
        : `${row.traffic_limit_bytes / gigabyte} GB${row.traffic_reset === 'month' ? ' per month' : ''}`,
    ...(row.device_limit === null ? {} : { devices: row.device_limit }),
    servers: row.server_ids,
  };
}

function trialOf(row: PlanRow | undefined, rules: TrialRules | undefined): object {
  if (row === undefined) return {};
  const { channel, dailyPerReferrer } = rules ?? {};
  const place = channel?.chat.startsWith('@') === true ? channel.chat : channel && { id: Number(channel.chat), url: channel.url };
  return {
    trial: {
      title: text(row.title),
      days: row.period_value,
      ...limitsOf(row),
      ...(place === undefined ? {} : { channel: place }),
      ...(dailyPerReferrer === undefined ? {} : { dailyPerReferrer }),
    },
  };
}

function planOf(row: PlanRow): object {
  return {
    id: row.id,
    title: text(row.title),
    period: `${row.period_value} ${row.period_unit}${row.period_value === 1 ? '' : 's'}`,
    price: formatDecimal(money(row.price_minor, row.currency)),
    ...(row.stars_price === null ? {} : { starsPrice: row.stars_price }),
    ...limitsOf(row),
    ...(row.chooses_server ? { locations: 1 } : {}),
    ...(row.capacity === null ? {} : { capacity: row.capacity }),
    ...(row.is_single ? { single: true } : {}),
    ...(Object.keys(row.payment_rules).length === 0 ? {} : { payments: row.payment_rules }),
  };
}

function extrasOf(rows: readonly PlanRow[]): object {
  const extras = rows.map((row) => ({
    id: row.id,
    title: text(row.title),
    price: formatDecimal(money(row.price_minor, row.currency)),
    ...(row.stars_price === null ? {} : { starsPrice: row.stars_price }),
    ...(row.adds_traffic_bytes === null ? { devices: row.adds_devices } : { traffic: `${row.adds_traffic_bytes / gigabyte} GB` }),
    ...(Object.keys(row.payment_rules).length === 0 ? {} : { payments: row.payment_rules }),
  }));
  return extras.length === 0 ? {} : { extras };
}

interface ServerRow {
  readonly id: string;
  readonly panel_id: string;
  readonly title: Localised;
  readonly country: string;
  readonly targets: readonly string[];
  readonly capacity: number | null;
  readonly payment_rules: MethodRules;
}

interface PanelRow {
  readonly id: string;
  readonly kind: PanelKind;
  readonly url: string;
  readonly tls: TlsChoice;
  readonly credentials_sealed: string;
}

function snake(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter}`);
}

/** A panel's block, what opens it as `${NAME}`. */
function panelOf(row: PanelRow, sealer: Sealer): object {
  const place = { table: 'panels', column: 'credentials_sealed', row: row.id };
  const credentials: Readonly<Record<string, unknown>> = JSON.parse(sealer.open(row.credentials_sealed, place));
  const fields = Object.keys(credentials).map((field) => [field, placeholder('PANEL', row.id, snake(field))]);
  return { id: row.id, kind: row.kind, url: row.url, ...Object.fromEntries(fields), tls: tlsOf(row.tls) };
}

/** A number where the panel has numbers. */
function targetOf(target: string): string | number {
  return /^[1-9]\d{0,8}$/.test(target) ? Number(target) : target;
}

interface MethodRow {
  readonly provider: string;
  readonly settings_sealed: string;
}

/** A method's block, its secrets as `${NAME}`. */
function methodOf(row: MethodRow, sealer: Sealer): object {
  const place = { table: 'payment_methods', column: 'settings_sealed', row: row.provider };
  const settings: Readonly<Record<string, unknown>> = JSON.parse(sealer.open(row.settings_sealed, place));
  return Object.fromEntries(
    Object.entries(settings).map(([field, value]) => [field, secretFields.has(field) ? placeholder(row.provider, snake(field)) : value]),
  );
}

function feedOf(feed: FeedSettings | undefined): object {
  if (feed === undefined || isDeepStrictEqual(feed, usualFeed)) return {};
  return { feed: { ...feed, ...(feed.announce === undefined ? {} : { announce: text(feed.announce) }) } };
}

function referralOf(terms: ReferralTerms | undefined): object {
  if (terms === undefined) return {};
  const word = (reward: Reward): string => (reward.kind === 'days' ? `${reward.days} days` : formatDecimal(reward.amount));
  return {
    referral: Object.fromEntries(Object.entries(terms).flatMap(([side, reward]) => (reward === undefined ? [] : [[side, word(reward)]]))),
  };
}

/** The shop as a file that gives the same shop again; user names, passwords and keys stand in it as `${NAME}`. */
export async function exportShop(db: Db, sealer: Sealer): Promise<string> {
  const settings = await getShopSettings(db);
  const plans: readonly PlanRow[] = await db('plans').whereNull('archived_at').orderBy('position');
  const panels: readonly PanelRow[] = await db('panels').whereNull('archived_at').orderBy('id');
  const servers: readonly ServerRow[] = await db('servers').whereNull('archived_at').orderBy('position');
  const methods: readonly MethodRow[] = await db('payment_methods').whereNull('archived_at').orderBy('position');
  const kinds = new Map(panels.map((panel) => [panel.id, panel.kind]));
  const { terms, help, supportUrl } = settings;
  return stringify({
    shop: {
      name: settings.name,
      publicUrl: settings.publicUrl,
      currency: settings.currency,
      timeZone: settings.timeZone,
      ...(supportUrl === undefined ? {} : { supportUrl }),
      ...(terms === undefined ? {} : { terms: text(terms) }),
      ...(help === undefined ? {} : { help: text(help) }),
      orderMinutes: settings.orderMs / 60_000,
      graceHours: settings.graceMs / 3_600_000,
      keepKeysDays: keepKeysMs(settings) / 86_400_000,
      quietHours: quietText(settings.quietHours),
      topups: (settings.topups ?? []).map((minor) => formatDecimal(money(minor, settings.currency))),
    },
    operators: await listOperators(db),
    plans: plans.filter((plan) => !plan.is_trial && plan.period_unit !== null).map(planOf),
    ...extrasOf(plans.filter((plan) => plan.period_unit === null)),
    ...trialOf(
      plans.find((plan) => plan.is_trial),
      settings.trial,
    ),
    panels: panels.map((panel) => panelOf(panel, sealer)),
    servers: servers.map((server) => ({
      id: server.id,
      panel: server.panel_id,
      title: text(server.title),
      country: server.country,
      [panelBlocks[kinds.get(server.panel_id) ?? '3x-ui'].targets]: server.targets.map(targetOf),
      ...(server.capacity === null ? {} : { capacity: server.capacity }),
      ...(Object.keys(server.payment_rules).length === 0 ? {} : { payments: server.payment_rules }),
    })),
    payments: Object.fromEntries(methods.map((row) => [row.provider, methodOf(row, sealer)])),
    ...referralOf(settings.referral),
    ...feedOf(settings.feed),
    ...(settings.texts === undefined ? {} : { texts: settings.texts }),
  });
}
