import type { Db } from './connection';
import { newCredentials, newId } from './ids';
import { usableServers, type UsableServer } from './servers';

export interface DesiredTerms {
  readonly subscriptionId: string;
  readonly userId: number;
  readonly enabled: boolean;
  /** End of access, grace included. */
  readonly endsAt: Date;
  readonly trafficLimitBytes: number;
  readonly deviceLimit: number;
  readonly serverIds: readonly string[];
  /** A server that gets a key whatever its state and capacity: an operator moves it there. */
  readonly placeOn?: string;
}

export interface DesiredChange {
  readonly panelAccountId: string;
  readonly panelId: string;
  readonly version: number;
  /** False where the panel should hold what it should have held before. */
  readonly moved: boolean;
}

interface DesiredRow {
  readonly desired_enabled: boolean;
  readonly desired_ends_at: Date;
  readonly desired_traffic_limit_bytes: number;
  readonly desired_device_limit: number;
  readonly desired_targets: readonly string[];
}

interface KnownRow extends DesiredRow {
  readonly id: string;
  readonly removed_at: Date | null;
  readonly panel_id: string;
  readonly desired_version: number;
}

function isSame(known: KnownRow, desired: DesiredRow): boolean {
  return (
    known.desired_enabled === desired.desired_enabled &&
    known.desired_ends_at.getTime() === desired.desired_ends_at.getTime() &&
    known.desired_traffic_limit_bytes === desired.desired_traffic_limit_bytes &&
    known.desired_device_limit === desired.desired_device_limit &&
    known.desired_targets.join('\n') === desired.desired_targets.join('\n')
  );
}

/**
 * Writes what every panel should hold for a subscription: one row per panel, its version raised where that moves, credentials made the first time.
 * Nothing is open for who is banned. The caller holds the subscription's lock.
 */
export async function setDesiredAccounts(tx: Db, terms: DesiredTerms): Promise<readonly DesiredChange[]> {
  const servers = await usableServers(tx, terms);
  const user: { is_banned: boolean } | undefined = await tx('users').where({ id: terms.userId }).first('is_banned');
  await keepKeys(tx, terms, servers);
  const known: readonly KnownRow[] = await tx('panel_accounts').where({ subscription_id: terms.subscriptionId });
  const panelIds = [...new Set([...servers.map((server) => server.panelId), ...known.map((row) => row.panel_id)])].sort();
  const changes: DesiredChange[] = [];
  for (const panelId of panelIds) {
    const targets = [...new Set(servers.filter((server) => server.panelId === panelId).flatMap((server) => server.targets))];
    const desired: DesiredRow = {
      desired_enabled: terms.enabled && targets.length > 0 && user?.is_banned === false,
      desired_ends_at: terms.endsAt,
      desired_traffic_limit_bytes: terms.trafficLimitBytes,
      desired_device_limit: terms.deviceLimit,
      desired_targets: targets,
    };
    const before = known.find((row) => row.panel_id === panelId);
    changes.push(
      before === undefined
        ? await insertAccount(tx, { subscriptionId: terms.subscriptionId, panelId, desired })
        : await moveAccount(tx, before, desired),
    );
  }
  return changes;
}

async function keepKeys(tx: Db, terms: DesiredTerms, servers: readonly UsableServer[]): Promise<void> {
  await tx('vpn_keys').where({ subscription_id: terms.subscriptionId }).update({ expires_at: terms.endsAt, updated_at: tx.fn.now() });
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
      .ignore();
  }
}

async function insertAccount(tx: Db, account: { subscriptionId: string; panelId: string; desired: DesiredRow }): Promise<DesiredChange> {
  const credentials = newCredentials();
  const id = newId('acc');
  await tx('panel_accounts').insert({
    id,
    subscription_id: account.subscriptionId,
    panel_id: account.panelId,
    name: credentials.name,
    uuid: credentials.uuid,
    password: credentials.password,
    sub_id: credentials.subId,
    ...account.desired,
    desired_version: 1,
  });
  return { panelAccountId: id, panelId: account.panelId, version: 1, moved: true };
}

