import { replaceToken as replaceStoredToken } from '../db/subscriptions';
import type { ForgetResult, OfSubscriptionRequest } from '../workflows/user/messages/wishes';
import type { Answered } from './contract';
import type { ActivityDeps } from './deps';
import { answered, once } from './wishes';

/** Gives a subscription a new link; the old one opens nothing from then on. */
export async function replaceToken(
  deps: ActivityDeps,
  input: { readonly userId: number } & OfSubscriptionRequest,
): Promise<Answered<ForgetResult>> {
  const { userId, subscriptionId } = input;
  const result = await once(deps, input, async (tx): Promise<ForgetResult> => {
    const isReplaced = await replaceStoredToken(tx, userId, subscriptionId);
    return isReplaced ? { outcome: 'done' } : { outcome: 'refused', reason: 'NotFound' };
  });
  return answered(deps, userId, { result, show: [] });
}
