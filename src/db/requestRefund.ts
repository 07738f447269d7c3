import { suffices } from '../domain/balance';
import { worthOf } from '../domain/worth';
import type { Money } from '../domain/money';
import type { Order } from '../domain/order';
import { isPaid } from '../domain/payment';
import type { ShopSettings } from '../domain/shop';
import { changeAccess, refundSource, remainderOf } from './access';
import { audit } from './audit';
import { chargesOf, type Charge } from './charges';
import type { Db } from './connection';
import { book, lockBalance, netOf } from './ledger';
import { addNotice } from './notices';
import { takeBackEffects } from './orderEffects';
import { lockOrder, markOrderRevoked } from './orders';
import { dueOf } from './paymentCase';
import { paymentsOfOrder, setPaymentSums, type StoredPayment } from './payments';
import { finishRefundOf, insertRefund, lockOpenRefund, type StoredRefund } from './refunds';
import { stopAgreementOf } from './savedMethods';

type Ability = 'none' | 'manual' | 'full' | 'partial';

export interface RefundWish {
  readonly userId: number;
  readonly orderId: string;
  readonly scope: 'full' | 'unused';
  readonly destination: 'provider' | 'balance';
  readonly reason: string;
  readonly actor: string;
  /** What the provider of a payment can do. */
  readonly ability: (provider: string) => Promise<Ability>;
  readonly settings: Pick<ShopSettings, 'timeZone' | 'graceMs'>;
  readonly now: Date;
}

export type RefundRefusal = 'NotFound' | 'NothingToRefund' | 'OnlyInFull' | 'RefundRunning';

export interface RequestedRefund {
  readonly refundId: string;
  readonly amount: Money;
  readonly state: StoredRefund['state'];
}

interface Plan {
  readonly tx: Db;
  readonly wish: RefundWish;
  readonly order: Order;
  readonly payment: StoredPayment | undefined;
  /** What may go back by its provider: charges that bought the order, those that went back left out. */
  readonly charges: readonly Charge[];
  readonly ability: Ability;
  /** How much of what the order added lies ahead, in milliseconds. */
  readonly share: { readonly unused: number; readonly added: number };
}

function shareOf(minor: number, plan: Plan): number {
  if (plan.wish.scope === 'full') return minor;
  const { unused, added } = plan.share;
  return added === 0 ? 0 : Number((BigInt(minor) * BigInt(unused)) / BigInt(added));
}

/** What a full refund is: everything that bought the order, or, where only whole charges go back, the newest of them. */
function wholeOf(plan: Plan): number {
  const newest = plan.charges.at(-1)?.amount.minor ?? 0;
  return plan.ability === 'full' ? newest : plan.charges.reduce((sum, charge) => sum + charge.amount.minor, 0);
}

/** Money of the order that is still with the shop, in the currency of its payment. */
function amountAtProvider(plan: Plan): Money | undefined {
  const { payment } = plan;
  if (payment === undefined) return undefined;
  const left = payment.receivedMinor - payment.refundedMinor;
  const minor = Math.min(left, shareOf(wholeOf(plan), plan));
  return minor > 0 ? { minor, currency: payment.asked.currency } : undefined;
}

async function takeAccess(plan: Plan): Promise<string | undefined> {
  const { tx, wish, order } = plan;
  if (order.kind === 'topup') return undefined;
  const remainder = await remainderOf(tx, order.id, wish.now);
  if (remainder === undefined) return undefined;
  const endsAt = remainder.endAfter(remainder.unusedMs);
  const step = await tx('refunds').where({ order_id: order.id }).count<{ count: string | number }[]>({ count: '*' });
  return changeAccess(tx, {
    subscriptionId: remainder.subscriptionId,
    kind: 'refund',
    ...refundSource(order.id, `own-${Number(step[0]?.count ?? 0) + 1}`),
    endsAt,
    ...(endsAt <= remainder.countedFrom ? { revokedAt: wish.now } : {}),
    settings: wish.settings,
    now: wish.now,
  });
}

