import { redeemCode as redeemCodeIn, type Redeemed } from '../db/redeemCode';
import type { RedeemCodeRequest, RedeemResult } from '../workflows/user/messages/wishes';
import type { Answered } from './contract';
import type { ActivityDeps } from './deps';
import { answered, once } from './wishes';

function resultOf(redeemed: Redeemed): RedeemResult {
  switch (redeemed.kind) {
    case 'discount':
      return { outcome: 'discount', code: redeemed.code };
    case 'days':
      return { outcome: 'days', days: redeemed.days, endsAt: redeemed.endsAt };
    case 'refused':
      return { outcome: 'refused', reason: redeemed.reason };
  }
}

/** Redeems a promo code, once per key: days at once, or lower prices until the next order. */
export async function redeemCode(
  deps: ActivityDeps,
  input: { readonly userId: number } & RedeemCodeRequest,
): Promise<Answered<RedeemResult>> {
  const settings = await deps.settings();
  const result = await once(deps, input, async (tx) =>
    resultOf(await redeemCodeIn(tx, { userId: input.userId, text: input.code, settings, now: deps.clock.now() })),
  );
  return answered(deps, input.userId, { result, show: [] });
}
