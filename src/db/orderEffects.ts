import type { Db } from './connection';
import { restoreExtra, takeBackExtra } from './deliverExtra';
import { restoreGift, takeBackGift } from './gifts';
import { findOrder } from './orders';
import { returnUse, spendUse } from './promoUses';
import { restoreReward, takeReward, type RewardSettings } from './rewards';
import { addUserEvent } from './userEvents';

/** What of an order's effects beside its access is meant: rewards whenever its access goes, the use of its promo code only when all of its money goes back. */
export interface EffectsChange extends RewardSettings {
  readonly isWhole: boolean;
}

async function changeRewards(tx: Db, orderId: string, change: EffectsChange & { readonly to: 'taken_back' | 'restored' }): Promise<void> {
  const rewards: readonly { id: string; side: string; user_id: number; step: number }[] = await tx('rewards')
    .where({ order_id: orderId })
    .orderBy('id')
    .select('id', 'side', 'user_id', 'step');
  for (const { id, side, user_id: userId, step } of rewards) {
    if (side === 'referrer') await addUserEvent(tx, { userId, kind: `reward_${change.to}`, source: `${id}:${step}` });
    else if (change.to === 'taken_back') await takeReward(tx, id, change);
    else await restoreReward(tx, id, change);
  }
}

/** Takes back what an order gave beside its access, because its money goes back: the buyer's at once, the referrer's through the own workflow. */
export async function takeBackEffects(tx: Db, orderId: string, change: EffectsChange): Promise<void> {
  if (change.isWhole) await returnUse(tx, orderId);
  if (change.isWhole) await takeBackGift(tx, orderId);
  if (change.isWhole) await takeBackExtra(tx, orderId, change);
  await changeRewards(tx, orderId, { ...change, to: 'taken_back' });
}

/** Gives it again, because the money stays with the shop after all. */
export async function giveEffectsAgain(tx: Db, orderId: string, change: EffectsChange): Promise<void> {
  const order = await findOrder(tx, orderId);
  if (order === undefined) return;
  if (change.isWhole) await spendUse(tx, order);
  if (change.isWhole) await restoreGift(tx, orderId);
  if (change.isWhole) await restoreExtra(tx, orderId, change);
  await changeRewards(tx, orderId, { ...change, to: 'restored' });
}