/** What the shop still has of the order's sale: never more than that becomes balance. */
async function salesLeft({ tx, order }: Plan): Promise<number> {
  return netOf(tx, 'sales', { userId: order.userId, currency: order.price.currency, orderId: order.id });
}

async function amountToBalance(plan: Plan): Promise<number> {
  if (plan.order.kind === 'topup' || plan.payment?.outcome === 'credited') return 0;
  return Math.min(shareOf(plan.order.price.minor, plan), await salesLeft(plan));
}

async function moveToBalance(plan: Plan, minor: number, operation: string): Promise<void> {
  const { tx, wish, order } = plan;
  if (minor <= 0) return;
  await book(tx, {
    operationKey: operation,
    from: 'sales',
    to: `user:${wish.userId}`,
    amount: { minor, currency: order.price.currency },
    kind: 'refund',
    userId: wish.userId,
    orderId: order.id,
    ...(plan.payment === undefined ? {} : { paymentId: plan.payment.id }),
  });
}

async function refundToBalance(plan: Plan, grantId: string | undefined): Promise<RequestedRefund> {
  const { tx, wish, order, payment } = plan;
  const amount = { minor: await amountToBalance(plan), currency: order.price.currency };
  const refundId = await insertRefund(tx, {
    paymentId: payment?.id,
    orderId: order.id,
    userId: wish.userId,
    scope: wish.scope,
    destination: 'balance',
    amount,
    refundedBeforeMinor: payment?.refundedMinor ?? 0,
    state: 'requested',
    grantId,
    chargeId: undefined,
    reason: wish.reason,
    actor: wish.actor,
    now: wish.now,
  });
  await moveToBalance(plan, amount.minor, `refund:${refundId}`);
  // From now on the payment's money is the buyer's: what goes back later comes from the balance.
  if (payment !== undefined) await setPaymentSums(tx, payment.id, { ...payment, outcome: 'credited' });
  await finishRefundOf(tx, refundId, { state: 'done', now: wish.now });
  await addNotice(tx, { userId: wish.userId, key: `refund:${refundId}`, kind: 'refunded', params: { amount, destination: 'balance' } });
  return { refundId, amount, state: 'done' };
}

async function refundAtProvider(
  plan: Plan,
  found: { readonly payment: StoredPayment; readonly amount: Money; readonly grantId: string | undefined },
): Promise<RequestedRefund> {
  const { tx, wish, order, ability } = plan;
  const { payment, amount, grantId } = found;
  const state = ability === 'none' || ability === 'manual' ? 'by_hand' : 'requested';
  const refundId = await insertRefund(tx, {
    paymentId: payment.id,
    orderId: order.id,
    userId: wish.userId,
    scope: wish.scope,
    destination: 'provider',
    amount,
    refundedBeforeMinor: payment.refundedMinor,
    state,
    grantId,
    chargeId: plan.charges.at(-1)?.chargeId,
    reason: wish.reason,
    actor: wish.actor,
    now: wish.now,
  });
  await moveToBalance(plan, Math.min(shareOf(order.balanceMinor, plan), await salesLeft(plan)), `refund:${refundId}:balance`);
  return { refundId, amount, state };
}

async function hasBalanceFor(plan: Plan): Promise<boolean> {
  const { tx, wish, payment, order } = plan;
  const amount = amountAtProvider(plan);
  if (payment === undefined || amount === undefined) return true;
  if (payment.outcome === 'delivered' && order.kind !== 'topup') return true;
  const worth = amount.currency === order.price.currency ? amount : worthOf(amount.minor, payment.asked, dueOf(order));
  return suffices((await lockBalance(tx, wish.userId, worth.currency)).minor, worth.minor);
}

/** The payment whose money a refund gives back: the one that bought the order, else the latest with money left. */
async function paymentFor(tx: Db, order: Order): Promise<StoredPayment | undefined> {
  const payments = await paymentsOfOrder(tx, order.id);
  const paid = payments.filter((payment) => isPaid(payment.state) && payment.receivedMinor > payment.refundedMinor);
  return paid.find((entry) => entry.outcome === 'delivered') ?? paid[0];
}

