import type { GrantEntry, GrantKind } from '../domain/grant';
import type { Order } from '../domain/order';
import type { Plan } from '../domain/plan';
import type { Db } from './connection';
import { newId, newToken } from './ids';

export interface StoredSubscription {
  readonly id: string;
  readonly userId: number;
  readonly planId: string;
  readonly endsAt: Date | undefined;
  readonly pausedAt: Date | undefined;
  readonly revokedAt: Date | undefined;
  /** Since when a dispute about its payment keeps it shut. */
  readonly suspendedAt: Date | undefined;
  /** Since when its traffic is used up. */
  readonly exhaustedAt: Date | undefined;
  readonly serverIds: readonly string[];
  readonly trafficLimitBytes: number;
  readonly deviceLimit: number;
}

interface SubscriptionRow {
  readonly id: string;
  readonly user_id: number;
  readonly plan_id: string;
  readonly ends_at: Date | null;
  readonly paused_at: Date | null;
  readonly revoked_at: Date | null;
  readonly suspended_at: Date | null;
  readonly exhausted_at: Date | null;
  readonly server_ids: readonly string[];
  readonly traffic_limit_bytes: number | null;
  readonly device_limit: number | null;
}

/** The subscription, locked for this transaction. */
export async function lockSubscription(tx: Db, subscriptionId: string): Promise<StoredSubscription | undefined> {
  const row: SubscriptionRow | undefined = await tx<SubscriptionRow>('subscriptions').where({ id: subscriptionId }).forUpdate().first();
  if (row === undefined) return undefined;
  return {
    id: row.id,
    userId: row.user_id,
    planId: row.plan_id,
    endsAt: row.ends_at ?? undefined,
    pausedAt: row.paused_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    suspendedAt: row.suspended_at ?? undefined,
    exhaustedAt: row.exhausted_at ?? undefined,
    serverIds: row.server_ids,
    trafficLimitBytes: row.traffic_limit_bytes ?? 0,
    deviceLimit: row.device_limit ?? 0,
  };
}

/** Gives a subscription of the user a new token; the old one opens nothing any more. Tells whether there is such a subscription. */
export async function replaceToken(tx: Db, userId: number, subscriptionId: string): Promise<boolean> {
  const count = await tx('subscriptions').where({ id: subscriptionId, user_id: userId }).update({ token: newToken() });
  return count === 1;
}

/** Whether the user owns the subscription and it is not revoked. */
export async function mayRenew(db: Db, userId: number, subscriptionId: string): Promise<boolean> {
  const row: unknown = await db('subscriptions').where({ id: subscriptionId, user_id: userId }).whereNull('revoked_at').first('id');
  return row !== undefined;
}

/** The subscription that a purchase of this plan renews without being told: where nobody has two of it, the one that is there, live or lapsed. */
export async function singleToRenew(db: Db, userId: number, plan: Pick<Plan, 'id' | 'isSingle'>): Promise<string | undefined> {
  if (plan.isSingle !== true) return undefined;
  const row: { id: string } | undefined = await db('subscriptions')
    .where({ user_id: userId, plan_id: plan.id })
    .whereNull('revoked_at')
    .orderBy('ends_at', 'desc')
    .first('id');
  return row?.id;
}

/** What a subscription is a right to. */
export type SubscriptionTerms = Pick<Order, 'planId' | 'trafficLimitBytes' | 'deviceLimit' | 'serverIds'>;

/** The plan and the servers of a subscription. */
export async function findTerms(
  db: Db,
  subscriptionId: string,
): Promise<{ readonly planId: string; readonly serverIds: readonly string[] } | undefined> {
  const row: { plan_id: string; server_ids: readonly string[] } | undefined = await db('subscriptions')
    .where({ id: subscriptionId })
    .first('plan_id', 'server_ids');
  return row === undefined ? undefined : { planId: row.plan_id, serverIds: row.server_ids };
}

/** Whether a row of `subscriptions` is the one that its owner, joined as `users`, has made the default. */
export const defaultFirst = 'coalesce(subscriptions.id = users.default_subscription_id and subscriptions.revoked_at is null, false)';

/** Makes one of several subscriptions the one that the user means without naming one; not one that is somebody else's or taken back. */
export async function setDefaultSubscription(db: Db, userId: number, subscriptionId: string): Promise<void> {
  await db('users')
    .where({ id: userId })
    .whereExists(db('subscriptions').select(db.raw('1')).where({ id: subscriptionId, user_id: userId }).whereNull('revoked_at'))
    .update({ default_subscription_id: subscriptionId });
}

