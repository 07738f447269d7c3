import { extendedEnd } from '../domain/grant';
import type { Plan } from '../domain/plan';
import type { ShopSettings } from '../domain/shop';
import { changeAccess } from './access';
import { audit } from './audit';
import type { Db } from './connection';
import { giveSubscription } from './giveSubscription';
import { addNotice } from './notices';
import { lockSubscription, type StoredSubscription } from './subscriptions';

/** What every act of an operator on one user says. */
export interface OperatorAct {
  readonly userId: number;
  /** The same key acts once. */
  readonly key: string;
  readonly actor: string;
  readonly reason: string;
  readonly settings: Pick<ShopSettings, 'timeZone' | 'graceMs'>;
  readonly now: Date;
}

export interface TimeGrant extends OperatorAct {
  readonly days: number;
  readonly subscriptionId: string | undefined;
  /** For a user who has nothing that could be longer: what the new subscription is. */
  readonly plan: Plan | undefined;
}

/** Days that were given, or why none. */
export type Granted =
  | { readonly kind: 'done'; readonly subscriptionId: string; readonly endsAt: Date }
  | { readonly kind: 'refused'; readonly why: 'not_found' | 'paused' | 'revoked' | 'no_subscription' };

async function chosen(tx: Db, act: Pick<TimeGrant, 'userId' | 'subscriptionId'>): Promise<StoredSubscription | undefined> {
  const { userId, subscriptionId } = act;
  const query = tx('subscriptions').where({ user_id: userId }).orderBy('ends_at', 'desc', 'last');
  if (subscriptionId === undefined) query.whereNull('revoked_at').whereNull('paused_at');
  else query.where({ id: subscriptionId });
  const row: { id: string } | undefined = await query.first('id');
  return row === undefined ? undefined : lockSubscription(tx, row.id);
}

function endFor(act: TimeGrant, endBefore: Date | undefined): Date {
  return extendedEnd(endBefore, { value: act.days, unit: 'day' }, { now: act.now, timeZone: act.settings.timeZone });
}

async function note(tx: Db, act: TimeGrant, given: { subscriptionId: string; endsAt: Date }): Promise<Granted> {
  const { userId, key, days, reason } = act;
  const endsAt = given.endsAt.toISOString();
  await audit(tx, { actor: act.actor, action: 'time.granted', target: `user:${userId}`, after: { ...given, endsAt, days, reason } });
  await addNotice(tx, {
    userId,
    key: `granted:${userId}:${key}`,
    kind: 'granted',
    params: { days, endsAt, timeZone: act.settings.timeZone, reason },
  });
  return { kind: 'done', ...given };
}

/** Gives a user days, in the name of an operator: to the subscription that is meant, or to the one that ends last, or as a new one of a plan. */
export async function grantTime(tx: Db, act: TimeGrant): Promise<Granted> {
  const { userId, key, plan, settings, now } = act;
  const source = { source: 'operator', sourceId: `${userId}:${key}` } as const;
  const subscription = await chosen(tx, act);
  if (subscription === undefined) {
    if (act.subscriptionId !== undefined) return { kind: 'refused', why: 'not_found' };
    if (plan === undefined) return { kind: 'refused', why: 'no_subscription' };
    const endsAt = endFor(act, undefined);
    const subscriptionId = await giveSubscription(tx, { userId, plan, kind: 'manual', ...source, endsAt, settings, now });
    return note(tx, act, { subscriptionId, endsAt });
  }
  if (subscription.revokedAt !== undefined) return { kind: 'refused', why: 'revoked' };
  if (subscription.pausedAt !== undefined) return { kind: 'refused', why: 'paused' };
  const endsAt = endFor(act, subscription.endsAt);
  await changeAccess(tx, { subscriptionId: subscription.id, kind: 'manual', ...source, endsAt, settings, now });
  return note(tx, act, { subscriptionId: subscription.id, endsAt });
}

/** Takes a subscription away, in the name of an operator; no money moves. False where the user has none of that id, or it is revoked already. */
export async function revokeAccess(tx: Db, act: OperatorAct & { readonly subscriptionId: string }): Promise<boolean> {
  const { userId, subscriptionId, key, reason, actor, settings, now } = act;
  const subscription = await lockSubscription(tx, subscriptionId);
  if (subscription?.userId !== userId || subscription.revokedAt !== undefined) return false;
  const endsAt = subscription.endsAt !== undefined && subscription.endsAt < now ? subscription.endsAt : now;
  await changeAccess(tx, {
    subscriptionId,
    kind: 'revoke',
    source: 'operator',
    sourceId: `${userId}:${key}`,
    endsAt,
    revokedAt: now,
    settings,
    now,
  });
  await audit(tx, { actor, action: 'access.revoked', target: `user:${userId}`, after: { subscriptionId, reason } });
  await addNotice(tx, { userId, key: `revoked:${userId}:${key}`, kind: 'access_revoked', params: { reason } });
  return true;
}