// Where money came a second time it is balance; what went back is gone.
async function refundable(tx: Db, payment: StoredPayment): Promise<readonly Charge[]> {
  const charges = (await chargesOf(tx, payment.id)).filter((charge) => charge.refundedMinor < charge.amount.minor);
  return payment.outcome === 'credited' ? charges : charges.filter((charge) => charge.share !== 'second');
}

async function shareAhead(tx: Db, order: Order, now: Date): Promise<Plan['share']> {
  const remainder = order.kind === 'plan' ? await remainderOf(tx, order.id, now) : undefined;
  return { unused: remainder?.unusedMs ?? 0, added: remainder?.addedMs ?? 0 };
}

async function prepare(tx: Db, wish: RefundWish): Promise<Plan | { readonly refusal: RefundRefusal }> {
  const order = await lockOrder(tx, wish.orderId);
  if (order === undefined || order.userId !== wish.userId) return { refusal: 'NotFound' };
  const payment = await paymentFor(tx, order);
  const running = payment === undefined ? undefined : await lockOpenRefund(tx, payment.id);
  if (running !== undefined) return { refusal: 'RefundRunning' };
  const share = await shareAhead(tx, order, wish.now);
  const ability = payment === undefined ? 'partial' : await wish.ability(payment.provider);
  const plan: Plan = { tx, wish, order, payment, charges: payment === undefined ? [] : await refundable(tx, payment), ability, share };
  return hasSomething(plan) ? plan : { refusal: 'NothingToRefund' };
}

function hasSomething({ wish, order, payment, share }: Plan): boolean {
  if (order.fulfilment === 'revoked' || (wish.scope === 'unused' && share.unused === 0)) return false;
  // An order that was paid from the balance alone has nothing at a provider.
  return payment !== undefined || (order.state === 'paid' && wish.destination === 'balance');
}

/** Why the provider cannot give this much back, or undefined. */
async function objection(plan: Plan): Promise<RefundRefusal | undefined> {
  if (plan.wish.destination === 'balance') return (await amountToBalance(plan)) > 0 ? undefined : 'NothingToRefund';
  const amount = amountAtProvider(plan);
  if (amount === undefined) return 'NothingToRefund';
  const isWhole = amount.minor === wholeOf(plan);
  if (plan.ability === 'full' && !isWhole) return 'OnlyInFull';
  return (await hasBalanceFor(plan)) ? undefined : 'NothingToRefund';
}

/**
 * Decides on a refund in one transaction: the access is set to what stays paid first, then the money is on its way: at once to the balance, or
 * as a row that a child carries out at the provider. Nothing is changed when it is refused.
 */
export async function requestRefund(tx: Db, wish: RefundWish): Promise<RequestedRefund | { readonly refusal: RefundRefusal }> {
  const plan = await prepare(tx, wish);
  if ('refusal' in plan) return plan;
  const { payment, order } = plan;
  const refusal = await objection(plan);
  if (refusal !== undefined) return { refusal };
  const amount = amountAtProvider(plan);
  const grantId = payment?.outcome === 'credited' ? undefined : await takeAccess(plan);
  const requested =
    wish.destination === 'balance' || payment === undefined || amount === undefined
      ? await refundToBalance(plan, grantId)
      : await refundAtProvider(plan, { payment, amount, grantId });
  const isWhole = wish.scope === 'full';
  if (isWhole) await markOrderRevoked(tx, order.id);
  await takeBackEffects(tx, order.id, { ...wish, isWhole });
  if (payment !== undefined) await stopAgreementOf(tx, payment.id, wish.now);
  await audit(tx, {
    actor: wish.actor,
    action: 'refund.requested',
    target: order.id,
    after: {
      refund: requested.refundId,
      scope: wish.scope,
      destination: wish.destination,
      amount: requested.amount,
      reason: wish.reason,
    },
  });
  return requested;
}
