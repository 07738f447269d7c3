import { extendedEnd } from '../domain/grant';
import { dayBegin } from '../domain/period';
import type { Plan } from '../domain/plan';
import type { ShopSettings } from '../domain/shop';
import type { Db } from './connection';
import { listPlansWhere } from './catalog';
import { giveSubscription } from './giveSubscription';
import { lockName } from './locks';

/** What can be tried, as a plan without a price; undefined where the shop has no trial. */
export async function findTrial(db: Db): Promise<Plan | undefined> {
  return (await listPlansWhere(db, { is_trial: true }))[0];
}

/** Whether the user has neither tried nor bought anything yet. */
export async function isNewcomer(db: Db, userId: number): Promise<boolean> {
  const owned: unknown = await db('subscriptions').where({ user_id: userId }).first('id');
  return owned === undefined;
}

/** The subscription that the user's trial made, while nothing was bought for it; what is bought next continues it. */
export async function trialToContinue(db: Db, userId: number): Promise<string | undefined> {
  const row: { id: string } | undefined = await db('subscriptions')
    .join('plans', 'plans.id', 'subscriptions.plan_id')
    .where({ 'subscriptions.user_id': userId, 'plans.is_trial': true })
    .whereNull('subscriptions.revoked_at')
    .first('subscriptions.id');
  return row?.id;
}

export interface TrialWish {
  readonly userId: number;
  /** Knows the person again, whatever became of an earlier user of theirs. */
  readonly personHash: string;
  readonly plan: Plan;
  readonly settings: Pick<ShopSettings, 'timeZone' | 'graceMs' | 'trial'>;
  readonly now: Date;
}

/** Why a trial is not given. */
export type TrialRefusal = 'TrialUsed' | 'TrialLimit';

/** Whether the link that brought this user has given as many trials today as it may. Others of that link wait until this one is decided. */
async function isFarmed(tx: Db, { userId, settings, now }: TrialWish): Promise<boolean> {
  const limit = settings.trial?.dailyPerReferrer;
  if (limit === undefined) return false;
  const user: { referrer_id: number | null } | undefined = await tx('users').where({ id: userId }).first('referrer_id');
  if (user === undefined || user.referrer_id === null) return false;
  await lockName(tx, 'trials of a link', user.referrer_id);
  const row: { count?: string | number } | undefined = await tx('trials')
    .join('users', 'users.id', 'trials.user_id')
    .where({ 'users.referrer_id': user.referrer_id })
    .where('trials.created_at', '>=', dayBegin(now, settings.timeZone))
    .count({ count: '*' })
    .first();
  return Number(row?.count ?? 0) >= limit;
}

async function runningTrial(tx: Db, wish: TrialWish): Promise<string | undefined> {
  const row: { id: string } | undefined = await tx('trials')
    .join('subscriptions', 'subscriptions.id', 'trials.subscription_id')
    .where({ 'trials.user_id': wish.userId })
    .where('subscriptions.ends_at', '>', wish.now)
    .whereNull('subscriptions.revoked_at')
    .first('subscriptions.id');
  return row?.id;
}

/**
 * Gives the one trial that a person can have, and returns its subscription; the trial that runs already is that one. `TrialUsed` where there was
 * one before, or something was bought: the same person is refused whatever became of their user. `TrialLimit` where the link that brought the
 * user has given enough of them today. The caller holds the user's lock.
 */
export async function startTrial(
  tx: Db,
  wish: TrialWish,
): Promise<{ readonly subscriptionId: string } | { readonly refusal: TrialRefusal }> {
  const running = await runningTrial(tx, wish);
  if (running !== undefined) return { subscriptionId: running };
  const tried: unknown = await tx('trials').where({ person_hash: wish.personHash }).orWhere({ user_id: wish.userId }).first('user_id');
  if (tried !== undefined || !(await isNewcomer(tx, wish.userId))) return { refusal: 'TrialUsed' };
  if (await isFarmed(tx, wish)) return { refusal: 'TrialLimit' };
  const { userId, plan, settings, now } = wish;
  const endsAt = extendedEnd(undefined, plan.period, { now, timeZone: settings.timeZone });
  const subscriptionId = await giveSubscription(tx, {
    userId,
    plan,
    kind: 'trial',
    source: 'trial',
    sourceId: String(userId),
    endsAt,
    settings,
    now,
  });
  await tx('trials').insert({ user_id: userId, person_hash: wish.personHash, subscription_id: subscriptionId, created_at: now });
  return { subscriptionId };
}