async function moveAccount(tx: Db, before: KnownRow, desired: DesiredRow): Promise<DesiredChange> {
  const moved = !isSame(before, desired);
  const version = moved ? before.desired_version + 1 : before.desired_version;
  if (moved)
    await tx('panel_accounts')
      .where({ id: before.id })
      // What was let go comes back with the access, by the same credentials.
      .update({ ...desired, desired_version: version, removed_at: desired.desired_enabled ? null : before.removed_at });
  return { panelAccountId: before.id, panelId: before.panel_id, version, moved };
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
  /** How often its traffic was to be counted from 0. */
  readonly epoch: number;
  /** Whether the panel still counts what was used before. */
  readonly resetsUsage: boolean;
  /** The panel shall have it no more. */
  readonly isRemoved: boolean;
}

/** Columns of `panel_accounts` that say what is wanted, and by which credentials. */
export interface WantedRow {
  readonly id: string;
  readonly subscription_id: string;
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

interface AccountRow extends WantedRow {
  readonly panel_id: string;
  readonly desired_epoch: number;
  readonly seen_epoch: number;
  readonly removed_at: Date | null;
}

/** What every reader of an account takes from its row. */
export function toDesired(
  row: WantedRow,
): Pick<
  StoredAccount,
  'id' | 'subscriptionId' | 'credentials' | 'enabled' | 'endsAt' | 'trafficLimitBytes' | 'deviceLimit' | 'targets' | 'version'
> {
  return {
    id: row.id,
    subscriptionId: row.subscription_id,
    credentials: { name: row.name, uuid: row.uuid, password: row.password, subId: row.sub_id },
    enabled: row.desired_enabled,
    endsAt: row.desired_ends_at,
    trafficLimitBytes: row.desired_traffic_limit_bytes,
    deviceLimit: row.desired_device_limit,
    targets: row.desired_targets,
    version: row.desired_version,
  };
}

/** The desired state as it is now; every attempt at panel work reads it anew. */
export async function findAccount(db: Db, panelAccountId: string): Promise<StoredAccount | undefined> {
  const row: AccountRow | undefined = await db<AccountRow>('panel_accounts').where({ id: panelAccountId }).first();
  if (row === undefined) return undefined;
  return {
    ...toDesired(row),
    panelId: row.panel_id,
    epoch: row.desired_epoch,
    resetsUsage: row.seen_epoch < row.desired_epoch,
    isRemoved: row.removed_at !== null,
  };
}

/** Notes what was read back; true when the desired state has moved on meanwhile and has to be written again. */
export async function storeSeen(tx: Db, seen: { panelAccountId: string; version: number; epoch: number; now: Date }): Promise<boolean> {
  const rows: readonly { desired_version: number }[] = await tx('panel_accounts')
    .where({ id: seen.panelAccountId })
    .update({
      seen_version: tx.raw('greatest(seen_version, ?)', [seen.version]),
      seen_epoch: tx.raw('greatest(seen_epoch, ?)', [seen.epoch]),
      seen_at: seen.now,
      conflict_at: null,
    })
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

/** Servers of a subscription that it has links to on one panel, in the order of the shop; none once its account there was let go. */
export async function serversOnPanel(db: Db, subscriptionId: string, panelId: string): Promise<readonly ServerOnPanel[]> {
  return (
    db('servers')
      .join('vpn_keys', 'vpn_keys.server_id', 'servers.id')
      .join('users', 'users.id', 'vpn_keys.user_id')
      .join('panel_accounts', {
        'panel_accounts.subscription_id': 'vpn_keys.subscription_id',
        'panel_accounts.panel_id': 'servers.panel_id',
      })
      // Work on the panel that began before that may store what it read only now.
      .whereNull('panel_accounts.removed_at')
      .where({ 'vpn_keys.subscription_id': subscriptionId, 'servers.panel_id': panelId })
      .orderBy('servers.position')
      .select('servers.id', 'servers.title', 'servers.country', 'servers.targets', 'users.language')
  );
}

/** Stores the links of one VPN key, one per line; tells whether they changed. */
export async function storeConnectionString(
  tx: Db,
  key: { subscriptionId: string; serverId: string; connectionString: string },
): Promise<boolean> {
  const count = await tx('vpn_keys')
    .where({ subscription_id: key.subscriptionId, server_id: key.serverId })
    .whereRaw('connection_string is distinct from ?', [key.connectionString])
    .update({ connection_string: key.connectionString, updated_at: tx.fn.now() });
  return count === 1;
}
