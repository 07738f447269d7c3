import { createHash } from 'node:crypto';
import type { Extra } from '../domain/extra';
import type { Localised } from '../domain/language';
import type { Period } from '../domain/period';
import type { Place, Plan } from '../domain/plan';
import type { ShopSettings } from '../domain/shop';
import { ShopError } from '../errors';
import type { TlsChoice } from '../http';
import type { Db } from './connection';
import type { Sealer } from './seal';

/** The shop's settings; throws `NotFound` before the first `apply`. */
export async function getShopSettings(db: Db): Promise<ShopSettings> {
  const row: { settings: ShopSettings } | undefined = await db('shop').where({ id: 1 }).first('settings');
  if (row === undefined) throw new ShopError('NotFound', { message: 'no shop is set up yet: npm run shop -- apply shop.yaml' });
  return row.settings;
}

interface PlanRow {
  readonly id: string;
  readonly title: Localised;
  readonly period_value: number;
  readonly period_unit: Period['unit'];
  readonly price_minor: number;
  readonly currency: string;
  readonly stars_price: number | null;
  readonly traffic_limit_bytes: number | null;
  readonly device_limit: number | null;
  readonly server_ids: readonly string[];
  readonly chooses_server: boolean;
  readonly is_single: boolean;
  readonly sold_out: boolean;
}

function toPlan(row: PlanRow): Plan {
  return {
    id: row.id,
    title: row.title,
    period: { value: row.period_value, unit: row.period_unit },
    price: { minor: row.price_minor, currency: row.currency },
    ...(row.stars_price === null ? {} : { starsPrice: row.stars_price }),
    ...(row.traffic_limit_bytes === null ? {} : { trafficLimitBytes: row.traffic_limit_bytes }),
    ...(row.device_limit === null ? {} : { deviceLimit: row.device_limit }),
    serverIds: row.server_ids,
    choosesServer: row.chooses_server,
    ...(row.is_single ? { isSingle: true } : {}),
    soldOut: row.sold_out,
  };
}

// An order that is open when the last place goes is still delivered: money is never refused for want of a place.
const soldOut = `(
  (plans.capacity is not null and plans.capacity <=
    (select count(*) from subscriptions s where s.plan_id = plans.id and s.revoked_at is null and s.ends_at > now()))
  or not exists (select 1 from servers v where v.id = any (plans.server_ids) and v.archived_at is null and v.state = 'open'
    and (v.capacity is null or v.capacity > (select count(*) from vpn_keys k where k.server_id = v.id and k.expires_at > now()))))`;

/** Plans that are not archived and have these properties, in the order of the shop. */
export async function listPlansWhere(db: Db, properties: { readonly is_trial: boolean }): Promise<readonly Plan[]> {
  const rows: readonly PlanRow[] = await db('plans')
    .where(properties)
    .whereNotNull('period_unit')
    .whereNull('archived_at')
    .orderBy('position')
    .select('plans.*', { sold_out: db.raw(soldOut) });
  return rows.map(toPlan);
}

/** Plans that are for sale, in the order of the shop. */
export function listPlans(db: Db): Promise<readonly Plan[]> {
  return listPlansWhere(db, { is_trial: false });
}

/** What can be added to a subscription, in the order of the shop. */
export async function listExtras(db: Db): Promise<readonly Extra[]> {
  const rows: readonly (PlanRow & { adds_traffic_bytes: number | null; adds_devices: number | null })[] = await db('plans')
    .whereNull('period_unit')
    .whereNull('archived_at')
    .orderBy('position');
  return rows.map((row) => ({
    id: row.id,
    title: row.title,
    price: { minor: row.price_minor, currency: row.currency },
    ...(row.stars_price === null ? {} : { starsPrice: row.stars_price }),
    adds: row.adds_traffic_bytes === null ? { devices: row.adds_devices ?? 0 } : { trafficBytes: row.adds_traffic_bytes },
  }));
}

/** Servers of a plan that a buyer can choose: open, and with a place left. */
export async function listPlaces(db: Db, plan: Pick<Plan, 'serverIds'>): Promise<readonly Place[]> {
  const rows: readonly { id: string; title: Localised; country: string }[] = await db('servers')
    .whereIn('id', [...plan.serverIds])
    .where({ state: 'open' })
    .whereNull('archived_at')
    .whereRaw('(capacity is null or capacity > (select count(*) from vpn_keys k where k.server_id = servers.id and k.expires_at > now()))')
    .orderBy('position')
    .select('id', 'title', 'country');
  return rows.map(({ id, title, country }) => ({ serverId: id, title, country }));
}

/** Methods a buyer can choose from, in the order of the shop. */
export async function listMethods(db: Db): Promise<readonly { readonly provider: string }[]> {
  return db('payment_methods').whereNull('archived_at').orderBy('position').select('provider');
}

/** Telegram ids of the operators. */
export async function listOperators(db: Db): Promise<readonly number[]> {
  const rows: readonly { telegram_id: number }[] = await db('operators').whereNull('archived_at').select('telegram_id');
  return rows.map((row) => row.telegram_id);
}

function fingerprint(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('base64url');
}

/** A provider's settings, opened. An archived one still loads: its open invoices stay payable. */
export async function loadStoredMethod(
  db: Db,
  sealer: Sealer,
  provider: string,
): Promise<{ provider: string; settings: unknown; version: string } | undefined> {
  const row: { settings_sealed: string } | undefined = await db('payment_methods').where({ provider }).first('settings_sealed');
  if (row === undefined) return undefined;
  const settings: unknown = JSON.parse(
    sealer.open(row.settings_sealed, { table: 'payment_methods', column: 'settings_sealed', row: provider }),
  );
  return { provider, settings, version: fingerprint(row.settings_sealed) };
}

export interface StoredPanelRow {
  readonly id: string;
  readonly kind: string;
  readonly url: string;
  readonly tls: TlsChoice;
  readonly credentials: unknown;
  readonly version: string;
}

/** A panel with its credentials opened. */
export async function loadStoredPanel(db: Db, sealer: Sealer, id: string): Promise<StoredPanelRow | undefined> {
  const row: { kind: string; url: string; tls: TlsChoice; credentials_sealed: string } | undefined = await db('panels')
    .where({ id })
    .first();
  if (row === undefined) return undefined;
  const credentials: unknown = JSON.parse(sealer.open(row.credentials_sealed, { table: 'panels', column: 'credentials_sealed', row: id }));
  return {
    id,
    kind: row.kind,
    url: row.url,
    tls: row.tls,
    credentials,
    version: fingerprint(row.kind, row.url, JSON.stringify(row.tls), row.credentials_sealed),
  };
}

/** Ids of the panels in use, with the inbounds that servers want there. */
export async function listPanels(
  db: Db,
): Promise<readonly { readonly id: string; readonly servers: readonly { readonly id: string; readonly targets: readonly string[] }[] }[]> {
  const panels: readonly { id: string }[] = await db('panels').whereNull('archived_at').orderBy('id').select('id');
  const servers: readonly { id: string; panel_id: string; targets: readonly string[] }[] = await db('servers')
    .whereNull('archived_at')
    .orderBy('position')
    .select('id', 'panel_id', 'targets');
  return panels.map(({ id }) => ({ id, servers: servers.filter((server) => server.panel_id === id) }));
}
