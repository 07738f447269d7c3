import type { WantedAccount } from '../domain/drift';
import type { Db } from './connection';
import { toDesired, type WantedRow, type StoredAccount } from './panelAccounts';

/** One account as a sync compares it. */
export interface SyncedAccount extends WantedAccount {
  readonly id: string;
  readonly userId: number;
  readonly subscriptionId: string;
  readonly credentials: StoredAccount['credentials'];
  /** The panel has it as it is wanted now, and no work is under way: what differs was changed there. */
  readonly settled: boolean;
  /** Of the desired state. */
  readonly version: number;
}

interface AccountRow extends WantedRow {
  readonly user_id: number;
  readonly settled: boolean;
}

/** All accounts that the shop has put on a panel. Asked before the panel is, so that what is made meanwhile is not mistaken for drift. */
export async function accountsOnPanel(db: Db, panelId: string): Promise<readonly SyncedAccount[]> {
  const result: { rows: readonly AccountRow[] } = await db.raw(
    `select a.id, s.user_id, a.subscription_id, a.name, a.uuid, a.password, a.sub_id, a.desired_enabled, a.desired_ends_at,
       a.desired_traffic_limit_bytes, a.desired_device_limit, a.desired_targets, a.desired_version,
       a.seen_version >= a.desired_version and a.conflict_at is null
         and not exists (select 1 from operations o where o.panel_account_id = a.id and o.state = 'open') as settled
     from panel_accounts a join subscriptions s on s.id = a.subscription_id where a.panel_id = ? and a.seen_version > 0`,
    [panelId],
  );
  return result.rows.map((row) => ({ ...toDesired(row), userId: row.user_id, uuid: row.uuid, settled: row.settled }));
}

/** Adds what was used since the last look. A panel that counts less than before has begun anew. */
export async function storeUsage(
  db: Db,
  usage: readonly { readonly panelAccountId: string; readonly bytes: number }[],
  now: Date,
): Promise<void> {
  await db.raw(
    `insert into account_usage (panel_account_id, panel_bytes, counted_bytes, seen_at)
     select id, bytes, bytes, ? from unnest(?::text[], ?::bigint[]) as seen (id, bytes)
     on conflict (panel_account_id) do update set
       counted_bytes = account_usage.counted_bytes
         + case when excluded.panel_bytes >= account_usage.panel_bytes then excluded.panel_bytes - account_usage.panel_bytes else excluded.panel_bytes end,
       panel_bytes = excluded.panel_bytes, seen_at = excluded.seen_at
     where account_usage.panel_bytes <> excluded.panel_bytes`,
    [now, usage.map((entry) => entry.panelAccountId), usage.map((entry) => entry.bytes)],
  );
}

/** Notes that the panel counts an account from 0 again. */
export async function forgetPanelUsage(tx: Db, panelAccountId: string): Promise<void> {
  await tx('account_usage').where({ panel_account_id: panelAccountId }).update({ panel_bytes: 0 });
}

export interface StoredTarget {
  readonly target: string;
  readonly title: string;
  readonly protocol: string;
  readonly enabled: boolean;
  readonly fingerprint: string;
}

/** Targets whose links would be built differently now than when they were last seen. A new one is no change. */
export async function changedTargets(db: Db, panelId: string, targets: readonly StoredTarget[]): Promise<readonly string[]> {
  const known: readonly { target: string; fingerprint: string }[] = await db('panel_targets')
    .where({ panel_id: panelId })
    .select('target', 'fingerprint');
  const before = new Map(known.map((row) => [row.target, row.fingerprint]));
  return targets.filter(({ target, fingerprint }) => before.has(target) && before.get(target) !== fingerprint).map(({ target }) => target);
}

/** Remembers a panel's targets; after everything that had to follow from their change is done. */
export async function storeTargets(db: Db, panel: { panelId: string; targets: readonly StoredTarget[]; now: Date }): Promise<void> {
  if (panel.targets.length === 0) return;
  const rows = panel.targets.map(({ target, title, protocol, enabled, fingerprint }) => ({
    panel_id: panel.panelId,
    target,
    title,
    protocol,
    enabled,
    fingerprint,
    seen_at: panel.now,
  }));
  await db('panel_targets').insert(rows).onConflict(['panel_id', 'target']).merge();
}

export interface SyncSummary {
  readonly panelId: string;
  readonly ranAt: Date;
  readonly tookMs: number;
  readonly ours: number;
  readonly foreign: number;
  readonly conflicts: number;
  /** Accounts put right, by what was wrong. */
  readonly repaired: Readonly<Record<string, number>>;
  readonly refreshedLinks: number;
  /** Why the panel's answer was not believed. */
  readonly implausible: string | undefined;
}

/** Keeps what a sync found, for the report. */
export async function storeSync(db: Db, sync: SyncSummary): Promise<void> {
  const row = {
    ran_at: sync.ranAt,
    took_ms: Math.round(sync.tookMs),
    ours: sync.ours,
    foreign_accounts: sync.foreign,
    conflicts: sync.conflicts,
    repaired: JSON.stringify(sync.repaired),
    refreshed_links: sync.refreshedLinks,
    implausible: sync.implausible ?? null,
  };
  await db('panel_syncs')
    .insert({ panel_id: sync.panelId, ...row })
    .onConflict('panel_id')
    .merge(row);
}

/** Whether an operator has said that the panel's list is true, however odd it looks. */
export async function isTrusted(db: Db, panelId: string, now: Date): Promise<boolean> {
  const row: unknown = await db('panel_syncs').where({ panel_id: panelId }).where('trusted_until', '>', now).first('panel_id');
  return row !== undefined;
}

/** Says that the panel's list is true until then, and that it is to be made as the shop says. */
export async function trustPanel(db: Db, panelId: string, until: Date): Promise<void> {
  await db('panel_syncs').insert({ panel_id: panelId, trusted_until: until }).onConflict('panel_id').merge({ trusted_until: until });
}
