import { canTake, type Added } from '../domain/extra';
import type { Order } from '../domain/order';
import type { ShopSettings } from '../domain/shop';
import { ShopError } from '../errors';
import { refreshAccess } from './access';
import type { Db } from './connection';
import { endExtraDevices, raiseLimits } from './extras';
import { insertOperations } from './operations';
import { markOrderPaid, markPaidAndDone } from './orders';
import { lockSubscription, type StoredSubscription } from './subscriptions';
import { reopenIfEnough } from './traffic';

/** Whether a subscription of the user can take this extra now. */
export async function takesExtra(
  tx: Db,
  of: { readonly userId: number; readonly subscriptionId: string; readonly adds: Added; readonly now: Date },
): Promise<boolean> {
  const subscription = await lockSubscription(tx, of.subscriptionId);
  return subscription?.userId === of.userId && canTake(limitsOf(subscription), of.adds, of.now);
}

// A stored limit of 0 is none.
function limitsOf(subscription: StoredSubscription): Parameters<typeof canTake>[0] {
  const { trafficLimitBytes, deviceLimit } = subscription;
  return { ...subscription, trafficLimitBytes: trafficLimitBytes || undefined, deviceLimit: deviceLimit || undefined };
}

interface Work {
  readonly settings: Pick<ShopSettings, 'graceMs'>;
  readonly now: Date;
}

interface Change extends Work {
  readonly subscriptionId: string;
  readonly cause: string;
  readonly orderId?: string;
}

/** Opens the access where the present limits leave traffic, and has the panels follow; tells whether any panel has to. */
async function followLimits(tx: Db, change: Change): Promise<boolean> {
  const { subscriptionId, cause, orderId, settings, now } = change;
  const row: { traffic_limit_bytes: number | null } = await tx('subscriptions').where({ id: subscriptionId }).first('traffic_limit_bytes');
  await reopenIfEnough(tx, subscriptionId, row.traffic_limit_bytes ?? undefined);
  const refreshed = await refreshAccess(tx, { subscriptionId, graceMs: settings.graceMs, now });
  if (refreshed === undefined) return false;
  await insertOperations(tx, { cause, userId: refreshed.userId, orderId, changes: refreshed.changes });
  return refreshed.changes.length > 0;
}

function addedBy(row: { traffic_bytes: number | null; devices: number | null }): Required<Added> {
  return { trafficBytes: row.traffic_bytes ?? 0, devices: row.devices ?? 0 };
}

/**
 * Adds what an order of an extra bought to its subscription, once: traffic until the present period of traffic is over, devices until the end that the
 * subscription has now. The caller has found that the subscription takes it.
 */
export async function deliverExtra(tx: Db, order: Order, work: Work): Promise<void> {
  const { subscriptionId, adds } = order;
  const subscription = subscriptionId === undefined ? undefined : await lockSubscription(tx, subscriptionId);
  if (subscription === undefined || subscriptionId === undefined || adds === undefined)
    throw new ShopError('Internal', { message: 'an extra without a subscription cannot be delivered' });
  const { trafficBytes = null, devices = null } = adds;
  const rows: readonly unknown[] = await tx('extras')
    .insert({
      order_id: order.id,
      subscription_id: subscriptionId,
      traffic_bytes: trafficBytes,
      devices,
      ends_at: devices === null ? null : subscription.endsAt,
      created_at: work.now,
    })
    .onConflict('order_id')
    .ignore()
    .returning('order_id');
  if (rows.length === 0) return;
  await raiseLimits(tx, subscriptionId, { added: { trafficBytes: 0, devices: 0, ...adds }, sign: 1 });
  const isAwaited = await followLimits(tx, { ...work, subscriptionId, cause: `extra:${order.id}`, orderId: order.id });
  if (isAwaited) await markOrderPaid(tx, order.id, { subscriptionId, now: work.now });
  else await markPaidAndDone(tx, order.id, work.now);
}

interface ExtraRow {
  readonly subscription_id: string;
  readonly traffic_bytes: number | null;
  readonly devices: number | null;
  readonly ended_at: Date | null;
}

/** Takes back what an order of an extra added, because all of its money goes back. */
export async function takeBackExtra(tx: Db, orderId: string, work: Work): Promise<void> {
  await changeTaken(tx, orderId, { ...work, to: 'taken_back' });
}

/** Gives it again, because the money stays with the shop; what is over meanwhile stays over. */
export async function restoreExtra(tx: Db, orderId: string, work: Work): Promise<void> {
  await changeTaken(tx, orderId, { ...work, to: 'restored' });
}

async function changeTaken(tx: Db, orderId: string, work: Work & { readonly to: 'taken_back' | 'restored' }): Promise<void> {
  const known: ExtraRow | undefined = await tx('extras').where({ order_id: orderId }).first();
  if (known === undefined) return;
  const subscriptionId = known.subscription_id;
  await lockSubscription(tx, subscriptionId);
  const isBack = work.to === 'taken_back';
  const query = tx('extras').where({ order_id: orderId });
  if (isBack) query.whereNull('taken_at');
  else query.whereNotNull('taken_at');
  const rows: readonly ExtraRow[] = await query.update({ taken_at: isBack ? work.now : null }).returning('*');
  const row = rows[0];
  if (row === undefined || row.ended_at !== null) return;
  await raiseLimits(tx, subscriptionId, { added: addedBy(row), sign: isBack ? -1 : 1 });
  await followLimits(tx, { ...work, subscriptionId, cause: `extra:${orderId}:${work.to}:${work.now.getTime()}` });
}

/** Ends the extra devices of a subscription whose time is over. Returns whom it concerns; undefined where time stands still again. */
export async function endOverdueDevices(db: Db, of: { subscriptionId: string; graceMs: number; now: Date }): Promise<number | undefined> {
  const { subscriptionId, graceMs, now } = of;
  return db.transaction(async (tx) => {
    const subscription = await lockSubscription(tx, subscriptionId);
    if (subscription === undefined || subscription.pausedAt !== undefined || subscription.suspendedAt !== undefined) return undefined;
    await endExtraDevices(tx, subscriptionId, now);
    await followLimits(tx, { subscriptionId, cause: `extras:${subscriptionId}:${now.getTime()}`, settings: { graceMs }, now });
    return subscription.userId;
  });
}
