import type { Plan } from '../domain/plan';
import type { PromoRefusal } from '../domain/promo';
import type { ShopSettings } from '../domain/shop';
import { closeOrder } from './closeOrder';
import type { Db } from './connection';
import { deliverOrder } from './deliverOrder';
import { book, lockBalance } from './ledger';
import { codeRefusal, refusalFor } from './openOrder';
import { findOrder, insertOrder, keepOrderMessage, lockOpenOrder } from './orders';
import { takeUse } from './promoUses';
import { findRequest, storeRequest } from './requests';

export interface BalanceWish {
  readonly userId: number;
  readonly key: string;
  readonly plan: Plan;
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

// The use of a promo code, the money, and what it buys.
async function sell(tx: Db, wish: BalanceWish, orderId: string): Promise<void> {
  const { discount } = wish.plan;
  if (discount !== undefined) await takeUse(tx, { code: discount.code, userId: wish.userId, for: { orderId } });
  await keepOrderMessage(tx, orderId, wish.messageId);
  await book(tx, {
    operationKey: `order:${orderId}:balance`,
    from: `user:${wish.userId}`,
    to: 'sales',
    amount: wish.plan.price,
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
): Promise<PaidOrder | { readonly refusal: 'UserBanned' | 'NotFound' | 'BalanceTooLow' | PromoRefusal }> {
  const refusal = await refusalFor(tx, wish);
  if (refusal !== undefined) return { refusal };
  const stored = await findRequest<PaidOrder>(tx, wish.userId, wish.key);
  if (stored !== undefined) return stored;
  const { plan, subscriptionId, isGift = false } = wish;
  const open = await lockOpenOrder(tx, wish.userId, isGift ? { kind: 'gift' } : { kind: 'plan', subscriptionId });
  const balance = await lockBalance(tx, wish.userId, wish.plan.price.currency);
  // What an open order holds comes back when it makes way.
  if (balance.minor + (open?.heldMinor ?? 0) < wish.plan.price.minor) return { refusal: 'BalanceTooLow' };
  const spoilt = await codeRefusal(tx, { userId: wish.userId, plan: wish.plan, replaced: open?.id, now: wish.now });
  if (spoilt !== undefined) return { refusal: spoilt };
  if (open !== undefined) await closeOrder(tx, open.id, { state: 'superseded', reason: 'paid_from_balance' });
  const purchase = { kind: 'plan', plan, subscriptionId, isGift } as const;
  const orderId = await insertOrder(tx, {
    userId: wish.userId,
    purchase,
    balanceMinor: wish.plan.price.minor,
    expiresAt: wish.now,
    now: wish.now,
  });
  await sell(tx, wish, orderId);
  const paid: PaidOrder = { orderId, superseded: open === undefined ? [] : [open.id] };
  await storeRequest(tx, { userId: wish.userId, key: wish.key, result: paid });
  return paid;
}
