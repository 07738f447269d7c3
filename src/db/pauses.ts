import { pauseRefusal, resumedEnd, type PausePolicy, type PauseRefusal } from '../domain/pause';
import type { ShopSettings } from '../domain/shop';
import { changeAccess } from './access';
import type { Db } from './connection';
import { lockSubscription } from './subscriptions';

export interface PauseWish {
  readonly userId: number;
  readonly subscriptionId: string;
  /** What asked for it; the same source does it once. */
  readonly sourceId: string;
  readonly policy: PausePolicy;
  readonly settings: Pick<ShopSettings, 'graceMs'>;
  readonly now: Date;
}

/** How many pauses of a subscription began within the window of the policy. */
export async function countPauses(
  db: Db,
  subscriptionId: string,
  at: { readonly policy: PausePolicy; readonly now: Date },
): Promise<number> {
  const row: { count?: string | number } | undefined = await db('grants')
    .where({ subscription_id: subscriptionId, kind: 'pause' })
    .where('created_at', '>', new Date(at.now.getTime() - at.policy.windowMs))
    .count({ count: '*' })
    .first();
  return Number(row?.count ?? 0);
}

/** Stops the time of a subscription and shuts its access; says until when at most, or why not. The user's row is locked by the caller. */
export async function pauseSubscription(
  tx: Db,
  wish: PauseWish,
): Promise<{ readonly until: Date } | { readonly refusal: PauseRefusal | 'NotFound' }> {
  const { subscriptionId, policy, now } = wish;
  const subscription = await lockSubscription(tx, subscriptionId);
  if (subscription?.endsAt === undefined || subscription.userId !== wish.userId) return { refusal: 'NotFound' };
  const refusal = pauseRefusal(subscription, await countPauses(tx, subscriptionId, wish), wish);
  if (refusal !== undefined) return { refusal };
  const until = new Date(now.getTime() + policy.longestMs);
  await changeAccess(tx, {
    subscriptionId,
    kind: 'pause',
    source: 'pause',
    sourceId: wish.sourceId,
    endsAt: subscription.endsAt,
    pause: { since: now, until },
    settings: wish.settings,
    now,
  });
  return { until };
}

/** Opens a paused subscription again, with the time that the pause took. The user's row is locked by the caller. */
export async function resumeSubscription(
  tx: Db,
  wish: PauseWish,
): Promise<{ readonly endsAt: Date } | { readonly refusal: 'NotFound' | 'NotPaused' }> {
  const { subscriptionId, policy, now } = wish;
  const subscription = await lockSubscription(tx, subscriptionId);
  if (subscription?.endsAt === undefined || subscription.userId !== wish.userId) return { refusal: 'NotFound' };
  const { endsAt, pausedAt } = subscription;
  if (pausedAt === undefined) return { refusal: 'NotPaused' };
  const resumed = resumedEnd({ ...subscription, endsAt, pausedAt }, now, policy);
  await changeAccess(tx, {
    subscriptionId,
    kind: 'resume',
    source: 'resume',
    sourceId: wish.sourceId,
    endsAt: resumed,
    pause: null,
    settings: wish.settings,
    now,
  });
  return { endsAt: resumed };
}

/** Subscriptions of a user that are paused, with when each goes on by itself. */
export async function listPaused(db: Db, userId: number): Promise<readonly { readonly id: string; readonly resumesAt: Date }[]> {
  const rows: readonly { id: string; resumes_at: Date }[] = await db('subscriptions')
    .where({ user_id: userId })
    .whereNotNull('paused_at')
    .whereNull('revoked_at')
    .orderBy('resumes_at')
    .select('id', 'resumes_at');
  return rows.map((row) => ({ id: row.id, resumesAt: row.resumes_at }));
}
