import { claimGift as claimGiftIn } from '../db/gifts';
import { lockUser } from '../db/requests';
import type { ClaimGiftRequest, TrialResult } from '../workflows/user/messages/wishes';
import type { Answered } from './contract';
import type { ActivityDeps } from './deps';
import { answered, once } from './wishes';

/** Starts the subscription of a gift for whoever opened its link, or says why not. */
export async function claimGift(deps: ActivityDeps, input: { readonly userId: number } & ClaimGiftRequest): Promise<Answered<TrialResult>> {
  const { userId, orderId } = input;
  const settings = await deps.settings();
  const result = await once(deps, input, async (tx): Promise<TrialResult> => {
    if ((await lockUser(tx, userId))?.isBanned === true) return { outcome: 'refused', reason: 'UserBanned' };
    const claimed = await claimGiftIn(tx, { userId, orderId, isForGiver: input.isForGiver ?? false, settings, now: deps.clock.now() });
    return claimed.kind === 'started'
      ? { outcome: 'started', subscriptionId: claimed.subscriptionId }
      : { outcome: 'refused', reason: claimed.reason };
  });
  return answered(deps, userId, { result, show: [] });
}
