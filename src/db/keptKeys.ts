import type { Db } from './connection';
import { insertOperations } from './operations';
import type { DesiredChange } from './panelAccounts';
import { lockSubscription } from './subscriptions';

/** Subscriptions that ended before then, grace included, and still have accounts on panels; oldest first. */
export async function subscriptionsToForget(
  db: Db,
  of: { readonly endedBefore: Date; readonly limit: number },
): Promise<readonly string[]> {
  const rows: readonly { id: string }[] = await db('subscriptions')
    .where('ends_at', '<', of.endedBefore)
    // The time of these stands still: they have not ended.
    .whereNull('paused_at')
    .whereNull('suspended_at')
    .whereExists(
      db('panel_accounts').select(db.raw('1')).whereRaw('panel_accounts.subscription_id = subscriptions.id').whereNull('removed_at'),
    )
    .orderBy('ends_at')
    .limit(of.limit)
    .select('id');
  return rows.map((row) => row.id);
}

/**
 * Lets the keys of a subscription that ended before then go: its accounts leave their panels, its links are forgotten. Token and credentials stay, so
 * that a renewal brings the same ones back. Returns whom it concerns; undefined when it was renewed or forgotten meanwhile.
 */
export async function forgetKeys(db: Db, of: { subscriptionId: string; endedBefore: Date; now: Date }): Promise<number | undefined> {
  const { subscriptionId, endedBefore, now } = of;
  return db.transaction(async (tx) => {
    const subscription = await lockSubscription(tx, subscriptionId);
    if (subscription?.endsAt === undefined || subscription.endsAt >= endedBefore) return undefined;
    if (subscription.pausedAt !== undefined || subscription.suspendedAt !== undefined) return undefined;
    const rows: readonly { id: string; panel_id: string; desired_version: number }[] = await tx('panel_accounts')
      .where({ subscription_id: subscriptionId })
      .whereNull('removed_at')
      .update({ removed_at: now, desired_enabled: false, desired_version: tx.raw('desired_version + 1') })
      .returning(['id', 'panel_id', 'desired_version']);
    if (rows.length === 0) return undefined;
    const changes = rows.map((row): DesiredChange => ({
      panelAccountId: row.id,
      panelId: row.panel_id,
      version: row.desired_version,
      moved: true,
    }));
    const cause = `retention:${subscriptionId}:${subscription.endsAt.getTime()}`;
    await insertOperations(tx, { cause, userId: subscription.userId, orderId: undefined, changes });
    await tx('vpn_keys').where({ subscription_id: subscriptionId }).update({ connection_string: null, updated_at: now });
    return subscription.userId;
  });
}
