import type { Db } from './connection';
import { findOrder } from './orders';
import { returnUse, spendUse } from './promoUses';

/** Takes back what an order gave beside its access, because its money goes back: the use of its promo code may be used again. */
export async function takeBackRewards(tx: Db, orderId: string): Promise<void> {
  await returnUse(tx, orderId);
}

/** Gives it again, because the money stays with the shop after all. */
export async function giveRewardsAgain(tx: Db, orderId: string): Promise<void> {
  const order = await findOrder(tx, orderId);
  if (order !== undefined) await spendUse(tx, order);
}
