import type { Db } from './connection';
import { newCredentials, newId } from './ids';

export interface DesiredTerms {
  readonly subscriptionId: string;
  readonly userId: number;
  readonly enabled: boolean;
  /** End of access, grace included. */
  readonly endsAt: Date;
  readonly trafficLimitBytes: number;
  readonly deviceLimit: number;
  readonly serverIds: readonly string[];
}

interface ServerRow {
  readonly id: string;
  readonly panel_id: string;
  readonly targets: readonly string[];
}

export interface DesiredChange {
  readonly panelAccountId: string;
  readonly panelId: string;
  readonly version: number;
}

/** Writes what every panel should hold for a subscription: one row per panel, its version raised, credentials made the first time. */
export async function setDesiredAccounts(tx: Db, terms: DesiredTerms): Promise<readonly DesiredChange[]> {
  const servers: readonly ServerRow[] = await tx('servers')
    .select('id', 'panel_id', 'targets')
    .whereIn('id', [...terms.serverIds])
    .whereNull('archived_at')
    .orderBy('position');
  await keepKeys(tx, terms, servers);
  const known: readonly { panel_id: string }[] = await tx('panel_accounts')
    .select('panel_id')
    .where({ subscription_id: terms.subscriptionId });
  const panelIds = [...new Set([...servers.map((server) => server.panel_id), ...known.map((row) => row.panel_id)])].sort();
  const changes: DesiredChange[] = [];
  for (const panelId of panelIds) {
    const targets = servers.filter((server) => server.panel_id === panelId).flatMap((server) => server.targets);
    changes.push(
      await upsertAccount(tx, { ...terms, enabled: terms.enabled && targets.length > 0 }, { panelId, targets: [...new Set(targets)] }),
    );
  }
  return changes;
}

async function keepKeys(tx: Db, terms: DesiredTerms, servers: readonly ServerRow[]): Promise<void> {
  for (const server of servers) {
    await tx('vpn_keys')
      .insert({
        id: newId('key'),
        subscription_id: terms.subscriptionId,
        server_id: server.id,
        user_id: terms.userId,
        expires_at: terms.endsAt,
      })
      .onConflict(['subscription_id', 'server_id'])
      .merge({ expires_at: terms.endsAt, updated_at: tx.fn.now() });
  }
}

async function upsertAccount(tx: Db, terms: DesiredTerms, place: { panelId: string; targets: readonly string[] }): Promise<DesiredChange> {
  const credentials = newCredentials();
  const desired = {
    desired_enabled: terms.enabled,
    desired_ends_at: terms.endsAt,
    desired_traffic_limit_bytes: terms.trafficLimitBytes,
    desired_device_limit: terms.deviceLimit,
    desired_targets: place.targets,
  };
  const rows: readonly { id: string; desired_version: number }[] = await tx('panel_accounts')
    .insert({
      id: newId('acc'),
      subscription_id: terms.subscriptionId,
      panel_id: place.panelId,
      name: credentials.name,
      uuid: credentials.uuid,
      password: credentials.password,
      sub_id: credentials.subId,
      ...desired,
      desired_version: 1,
    })
    .onConflict(['subscription_id', 'panel_id'])
    .merge({ ...desired, desired_version: tx.raw('panel_accounts.desired_version + 1') })
    .returning(['id', 'desired_version']);
  const row = rows[0];
  if (row === undefined) throw new Error('a panel account was neither written nor found');
  return { panelAccountId: row.id, panelId: place.panelId, version: row.desired_version };
}

export interface StoredAccount {
  readonly id: string;
  readonly subscriptionId: string;
  readonly panelId: string;
  readonly credentials: { readonly name: string; readonly uuid: string; readonly password: string; readonly subId: string };
  readonly enabled: boolean;
  readonly endsAt: Date;
  readonly trafficLimitBytes: number;
  readonly deviceLimit: number;
  readonly targets: readonly string[];
  readonly version: number;
}

interface AccountRow {
  readonly id: string;
  readonly subscription_id: string;
  readonly panel_id: string;
  readonly name: string;
  readonly uuid: string;
  readonly password: string;
  readonly sub_id: string;
  readonly desired_enabled: boolean;
  readonly desired_ends_at: Date;
  readonly desired_traffic_limit_bytes: number;
  readonly desired_device_limit: number;
  readonly desired_targets: readonly string[];
  readonly desired_version: number;
}

/** The desired state as it is now; every attempt at panel work reads it anew. */
export async function findAccount(db: Db, panelAccountId: string): Promise<StoredAccount | undefined> {
  const row: AccountRow | undefined = await db<AccountRow>('panel_accounts').where({ id: panelAccountId }).first();
  if (row === undefined) return undefined;
  return {
    id: row.id,
    subscriptionId: row.subscription_id,
    panelId: row.panel_id,
    credentials: { name: row.name, uuid: row.uuid, password: row.password, subId: row.sub_id },
    enabled: row.desired_enabled,
    endsAt: row.desired_ends_at,
    trafficLimitBytes: row.desired_traffic_limit_bytes,
    deviceLimit: row.desired_device_limit,
    targets: row.desired_targets,
    version: row.desired_version,
  };
}

/** Notes what was read back; true when the desired state has moved on meanwhile and has to be written again. */
export async function storeSeen(tx: Db, seen: { panelAccountId: string; version: number; now: Date }): Promise<boolean> {
  const rows: readonly { desired_version: number }[] = await tx('panel_accounts')
    .where({ id: seen.panelAccountId })
    .update({ seen_version: tx.raw('greatest(seen_version, ?)', [seen.version]), seen_at: seen.now, conflict_at: null })
    .returning('desired_version');
  return (rows[0]?.desired_version ?? seen.version) > seen.version;
}

/** Notes that a foreign client owns our name on the panel. */
export async function storeConflict(db: Db, panelAccountId: string, now: Date): Promise<void> {
  await db('panel_accounts').where({ id: panelAccountId }).update({ conflict_at: now });
}

export interface ServerOnPanel {
  readonly id: string;
  readonly title: Readonly<Record<'ru' | 'en', string>>;
  readonly country: string;
  readonly targets: readonly string[];
  /** Language of the owner, in which the entry is named. */
  readonly language: 'ru' | 'en';
}

/** Servers of a subscription that live on one panel, in the order of the shop. */
export async function serversOnPanel(db: Db, subscriptionId: string, panelId: string): Promise<readonly ServerOnPanel[]> {
  return db('servers')
    .join('vpn_keys', 'vpn_keys.server_id', 'servers.id')
    .join('users', 'users.id', 'vpn_keys.user_id')
    .where({ 'vpn_keys.subscription_id': subscriptionId, 'servers.panel_id': panelId })
    .orderBy('servers.position')
    .select('servers.id', 'servers.title', 'servers.country', 'servers.targets', 'users.language');
}

/** Stores the links of one VPN key, one per line; links that were there stay when a panel gives none. */
export async function storeConnectionString(
  tx: Db,
  key: { subscriptionId: string; serverId: string; connectionString: string },
): Promise<void> {
  await tx('vpn_keys')
    .where({ subscription_id: key.subscriptionId, server_id: key.serverId })
    .whereRaw('connection_string is distinct from ?', [key.connectionString])
    .update({ connection_string: key.connectionString, updated_at: tx.fn.now() });
}
