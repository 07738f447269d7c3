import { partFrom } from '../domain/balance';
import type { Money } from '../domain/money';
import type { Order } from '../domain/order';
import type { Plan } from '../domain/plan';
import type { PromoRefusal } from '../domain/promo';
import { markChosen, reusablePayment } from './attempts';
import { closeOrder } from './closeOrder';
import type { Db } from './connection';
import { book, lockBalance } from './ledger';
import { takesExtra } from './deliverExtra';
import { extendOrder, insertOrder, keepOrderMessage, lockOpenOrder, type OrderSubject, type Purchase } from './orders';
import { insertPayment, paymentsOfOrder, type Rate } from './payments';
import { keepCode } from './promoCodes';
import { judgeUse, takeUse } from './promoUses';
import { findRequest, lockUser, storeRequest } from './requests';
import { storeConsent } from './savedMethods';
import { mayRenew } from './subscriptions';
import { allocateTransfer, type TransferTerms } from './transfers';

export interface Quote {
  readonly asked: Money;
  readonly rate: Rate | undefined;
}

export interface OrderWish {
  readonly userId: number;
  readonly key: string;
  readonly purchase: Purchase;
  readonly provider: string;
  readonly choice: string | undefined;
  /** Takes what the balance has as part of the price. */
  readonly useBalance: boolean;
  /** The buyer agreed that the way of paying is kept for renewals. */
  readonly saveMethod: boolean;
  readonly messageId: number | undefined;
  /** What the provider asks for a sum of the shop's currency; undefined where it cannot. */
  readonly quote: (due: Money) => Quote | undefined;
  readonly transfer: TransferTerms | undefined;
  readonly orderMs: number;
  readonly now: Date;
}

type Refusal = 'UserBanned' | 'NotFound' | 'MethodUnavailable' | 'ExtraNotNow' | PromoRefusal;

export interface OpenedOrder {
  readonly orderId: string;
  readonly paymentId: string;
  /** The order that had to make way, if any. */
  readonly superseded?: string;
}

/** Why this user may not order, or undefined. */
export async function refusalFor(
  tx: Db,
  wish: { userId: number; subscriptionId: string | undefined },
): Promise<'UserBanned' | 'NotFound' | undefined> {
  const user = await lockUser(tx, wish.userId);
  if (user === undefined) return 'NotFound';
  if (user.isBanned) return 'UserBanned';
  const renewable = wish.subscriptionId === undefined || (await mayRenew(tx, wish.userId, wish.subscriptionId));
  return renewable ? undefined : 'NotFound';
}

/** What it costs this buyer. */
export function priceOf(purchase: Purchase): Money {
  switch (purchase.kind) {
    case 'topup':
      return purchase.price;
    case 'extra':
      return purchase.extra.price;
    case 'plan':
      return purchase.plan.price;
  }
}

/** What the buyer's promo code takes off. */
export function discountOf(purchase: Purchase): Plan['discount'] {
  return purchase.kind === 'plan' ? purchase.plan.discount : undefined;
}

/** What an order for this purchase is about. */
export function subjectFor(purchase: Purchase): OrderSubject {
  if (purchase.kind === 'topup') return { kind: 'topup' };
  if (purchase.kind === 'extra') return { kind: 'extra', subscriptionId: purchase.subscriptionId };
  return purchase.isGift === true ? { kind: 'gift' } : { kind: 'plan', subscriptionId: purchase.subscriptionId };
}

/** Id of the plan, or of the extra. */
function planIdOf(purchase: Purchase): string | undefined {
  if (purchase.kind === 'topup') return undefined;
  return purchase.kind === 'extra' ? purchase.extra.id : purchase.plan.id;
}

function samePlace(open: Order, purchase: Purchase): boolean {
  return purchase.kind !== 'plan' || purchase.placeChosen !== true || open.serverIds.join() === purchase.plan.serverIds.join();
}

function sameWish(open: Order, wish: OrderWish): boolean {
  const price = priceOf(wish.purchase);
  const planId = planIdOf(wish.purchase);
  return (
    open.planId === planId &&
    samePlace(open, wish.purchase) &&
    open.promoCode === discountOf(wish.purchase)?.code &&
    open.price.minor === price.minor &&
    open.price.currency === price.currency &&
    open.balanceMinor > 0 === wish.useBalance &&
    open.expiresAt > wish.now
  );
}

async function attempt(tx: Db, wish: OrderWish, order: { id: string; expiresAt: Date; quote: Quote }): Promise<string> {
  const { asked, rate } = order.quote;
  const payments = await paymentsOfOrder(tx, order.id);
  const reusable = reusablePayment(payments, { ...wish, asked });
  if (reusable !== undefined) return reusable.id;
  const place =
    wish.transfer === undefined
      ? undefined
      : await allocateTransfer(tx, wish.provider, { terms: wish.transfer, price: asked, now: wish.now });
  const paymentId = await insertPayment(tx, {
    orderId: order.id,
    userId: wish.userId,
    provider: wish.provider,
    choice: wish.choice,
    place: place?.place,
    saveMethod: wish.saveMethod,
    attempt: payments.length + 1,
    asked: place?.asked ?? asked,
    rate,
    // An order that waits a day for a transfer does not keep a price of coins for a day.
    deadline: new Date(Math.min(order.expiresAt.getTime(), wish.now.getTime() + wish.orderMs)),
    now: wish.now,
  });
  if (wish.transfer !== undefined) {
    const { decisionMs, proofRequired } = wish.transfer;
    await tx('transfers').insert({
      payment_id: paymentId,
      user_id: wish.userId,
      state: 'awaiting',
      decision_ms: decisionMs,
      proof_required: proofRequired,
    });
  }
  return paymentId;
}

