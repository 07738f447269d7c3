import { addNotice } from '../db/notices';
import { pauseSubscription, resumeSubscription, type PauseWish } from '../db/pauses';
import { changePlan as changePlanIn } from '../db/planChange';
import type { Db } from '../db/connection';
import { lockUser } from '../db/requests';
import type { Refusal } from '../domain/refusal';
import type { ChangePlanRequest, OfSubscriptionRequest, TermResult } from '../workflows/user/messages/wishes';
import type { Answered, ItemDone } from './contract';
import type { ActivityDeps } from './deps';
import { loadUser } from './users';
import { answered, once } from './wishes';

interface OfUser {
  readonly userId: number;
}

/** Clocks of two machines may differ by this much without a pause going on for it. */
const clockToleranceMs = 5_000;

async function pauseWish(deps: ActivityDeps, input: OfUser & OfSubscriptionRequest): Promise<PauseWish> {
  const { userId, subscriptionId, key } = input;
  return {
    userId,
    subscriptionId,
    sourceId: `${userId}:${key}`,
    policy: deps.policy.pause,
    settings: await deps.settings(),
    now: deps.clock.now(),
  };
}

function resultOf(done: { readonly at: Date } | { readonly refusal: Refusal }): TermResult {
  return 'refusal' in done ? { outcome: 'refused', reason: done.refusal } : { outcome: 'done', at: done.at.toISOString() };
}

async function carryOut(
  deps: ActivityDeps,
  input: OfUser & OfSubscriptionRequest,
  work: (tx: Db) => Promise<{ readonly at: Date } | { readonly refusal: Refusal }>,
): Promise<Answered<TermResult>> {
  const result = await once(deps, input, async (tx) => {
    const user = await lockUser(tx, input.userId);
    return resultOf(user?.isBanned === true ? { refusal: 'UserBanned' } : await work(tx));
  });
  return answered(deps, input.userId, { result, show: [] });
}

/** Stops the time of a subscription for a while, or says why not. */
export async function pause(deps: ActivityDeps, input: OfUser & OfSubscriptionRequest): Promise<Answered<TermResult>> {
  const wish = await pauseWish(deps, input);
  return carryOut(deps, input, async (tx) => {
    const paused = await pauseSubscription(tx, wish);
    return 'refusal' in paused ? paused : { at: paused.until };
  });
}

/** Opens a paused subscription again, or says why not. */
export async function resume(deps: ActivityDeps, input: OfUser & OfSubscriptionRequest): Promise<Answered<TermResult>> {
  const wish = await pauseWish(deps, input);
  return carryOut(deps, input, async (tx) => {
    const resumed = await resumeSubscription(tx, wish);
    return 'refusal' in resumed ? resumed : { at: resumed.endsAt };
  });
}

/** Moves a subscription to another plan as the buyer was offered, or says why not. */
export async function changePlan(deps: ActivityDeps, input: OfUser & ChangePlanRequest): Promise<Answered<TermResult>> {
  const { userId, subscriptionId, planId, tag, key } = input;
  const settings = await deps.settings();
  const wish = { userId, subscriptionId, planId, tag, sourceId: `${userId}:${key}`, settings, now: deps.clock.now() };
  return carryOut(deps, input, async (tx) => {
    const changed = await changePlanIn(tx, wish);
    return 'refusal' in changed ? changed : { at: changed.endsAt };
  });
}

async function isOver(tx: Db, subscriptionId: string, now: Date): Promise<Date | undefined> {
  const row: { resumes_at: Date | null } | undefined = await tx('subscriptions').where({ id: subscriptionId }).first('resumes_at');
  const at = row?.resumes_at ?? undefined;
  return at !== undefined && at.getTime() <= now.getTime() + clockToleranceMs ? at : undefined;
}

/** Opens a subscription again whose pause has lasted as long as it may, and tells its owner. */
export async function endPause(deps: ActivityDeps, input: OfUser & { readonly subscriptionId: string }): Promise<ItemDone> {
  const { userId, subscriptionId } = input;
  const settings = await deps.settings();
  const now = deps.clock.now();
  await deps.db.transaction(async (tx) => {
    await lockUser(tx, userId);
    const at = await isOver(tx, subscriptionId, now);
    if (at === undefined) return;
    const sourceId = `${subscriptionId}:${at.getTime()}`;
    const resumed = await resumeSubscription(tx, { userId, subscriptionId, sourceId, policy: deps.policy.pause, settings, now });
    if ('refusal' in resumed) return;
    const params = { endsAt: resumed.endsAt.toISOString(), timeZone: settings.timeZone };
    await addNotice(tx, { userId, key: `resumed:${sourceId}`, kind: 'resumed', params });
  });
  return { view: await loadUser(deps, input), show: [] };
}
