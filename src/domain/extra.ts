import { leftMs, type Term } from './grant';
import type { Plan } from './plan';
import { trialPlanId } from './trial';

/** What an extra adds to the limits of a subscription: one of the two. */
export interface Added {
  readonly trafficBytes?: number;
  readonly devices?: number;
}

/** A plan that adds to a subscription that is there, instead of giving time. */
export interface Extra extends Pick<Plan, 'id' | 'title' | 'price' | 'starsPrice'> {
  readonly adds: Added;
}

/** The limits of a subscription; undefined or 0 = none. */
export interface Limits {
  readonly trafficLimitBytes?: number | undefined;
  readonly deviceLimit?: number | undefined;
}

/** Whether the extra would change anything there: what has no limit needs no more. */
export function fits(adds: Added, limits: Limits): boolean {
  return (adds.trafficBytes === undefined ? limits.deviceLimit : limits.trafficLimitBytes) !== undefined;
}

/** Whether a subscription can take an extra now: it was bought, has time left, and has the limit that is raised. */
export function canTake(
  subscription: Term & { readonly planId: string; readonly revokedAt: Date | undefined } & Limits,
  adds: Added,
  now: Date,
): boolean {
  const isOwned = subscription.revokedAt === undefined && subscription.planId !== trialPlanId;
  return isOwned && leftMs(subscription, now) > 0 && fits(adds, subscription);
}

/** The limits of a plan with what was added; no limit stays none. */
export function withAdded<Terms extends Limits>(terms: Terms, added: Required<Added>): Terms {
  const { trafficLimitBytes, deviceLimit } = terms;
  return {
    ...terms,
    ...(trafficLimitBytes === undefined ? {} : { trafficLimitBytes: trafficLimitBytes + added.trafficBytes }),
    ...(deviceLimit === undefined ? {} : { deviceLimit: deviceLimit + added.devices }),
  };
}