/** The subscription that days go to: of those that are live, the default, else the one that ends last, as the screens show it first. */
export async function subscriptionForDays(
  tx: Db,
  user: { readonly userId: number; readonly planIds: readonly string[]; readonly endedAfter: Date },
): Promise<{ readonly id: string; readonly endsAt: Date } | undefined> {
  const query = tx('subscriptions')
    .join('users', 'users.id', 'subscriptions.user_id')
    .where({ user_id: user.userId })
    .whereNull('revoked_at')
    .whereNull('paused_at')
    .whereNull('suspended_at')
    .where('ends_at', '>', user.endedAfter)
    .orderByRaw(`${defaultFirst} desc`)
    .orderBy('ends_at', 'desc');
  if (user.planIds.length > 0) query.whereIn('plan_id', [...user.planIds]);
  const row: { id: string; ends_at: Date } | undefined = await query.first('subscriptions.id', 'subscriptions.ends_at');
  return row === undefined ? undefined : { id: row.id, endsAt: row.ends_at };
}

/** Writes a subscription without an end, with a new token; its first grant gives it one. */
export async function insertSubscription(tx: Db, order: SubscriptionTerms & { readonly userId: number }, now: Date): Promise<string> {
  const id = newId('sub');
  await tx('subscriptions').insert({
    id,
    user_id: order.userId,
    plan_id: order.planId,
    token: newToken(),
    traffic_limit_bytes: order.trafficLimitBytes,
    device_limit: order.deviceLimit,
    server_ids: order.serverIds,
    created_at: now,
  });
  return id;
}

export interface NewGrant {
  readonly subscriptionId: string;
  readonly kind: GrantKind;
  readonly source: string;
  readonly sourceId: string;
  readonly endBefore: Date | undefined;
  readonly endAfter: Date;
  readonly now: Date;
}

/** Appends an entry that moves the end; undefined when this source was granted before. */
export async function insertGrant(tx: Db, grant: NewGrant): Promise<string | undefined> {
  const id = newId('gnt');
  const rows: readonly unknown[] = await tx('grants')
    .insert({
      id,
      subscription_id: grant.subscriptionId,
      sequence: tx.raw('(select coalesce(max(sequence), 0) + 1 from grants where subscription_id = ?)', [grant.subscriptionId]),
      kind: grant.kind,
      source: grant.source,
      source_id: grant.sourceId,
      end_before: grant.endBefore,
      end_after: grant.endAfter,
      created_at: grant.now,
    })
    .onConflict(['source', 'source_id'])
    .ignore()
    .returning('id');
  return rows.length === 1 ? id : undefined;
}

interface GrantRow {
  readonly kind: GrantKind;
  readonly source: string;
  readonly source_id: string;
  readonly end_before: Date | null;
  readonly end_after: Date;
  readonly created_at: Date;
}

/** The entries of a subscription in their order, without those of refunds that were refused. */
export async function effectiveGrants(tx: Db, subscriptionId: string): Promise<readonly GrantEntry[]> {
  const rows: readonly GrantRow[] = await tx('grants')
    .where({ subscription_id: subscriptionId })
    .whereNotExists(tx('refunds').select(tx.raw('1')).whereRaw("refunds.grant_id = grants.id and refunds.state = 'refused'"))
    .orderBy('sequence');
  return rows.map((row) => ({
    kind: row.kind,
    source: row.source,
    sourceId: row.source_id,
    endBefore: row.end_before ?? undefined,
    endAfter: row.end_after,
    createdAt: row.created_at,
  }));
}

/** The columns of a subscription that say what it is a right to. */
export function termColumns(tx: Db, terms: SubscriptionTerms): object {
  return {
    plan_id: terms.planId,
    traffic_limit_bytes: terms.trafficLimitBytes ?? null,
    traffic_reset: tx.raw(`coalesce((select traffic_reset from plans where id = ?), 'period')`, [terms.planId ?? '']),
    device_limit: terms.deviceLimit ?? null,
    server_ids: terms.serverIds,
  };
}

/** Gives the subscription the end of its last grant and the limits and servers of what brought it. */
export async function setSubscriptionTerms(
  tx: Db,
  subscriptionId: string,
  terms: { order: SubscriptionTerms; endsAt: Date },
): Promise<void> {
  await tx('subscriptions')
    .where({ id: subscriptionId })
    .update({ ...termColumns(tx, terms.order), ends_at: terms.endsAt, version: tx.raw('version + 1') });
}
