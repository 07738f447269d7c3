import { refreshAccess } from './access';
import type { Db } from './connection';
import { endExtraTraffic } from './extras';
import { addNotice } from './notices';
import { insertOperations } from './operations';

const usedBytes = `(select coalesce(sum(u.counted_bytes), 0)::bigint from account_usage u
  join panel_accounts a on a.id = u.panel_account_id where a.subscription_id = s.id)`;

/** Live subscriptions with an account on this panel that have used up what they bought and are still open. */
export async function usedUp(db: Db, panelId: string, now: Date): Promise<readonly string[]> {
  const result: { rows: readonly { id: string }[] } = await db.raw(
    `select s.id from subscriptions s where s.traffic_limit_bytes is not null and s.exhausted_at is null and s.revoked_at is null and s.ends_at > ?
       and exists (select 1 from panel_accounts a where a.subscription_id = s.id and a.panel_id = ?) and ${usedBytes} >= s.traffic_limit_bytes`,
    [now, panelId],
  );
  return result.rows.map((row) => row.id);
}

/** Monthly subscriptions whose month of traffic is over. */
export async function dueForReset(db: Db, now: Date, limit: number): Promise<readonly string[]> {
  const result: { rows: readonly { id: string }[] } = await db.raw(
    `select id from subscriptions where traffic_reset = 'month' and traffic_limit_bytes is not null and revoked_at is null and ends_at > :now
       and traffic_since + interval '1 month' <= :now order by traffic_since limit :limit`,
    { now, limit },
  );
  return result.rows.map((row) => row.id);
}

interface TrafficRow {
  readonly user_id: number;
  readonly traffic_reset: 'period' | 'month';
  readonly traffic_since: Date | null;
  readonly exhausted_at: Date | null;
}

function lock(tx: Db, subscriptionId: string): Promise<TrafficRow | undefined> {
  return tx('subscriptions').where({ id: subscriptionId }).forUpdate().first('user_id', 'traffic_reset', 'traffic_since', 'exhausted_at');
}

async function changePanels(
  tx: Db,
  change: { subscriptionId: string; cause: string; graceMs: number; now: Date },
): Promise<number | undefined> {
  const refreshed = await refreshAccess(tx, change);
  if (refreshed === undefined) return undefined;
  await insertOperations(tx, { cause: change.cause, userId: refreshed.userId, orderId: undefined, changes: refreshed.changes });
  return refreshed.userId;
}

/** Shuts a subscription whose traffic is used up, on all its panels, and writes to its owner. Returns whom it concerns; undefined when that was done before. */
export async function exhaust(db: Db, at: { subscriptionId: string; graceMs: number; now: Date }): Promise<number | undefined> {
  return db.transaction(async (tx) => {
    const row = await lock(tx, at.subscriptionId);
    if (row === undefined || row.exhausted_at !== null) return undefined;
    await tx('subscriptions').where({ id: at.subscriptionId }).update({ exhausted_at: at.now });
    const period = row.traffic_since?.getTime() ?? 0;
    const key = `traffic:${at.subscriptionId}:${period}`;
    await addNotice(tx, { userId: row.user_id, key, kind: 'traffic_used', params: { resets: row.traffic_reset } });
    return changePanels(tx, { ...at, cause: `${key}:off` });
  });
}

/** Forgets that the traffic is used up where a new limit leaves some. What was used still counts. The caller opens the access. */
export async function reopenIfEnough(tx: Db, subscriptionId: string, limitBytes: number | undefined): Promise<void> {
  await tx.raw(
    `update subscriptions s set exhausted_at = null where s.id = :subscriptionId and s.exhausted_at is not null
       and (:limitBytes::bigint is null or :limitBytes::bigint > ${usedBytes})`,
    { subscriptionId, limitBytes: limitBytes ?? null },
  );
}

/** Counts a subscription's traffic from 0 again, without the extra traffic of the period before: its counters, the panels' (with their next piece of work), and the access that was shut for it. */
export async function resetTraffic(tx: Db, subscriptionId: string, since: Date): Promise<void> {
  await tx.raw(
    `update account_usage set counted_bytes = 0 from panel_accounts a where a.id = account_usage.panel_account_id and a.subscription_id = ?`,
    [subscriptionId],
  );
  await endExtraTraffic(tx, subscriptionId, since);
  await tx('subscriptions').where({ id: subscriptionId }).update({ traffic_since: since, exhausted_at: null });
  await tx('panel_accounts')
    .where({ subscription_id: subscriptionId })
    .update({ desired_epoch: tx.raw('desired_epoch + 1'), desired_version: tx.raw('desired_version + 1') });
}

/** Begins the next month of a monthly subscription. Returns whom it concerns. */
export async function beginMonth(db: Db, at: { subscriptionId: string; graceMs: number; now: Date }): Promise<number | undefined> {
  return db.transaction(async (tx) => {
    const row = await lock(tx, at.subscriptionId);
    if (row?.traffic_since == null) return undefined;
    const next: { rows: readonly { since: Date }[] } = await tx.raw(
      `select max(since) as since from generate_series(?::timestamptz, ?::timestamptz, interval '1 month') as months (since)`,
      [row.traffic_since, at.now],
    );
    const since = next.rows[0]?.since ?? at.now;
    if (since <= row.traffic_since) return undefined;
    await resetTraffic(tx, at.subscriptionId, since);
    await refreshAccess(tx, at);
    const accounts: readonly { id: string; panel_id: string; desired_version: number }[] = await tx('panel_accounts')
      .where({ subscription_id: at.subscriptionId })
      .select('id', 'panel_id', 'desired_version');
    const changes = accounts.map((one) => ({ panelAccountId: one.id, panelId: one.panel_id, version: one.desired_version, moved: true }));
    const cause = `traffic:${at.subscriptionId}:${since.getTime()}`;
    await insertOperations(tx, { cause, userId: row.user_id, orderId: undefined, changes });
    return row.user_id;
  });
}