interface Placed {
  readonly orderId: string;
  readonly expiresAt: Date;
  readonly quote: Quote;
  readonly superseded: string | undefined;
}

async function useAgain(tx: Db, wish: OrderWish, open: Order): Promise<Placed | undefined> {
  const quote = wish.quote({ minor: open.price.minor - open.balanceMinor, currency: open.price.currency });
  if (quote === undefined) return undefined;
  const wanted = wish.transfer === undefined ? 0 : wish.now.getTime() + wish.orderMs;
  const until = new Date(Math.max(open.expiresAt.getTime(), wanted));
  await extendOrder(tx, open.id, until);
  return { orderId: open.id, expiresAt: until, quote, superseded: undefined };
}

/** What the balance can give to this order: what it has, and what an order that makes way holds; never the whole price. */
async function balancePart(tx: Db, wish: OrderWish, open: Order | undefined): Promise<number> {
  if (!wish.useBalance) return 0;
  const price = priceOf(wish.purchase);
  const balance = await lockBalance(tx, wish.userId, price.currency);
  return partFrom(balance.minor + (open?.heldMinor ?? 0), price.minor);
}

async function makeNew(tx: Db, wish: OrderWish, open: Order | undefined): Promise<Placed | undefined> {
  const price = priceOf(wish.purchase);
  const balanceMinor = await balancePart(tx, wish, open);
  const quote = wish.quote({ minor: price.minor - balanceMinor, currency: price.currency });
  if (quote === undefined) return undefined;
  if (open !== undefined) await closeOrder(tx, open.id, { state: 'superseded', reason: 'another_plan' });
  const expiresAt = new Date(wish.now.getTime() + wish.orderMs);
  const orderId = await insertOrder(tx, { userId: wish.userId, purchase: wish.purchase, balanceMinor, expiresAt, now: wish.now });
  const discount = discountOf(wish.purchase);
  if (discount !== undefined) await takeUse(tx, { code: discount.code, userId: wish.userId, for: { orderId } });
  if (balanceMinor > 0) {
    await book(tx, {
      operationKey: `order:${orderId}:hold`,
      from: `user:${wish.userId}`,
      to: `order:${orderId}`,
      amount: { minor: balanceMinor, currency: price.currency },
      kind: 'hold',
      userId: wish.userId,
      orderId,
    });
  }
  return { orderId, expiresAt, quote, superseded: open?.id };
}

/** Why the buyer's promo code cannot be used for this order any more, or undefined; the next order is at the full price. */
export async function codeRefusal(
  tx: Db,
  wish: { readonly userId: number; readonly plan: Plan | undefined; readonly replaced: string | undefined; readonly now: Date },
): Promise<PromoRefusal | undefined> {
  const code = wish.plan?.discount?.code;
  const judged = code === undefined ? undefined : await judgeUse(tx, { ...wish, code });
  if (typeof judged !== 'string') return undefined;
  await keepCode(tx, wish.userId, undefined);
  return judged;
}

/** Uses the open order again where the wish is the same, else makes way for a new one. */
async function place(tx: Db, wish: OrderWish): Promise<Placed | { readonly refusal: Refusal }> {
  const open = await lockOpenOrder(tx, wish.userId, subjectFor(wish.purchase));
  const again = open !== undefined && sameWish(open, wish);
  const plan = wish.purchase.kind === 'plan' ? wish.purchase.plan : undefined;
  const refusal = again ? undefined : await codeRefusal(tx, { userId: wish.userId, plan, replaced: open?.id, now: wish.now });
  if (refusal !== undefined) return { refusal };
  const placed = again ? await useAgain(tx, wish, open) : await makeNew(tx, wish, open);
  return placed ?? { refusal: 'MethodUnavailable' };
}

async function placeOrder(tx: Db, wish: OrderWish): Promise<OpenedOrder | { readonly refusal: Refusal }> {
  const placed = await place(tx, wish);
  if ('refusal' in placed) return placed;
  const { orderId, superseded } = placed;
  const paymentId = await attempt(tx, wish, { id: orderId, expiresAt: placed.expiresAt, quote: placed.quote });
  await markChosen(tx, { paymentId, orderId, now: wish.now });
  await keepOrderMessage(tx, orderId, wish.messageId);
  const method = wish.choice === undefined ? wish.provider : `${wish.provider}_${wish.choice}`;
  await tx('users').where({ id: wish.userId }).update({ last_provider: method });
  if (wish.saveMethod) await storeConsent(tx, wish.userId, wish.now);
  return { orderId, paymentId, ...(superseded === undefined ? {} : { superseded }) };
}

/**
 * Opens an order and an attempt at paying it, in one transaction. An open order for the same plan at the same price is used again, one for
 * another plan is superseded; the same key gets the same answer.
 */
export async function openOrder(tx: Db, wish: OrderWish): Promise<OpenedOrder | { readonly refusal: Refusal }> {
  const { purchase } = wish;
  const subscriptionId = purchase.kind === 'topup' ? undefined : purchase.subscriptionId;
  const refusal = await refusalFor(tx, { userId: wish.userId, subscriptionId });
  if (refusal !== undefined) return { refusal };
  const stored = await findRequest<OpenedOrder>(tx, wish.userId, wish.key);
  if (stored !== undefined) return stored;
  if (purchase.kind === 'extra' && !(await takesExtra(tx, { ...wish, ...purchase, adds: purchase.extra.adds })))
    return { refusal: 'ExtraNotNow' };
  const opened = await placeOrder(tx, wish);
  if ('refusal' in opened) return opened;
  await storeRequest(tx, { userId: wish.userId, key: wish.key, result: opened });
  return opened;
}
