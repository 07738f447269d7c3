import type { GrantKind } from '../domain/grant';
import type { OrderScreenData } from '../domain/order';
import type { Plan } from '../domain/plan';
import { feedUrl, openUrl, type ShopSettings } from '../domain/shop';
import { ShopError } from '../errors';
import type { Db } from './connection';
import { addNotice } from './notices';
import { insertOperations } from './operations';
import { setDesiredAccounts } from './panelAccounts';
import { insertGrant, insertSubscription, setSubscriptionTerms } from './subscriptions';

export interface Gift {
  readonly userId: number;
  readonly plan: Plan;
  readonly kind: GrantKind;
  /** What it is given for; the same source gives once. */
  readonly source: string;
  readonly sourceId: string;
  readonly endsAt: Date;
  readonly settings: Pick<ShopSettings, 'graceMs'>;
  readonly now: Date;
}

/**
 * Gives a new subscription that no order pays for: the grant, the terms of its plan, the desired state of every panel and the work to get
 * there. Returns its id; the link is announced once the first panel is done.
 */
export async function giveSubscription(tx: Db, gift: Gift): Promise<string> {
  const { userId, plan, kind, source, sourceId, endsAt, settings, now } = gift;
  const terms = { ...plan, userId, planId: plan.id };
  const subscriptionId = await insertSubscription(tx, terms, now);
  const grantId = await insertGrant(tx, { subscriptionId, kind, source, sourceId, endBefore: undefined, endAfter: endsAt, now });
  if (grantId === undefined) throw new ShopError('Internal', { message: `${source} ${sourceId} was given before` });
  await setSubscriptionTerms(tx, subscriptionId, { order: terms, endsAt });
  const changes = await setDesiredAccounts(tx, {
    subscriptionId,
    userId,
    enabled: true,
    endsAt: new Date(endsAt.getTime() + settings.graceMs),
    trafficLimitBytes: plan.trafficLimitBytes ?? 0,
    deviceLimit: plan.deviceLimit ?? 0,
    serverIds: plan.serverIds,
  });
  await insertOperations(tx, { cause: grantId, userId, orderId: undefined, changes });
  return subscriptionId;
}

/** Writes the news that what a grant gave is ready, once; not for grants that only move an end, nor for what was taken back meanwhile. */
export async function announceGiven(tx: Db, grantId: string): Promise<void> {
  const given: { subscription_id: string; user_id: number } | undefined = await tx('grants')
    .join('subscriptions', 'subscriptions.id', 'grants.subscription_id')
    .where({ 'grants.id': grantId, 'grants.sequence': 1 })
    .whereNull('subscriptions.revoked_at')
    .first('grants.subscription_id', 'subscriptions.user_id');
  if (given === undefined) return;
  const { subscription_id: subscriptionId, user_id: userId } = given;
  await addNotice(tx, { userId, key: `ready:${grantId}`, kind: 'access_ready', params: { subscriptionId } });
}

/** How a subscription is reached, for its owner's eyes only; undefined while it has no end. */
export async function loadLinks(
  db: Db,
  subscriptionId: string,
  settings: Pick<ShopSettings, 'publicUrl'>,
): Promise<OrderScreenData['subscription']> {
  const row: { token: string; ends_at: Date | null } | undefined = await db('subscriptions')
    .where({ id: subscriptionId })
    .first('token', 'ends_at');
  if (row === undefined || row.ends_at === null) return undefined;
  return { id: subscriptionId, endsAt: row.ends_at, feedUrl: feedUrl(settings, row.token), openUrl: openUrl(settings, row.token) };
}
