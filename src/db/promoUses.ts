import type { Order } from '../domain/order';
import { refusalOf, type PromoCode, type PromoRefusal } from '../domain/promo';
import type { Db } from './connection';
import { newId } from './ids';
import { lockPromoCode } from './promoCodes';

type UseState = 'held' | 'spent' | 'beyond' | 'returned';

async function countUses(tx: Db, use: { code: string; userId: number; orderId?: string }): Promise<number> {
  const query = tx('promo_uses').where({ code: use.code, user_id: use.userId }).whereIn('state', ['held', 'spent']);
  if (use.orderId !== undefined) query.where({ order_id: use.orderId });
  const row: { count?: string | number } | undefined = await query.count({ count: '*' }).first();
  return Number(row?.count ?? 0);
}

async function hasBought(tx: Db, userId: number): Promise<boolean> {
  return (await tx('orders').where({ user_id: userId, kind: 'plan', state: 'paid' }).first('id')) !== undefined;
}

/** The code, locked until this transaction ends, or why the user may not use it; a use that `replaced` holds comes back first. */
export async function judgeUse(
  tx: Db,
  use: { readonly code: string; readonly userId: number; readonly replaced?: string | undefined; readonly now: Date },
): Promise<PromoCode | PromoRefusal> {
  const code = await lockPromoCode(tx, use.code);
  if (code === undefined) return 'CodeUnknown';
  const { userId, replaced } = use;
  const comesBack = replaced === undefined ? 0 : await countUses(tx, { code: code.code, userId, orderId: replaced });
  const ownUses = (await countUses(tx, { code: code.code, userId })) - comesBack;
  return refusalOf(code, { ownUses, comesBack, hasBought: await hasBought(tx, userId) }, use.now) ?? code;
}

// The table refuses a use beyond either limit, whatever was judged.
async function count(tx: Db, code: string, change: 1 | -1): Promise<void> {
  await tx('promo_codes')
    .where({ code })
    .update({ uses: tx.raw('uses + ?', [change]) });
}

async function freeSlot(tx: Db, code: string, userId: number): Promise<number> {
  const taken: readonly { slot: number }[] = await tx('promo_uses')
    .where({ code, user_id: userId })
    .whereIn('state', ['held', 'spent'])
    .orderBy('slot')
    .select('slot');
  return taken.reduce((free, { slot }) => (slot === free ? free + 1 : free), 1);
}

/** Takes one use of a code that was judged in this transaction: for an order that waits, or spent at once on a subscription. */
export async function takeUse(
  tx: Db,
  use: { readonly code: string; readonly userId: number; readonly for: { readonly orderId: string } | { readonly subscriptionId: string } },
): Promise<string> {
  const id = newId('use');
  const isOrder = 'orderId' in use.for;
  await count(tx, use.code, 1);
  await tx('promo_uses').insert({
    id,
    code: use.code,
    user_id: use.userId,
    slot: await freeSlot(tx, use.code, use.userId),
    state: isOrder ? 'held' : 'spent',
    ...(isOrder ? { order_id: use.for.orderId } : { subscription_id: use.for.subscriptionId }),
  });
  return id;
}

async function useOf(tx: Db, orderId: string): Promise<{ id: string; code: string; user_id: number; state: UseState } | undefined> {
  return tx('promo_uses').where({ order_id: orderId }).first('id', 'code', 'user_id', 'state');
}

/** Gives the use of an order back, because it was closed without a payment or everything of it was taken back. */
export async function returnUse(tx: Db, orderId: string): Promise<void> {
  const use = await useOf(tx, orderId);
  if (use === undefined || use.state === 'returned') return;
  if (use.state !== 'beyond') {
    await lockPromoCode(tx, use.code);
    await count(tx, use.code, -1);
  }
  await tx('promo_uses').where({ id: use.id }).update({ state: 'returned' });
}

async function takeAgain(tx: Db, use: { id: string; code: string; user_id: number }): Promise<void> {
  const code = await lockPromoCode(tx, use.code);
  const ownUses = await countUses(tx, { code: use.code, userId: use.user_id });
  const isLeft = code !== undefined && (code.maxUses === undefined || code.uses < code.maxUses) && ownUses < code.maxPerUser;
  if (!isLeft) {
    await tx('promo_uses').where({ id: use.id }).update({ state: 'beyond' });
    return;
  }
  await count(tx, use.code, 1);
  const slot = await freeSlot(tx, use.code, use.user_id);
  await tx('promo_uses').where({ id: use.id }).update({ state: 'spent', slot });
}

/** Spends the use of an order that is delivered. Its price was promised, so late money buys at it even when the last use went to somebody else. */
export async function spendUse(tx: Db, order: Pick<Order, 'id' | 'userId' | 'promoCode'>): Promise<void> {
  if (order.promoCode === undefined) return;
  await tx('users').where({ id: order.userId, promo_code: order.promoCode }).update({ promo_code: null });
  const use = await useOf(tx, order.id);
  if (use?.state === 'held') await tx('promo_uses').where({ id: use.id }).update({ state: 'spent' });
  if (use?.state === 'returned') await takeAgain(tx, use);
}
