import { suffices } from '../domain/balance';
import type { Extra } from '../domain/extra';
import type { Plan } from '../domain/plan';
import type { PromoRefusal } from '../domain/promo';
import type { ShopSettings } from '../domain/shop';
import { ShopError } from '../errors';
import { closeOrder } from './closeOrder';
import type { Db } from './connection';
import { deliverOrder } from './deliverOrder';
import { book, lockBalance } from './ledger';
import { codeRefusal, discountOf, priceOf, refusalFor, subjectFor } from './openOrder';
import { takesExtra } from './deliverExtra';
import { findOrder, insertOrder, keepOrderMessage, lockOpenOrder, type Purchase } from './orders';
import { takeUse } from './promoUses';
import { findRequest, storeRequest } from './requests';

export interface BalanceWish {
  readonly userId: number;
  readonly key: string;
  readonly plan: Plan | Extra;
  readonly subscriptionId: string | undefined;
  readonly isGift?: boolean;
  readonly messageId: number | undefined;
  readonly settings: Pick<ShopSettings, 'timeZone' | 'graceMs' | 'referral'>;
  readonly now: Date;
}

export interface PaidOrder {
  readonly orderId: string;
  readonly superseded: readonly string[];
}

function purchaseOf({ plan, subscriptionId, isGift = false }: BalanceWish): Exclude<Purchase, { kind: 'topup' }> {
  if (!('adds' in plan)) return { kind: 'plan', plan, subscriptionId, isGift };
  if (subscriptionId === undefined) throw new ShopError('Internal', { message: 'an extra is for a subscription' });
  return { kind: 'extra', extra: plan, subscriptionId };
}

async function hasNoUse(tx: Db, purchase: Purchase, wish: BalanceWish): Promise<boolean> {
  return purchase.kind === 'extra' && !(await takesExtra(tx, { ...wish, ...purchase, adds: purchase.extra.adds }));
}

// The use of a promo code, the money, and what it buys.
async function sell(tx: Db, wish: BalanceWish, of: { readonly orderId: string; readonly purchase: Purchase }): Promise<void> {
  const { orderId, purchase } = of;
  const discount = discountOf(purchase);
  if (discount !== undefined) await takeUse(tx, { code: discount.code, userId: wish.userId, for: { orderId } });
  await keepOrderMessage(tx, orderId, wish.messageId);
  await book(tx, {
    operationKey: `order:${orderId}:balance`,
    from: `user:${wish.userId}`,
    to: 'sales',
    amount: priceOf(purchase),
    kind: 'sale',
    userId: wish.userId,
    orderId,
  });
  const order = await findOrder(tx, orderId);
  if (order !== undefined) await deliverOrder(tx, order, wish);
}

/** Takes the full price from the balance and delivers, in one transaction; nothing is taken when it does not suffice. */
export async function payFromBalance(
  tx: Db,
  wish: BalanceWish,
): Promise<PaidOrder | { readonly refusal: 'UserBanned' | 'NotFound' | 'BalanceTooLow' | 'ExtraNotNow' | PromoRefusal }> {
  const refusal = await refusalFor(tx, wish);
  if (refusal !== undefined) return { refusal };
  const stored = await findRequest<PaidOrder>(tx, wish.userId, wish.key);
  if (stored !== undefined) return stored;
  const purchase = purchaseOf(wish);
  if (await hasNoUse(tx, purchase, wish)) return { refusal: 'ExtraNotNow' };
  const open = await lockOpenOrder(tx, wish.userId, subjectFor(purchase));
  const balance = await lockBalance(tx, wish.userId, wish.plan.price.currency);
  // What an open order holds comes back when it makes way.
  if (!suffices(balance.minor + (open?.heldMinor ?? 0), wish.plan.price.minor)) return { refusal: 'BalanceTooLow' };
  const plan = purchase.kind === 'plan' ? purchase.plan : undefined;
  const spoilt = await codeRefusal(tx, { userId: wish.userId, plan, replaced: open?.id, now: wish.now });
  if (spoilt !== undefined) return { refusal: spoilt };
  if (open !== undefined) await closeOrder(tx, open.id, { state: 'superseded', reason: 'paid_from_balance' });
  const orderId = await insertOrder(tx, {
    userId: wish.userId,
    purchase,
    balanceMinor: wish.plan.price.minor,
    expiresAt: wish.now,
    now: wish.now,
  });
  await sell(tx, wish, { orderId, purchase });
  const paid: PaidOrder = { orderId, superseded: open === undefined ? [] : [open.id] };
  await storeRequest(tx, { userId: wish.userId, key: wish.key, result: paid });
  return paid;
}
