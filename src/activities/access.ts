import { banUser as banUserIn, unbanUser as unbanUserIn } from '../db/bans';
import { listPlans } from '../db/catalog';
import { grantTime as grantTimeIn, revokeAccess as revokeAccessIn, type Granted, type OperatorAct } from '../db/grantTime';
import type { BanRequest, GrantTimeRequest, OperatorResult, RevokeAccessRequest } from '../workflows/user/messages/wishes';
import type { OperatorAnswered } from './contract';
import type { ActivityDeps } from './deps';
import { done } from './operators';
import { answered, once } from './wishes';

interface OfUser {
  readonly userId: number;
}

async function actOf(deps: ActivityDeps, input: OfUser & BanRequest): Promise<OperatorAct> {
  const { userId, key, actor, reason } = input;
  return { userId, key, actor, reason, settings: await deps.settings(), now: deps.clock.now() };
}

const refusals: Readonly<Record<Extract<Granted, { kind: 'refused' }>['why'], string>> = {
  not_found: 'it is not a subscription of this user',
  paused: 'the subscription is paused: it has to be resumed first',
  revoked: 'the subscription is revoked: give a new one with --plan and without --subscription',
  no_subscription: 'the user has no subscription: say which plan to give with --plan',
};

/** Gives a user days. */
export async function grantTime(deps: ActivityDeps, input: OfUser & GrantTimeRequest): Promise<OperatorAnswered> {
  const act = await actOf(deps, input);
  const { days, subscriptionId } = input;
  const plan = input.planId === undefined ? undefined : (await listPlans(deps.db)).find((entry) => entry.id === input.planId);
  const result = await once(deps, input, async (tx): Promise<OperatorResult> => {
    if (input.planId !== undefined && plan === undefined) return { outcome: 'refused', reason: 'PlanUnavailable' };
    const granted = await grantTimeIn(tx, { ...act, days, subscriptionId, plan });
    if (granted.kind === 'refused') return { outcome: 'refused', reason: 'NotFound', note: refusals[granted.why] };
    return done(`${days} day(s) for user ${input.userId}: ${granted.subscriptionId} goes on until ${granted.endsAt.toISOString()}`);
  });
  return answered(deps, input.userId, { result, show: [] });
}

/** Takes a subscription away; no money moves. */
export async function revokeAccess(deps: ActivityDeps, input: OfUser & RevokeAccessRequest): Promise<OperatorAnswered> {
  const act = await actOf(deps, input);
  const result = await once(deps, input, async (tx): Promise<OperatorResult> => {
    const isDone = await revokeAccessIn(tx, { ...act, subscriptionId: input.subscriptionId });
    return isDone ? done(`${input.subscriptionId} is revoked`) : { outcome: 'refused', reason: 'NotFound' };
  });
  return answered(deps, input.userId, { result, show: [] });
}

/** Shuts the shop and every access to a user. */
export async function ban(deps: ActivityDeps, input: OfUser & BanRequest): Promise<OperatorAnswered> {
  const act = await actOf(deps, input);
  let show: readonly string[] = [];
  const result = await once(deps, input, async (tx): Promise<OperatorResult> => {
    const closed = await banUserIn(tx, act);
    if (closed === undefined) return { outcome: 'refused', reason: 'AlreadyDecided', note: 'the user is banned' };
    show = closed;
    return done(`user ${input.userId} is banned; money that still comes is kept on the balance`);
  });
  return answered(deps, input.userId, { result, show });
}

/** Opens shop and access to a user again. */
export async function unban(deps: ActivityDeps, input: OfUser & BanRequest): Promise<OperatorAnswered> {
  const act = await actOf(deps, input);
  const result = await once(deps, input, async (tx): Promise<OperatorResult> => {
    const isDone = await unbanUserIn(tx, act);
    if (!isDone) return { outcome: 'refused', reason: 'AlreadyDecided', note: 'the user is not banned' };
    return done(`user ${input.userId} is not banned any more; what was paid for goes on`);
  });
  return answered(deps, input.userId, { result, show: [] });
}
