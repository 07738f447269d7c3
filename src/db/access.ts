import type { GrantKind } from '../domain/grant';
import type { ShopSettings } from '../domain/shop';
import type { Db } from './connection';
import { insertOperations } from './operations';
import { setDesiredAccounts, type DesiredChange } from './panelAccounts';
import { insertGrant, lockSubscription, type StoredSubscription } from './subscriptions';

export interface AccessChange {
  readonly subscriptionId: string;
  readonly kind: GrantKind;
  /** What moved the end; the same source moves it once. */
  readonly source: string;
  readonly sourceId: string;
  readonly endsAt: Date;
  /** Undefined leaves it as it is; null takes it away. */
  readonly suspendedAt?: Date | null;
  readonly revokedAt?: Date | null;
  readonly settings: Pick<ShopSettings, 'graceMs'>;
  readonly now: Date;
}

function isUnhindered({ pausedAt, exhaustedAt }: StoredSubscription): boolean {
  return pausedAt === undefined && exhaustedAt === undefined;
}

/**
 * Moves the end of a subscription and opens or shuts it: the entry, the terms, the desired state of every panel and the work to get there.
 * Returns the id of the entry, or undefined when this source moved it before.
 */
export async function changeAccess(tx: Db, change: AccessChange): Promise<string | undefined> {
  const subscription = await lockSubscription(tx, change.subscriptionId);
  if (subscription === undefined) return undefined;
  const { subscriptionId, kind, source, sourceId, endsAt, now } = change;
  const grantId = await insertGrant(tx, { subscriptionId, kind, source, sourceId, endBefore: subscription.endsAt, endAfter: endsAt, now });
  if (grantId === undefined) return undefined;
  const suspendedAt = change.suspendedAt === undefined ? (subscription.suspendedAt ?? null) : change.suspendedAt;
  const revokedAt = change.revokedAt === undefined ? (subscription.revokedAt ?? null) : change.revokedAt;
  await tx('subscriptions')
    .where({ id: subscriptionId })
    .update({ ends_at: endsAt, suspended_at: suspendedAt, revoked_at: revokedAt, version: tx.raw('version + 1') });
  const changes = await setDesiredAccounts(tx, {
    subscriptionId,
    userId: subscription.userId,
    enabled: suspendedAt === null && revokedAt === null && isUnhindered(subscription) && endsAt > now,
    endsAt: revokedAt === null ? new Date(endsAt.getTime() + change.settings.graceMs) : endsAt,
    trafficLimitBytes: subscription.trafficLimitBytes,
    deviceLimit: subscription.deviceLimit,
    serverIds: subscription.serverIds,
  });
  await insertOperations(tx, { cause: grantId, userId: subscription.userId, orderId: undefined, changes });
  return grantId;
}

export interface Refresh {
  readonly subscriptionId: string;
  /** The servers it has from now on; undefined leaves them. */
  readonly serverIds?: readonly string[];
  readonly placeOn?: string;
  readonly graceMs: number;
  readonly now: Date;
}

/** Writes anew what panels should hold for a subscription whose end stays; returns the accounts that this moves. */
export async function refreshAccess(
  tx: Db,
  refresh: Refresh,
): Promise<{ readonly userId: number; readonly changes: readonly DesiredChange[] } | undefined> {
  const { subscriptionId, graceMs, now } = refresh;
  const subscription = await lockSubscription(tx, subscriptionId);
  if (subscription === undefined) return undefined;
  const serverIds = refresh.serverIds ?? subscription.serverIds;
  if (refresh.serverIds !== undefined)
    await tx('subscriptions')
      .where({ id: subscriptionId })
      .update({ server_ids: [...serverIds], version: tx.raw('version + 1') });
  const { endsAt, userId } = subscription;
  if (endsAt === undefined) return { userId, changes: [] };
  const accessEnd = subscription.revokedAt === undefined ? new Date(endsAt.getTime() + graceMs) : endsAt;
  const { suspendedAt, revokedAt, pausedAt, exhaustedAt } = subscription;
  const open = [suspendedAt, revokedAt, pausedAt, exhaustedAt].every((since) => since === undefined);
  const changes = await setDesiredAccounts(tx, {
    subscriptionId,
    userId,
    enabled: open && accessEnd > now,
    endsAt: accessEnd,
    trafficLimitBytes: subscription.trafficLimitBytes,
    deviceLimit: subscription.deviceLimit,
    serverIds,
    ...(refresh.placeOn === undefined ? {} : { placeOn: refresh.placeOn }),
  });
  return { userId, changes: changes.filter((change) => change.moved) };
}

/** Name of a step that takes back part of what an order added. */
export function refundSource(orderId: string, step: string): { readonly source: 'refund'; readonly sourceId: string } {
  return { source: 'refund', sourceId: `${orderId}:${step}` };
}

export interface Remainder {
  readonly subscriptionId: string;
  readonly endsAt: Date;
  readonly addedMs: number;
  readonly unusedMs: number;
}

/** What an order added to its subscription, less what was taken back since, and how much of that still lies ahead, in milliseconds; undefined when it added nothing. */
export function remainderOf(tx: Db, orderId: string, now: Date): Promise<Remainder | undefined> {
  return remainderOfGrant(tx, { source: 'order', sourceId: orderId }, now);
}

/** What is left of what one grant added; see `remainderOf`. */
export async function remainderOfGrant(
  tx: Db,
  of: { readonly source: 'order' | 'gift'; readonly sourceId: string },
  now: Date,
): Promise<Remainder | undefined> {
  const grant: { subscription_id: string; end_before: Date | null; end_after: Date; created_at: Date } | undefined = await tx('grants')
    .where({ source: of.source, source_id: of.sourceId })
    .first();
  if (grant === undefined) return undefined;
  const subscription = await lockSubscription(tx, grant.subscription_id);
  const endsAt = subscription?.endsAt;
  if (endsAt === undefined) return undefined;
  const start = grant.end_before !== null && grant.end_before > grant.created_at ? grant.end_before : grant.created_at;
  const taken: { rows: readonly { ms: number | null }[] } = await tx.raw(
    `select sum(extract(epoch from end_before - end_after) * 1000)::float8 as ms from grants
     where subscription_id = ? and source = 'refund' and source_id like ?
       and not exists (select 1 from refunds where refunds.grant_id = grants.id and refunds.state = 'refused')`,
    [grant.subscription_id, `${of.sourceId}:%`],
  );
  const addedMs = Math.max(0, grant.end_after.getTime() - start.getTime() - Math.round(taken.rows[0]?.ms ?? 0));
  const counted = subscription?.suspendedAt ?? now;
  const leftMs = Math.max(0, endsAt.getTime() - counted.getTime());
  return { subscriptionId: grant.subscription_id, endsAt, addedMs, unusedMs: Math.min(addedMs, leftMs) };
}
