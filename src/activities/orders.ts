import { listMethods, listPlans } from '../db/catalog';
import { openOrder as openOrderIn } from '../db/openOrder';
import { closeOrder, findOrder } from '../db/orders';
import { payFromBalance as payFromBalanceIn } from '../db/payFromBalance';
import { findPayment, setNextPoll, setPaymentState } from '../db/payments';
import { findRequest, lockUser, storeRequest } from '../db/requests';
import { convertUp, money, type Money } from '../domain/money';
import type { Plan } from '../domain/plan';
import type { PaymentProvider } from '../payments/provider';
import { isShopError } from '../errors';
import type { CancelOrderRequest, OpenOrderRequest, OrderResult, PayFromBalanceRequest, Refusal } from '../workflows/user/messages';
import type { ItemDone, OrderAnswered } from './contract';
import type { ActivityDeps, PaymentDeps } from './deps';
import { loadUser } from './users';

interface OfUser {
  readonly userId: number;
}

interface Quote {
  readonly asked: Money;
  readonly rate: { readonly unitPrice: string; readonly source: string } | undefined;
}

/** Clocks of two machines may differ by this much without an order staying open for it. */
const clockToleranceMs = 5_000;

function quoteFor(plan: Plan, provider: PaymentProvider): Quote | undefined {
  const { currencies } = provider.capabilities;
  if (currencies.includes(plan.price.currency)) return { asked: plan.price, rate: undefined };
  if (currencies.includes('XTR') && plan.starsPrice !== undefined) return { asked: money(plan.starsPrice, 'XTR'), rate: undefined };
  const target = currencies[0];
  if (target === undefined || provider.rate === undefined) return undefined;
  return { asked: convertUp(plan.price, target, provider.rate.unitPrice), rate: provider.rate };
}

async function findProvider(deps: PaymentDeps, code: string): Promise<PaymentProvider | undefined> {
  if (!(await listMethods(deps.db)).some((method) => method.provider === code)) return undefined;
  try {
    return await deps.providers.get(code);
  } catch (error) {
    if (isShopError(error, 'MethodUnavailable', 'ConfigInvalid', 'SecretKeyMismatch')) return undefined;
    throw error;
  }
}

async function planForSale(deps: ActivityDeps, planId: string): Promise<Plan | undefined> {
  const plans = await listPlans(deps.db);
  return plans.find((plan) => plan.id === planId);
}

async function refused(deps: ActivityDeps, userId: number, reason: Refusal): Promise<OrderAnswered> {
  return { result: { outcome: 'refused', reason }, view: await loadUser(deps, { userId }), show: [] };
}

/** Opens an order with an attempt at paying it, or says why not; the same key is answered the same. */
export async function createOrder(deps: PaymentDeps, input: OfUser & OpenOrderRequest): Promise<OrderAnswered> {
  const plan = await planForSale(deps, input.planId);
  if (plan === undefined) return refused(deps, input.userId, 'PlanUnavailable');
  const provider = await findProvider(deps, input.provider);
  const quote = provider === undefined ? undefined : quoteFor(plan, provider);
  if (quote === undefined) return refused(deps, input.userId, 'MethodUnavailable');
  const { orderMs } = await deps.settings();
  const opened = await deps.db.transaction((tx) =>
    openOrderIn(tx, {
      ...quote,
      userId: input.userId,
      key: input.key,
      plan,
      provider: input.provider,
      subscriptionId: input.subscriptionId,
      messageId: input.messageId,
      orderMs,
      now: deps.clock.now(),
    }),
  );
  if ('refusal' in opened) return refused(deps, input.userId, opened.refusal);
  return {
    result: { outcome: 'order', orderId: opened.orderId },
    paymentId: opened.paymentId,
    view: await loadUser(deps, input),
    show: [opened.orderId, ...(opened.superseded === undefined ? [] : [opened.superseded])],
  };
}

/** Closes an order whose provider gave no invoice: nothing can be paid, the buyer is told. */
export async function failInvoice(deps: ActivityDeps, input: OfUser & { readonly paymentId: string }): Promise<ItemDone> {
  const payment = await findPayment(deps.db, input.paymentId);
  if (payment === undefined || payment.payUrl !== undefined) return { view: await loadUser(deps, input), show: [] };
  await deps.db.transaction(async (tx) => {
    await lockUser(tx, input.userId);
    if (payment.state === 'created') await setPaymentState(tx, payment.id, 'failed');
    await setNextPoll(tx, payment.id, undefined);
    await closeOrder(tx, payment.orderId, { state: 'cancelled', reason: 'invoice_failed' });
  });
  return { view: await loadUser(deps, input), show: [payment.orderId] };
}

/** Cancels an open order. Its payment stays payable where the provider cannot cancel; what arrives then is late money. */
export async function cancelOrder(deps: ActivityDeps, input: OfUser & CancelOrderRequest): Promise<OrderAnswered> {
  const result = await deps.db.transaction(async (tx): Promise<OrderResult> => {
    await lockUser(tx, input.userId);
    const stored = await findRequest<OrderResult>(tx, input.userId, input.key);
    if (stored !== undefined) return stored;
    const order = await findOrder(tx, input.orderId);
    const mine = order?.userId === input.userId;
    const closed = mine && (await closeOrder(tx, input.orderId, { state: 'cancelled', reason: 'by_user' }));
    const reason: Refusal = mine ? 'OrderNotOpen' : 'NotFound';
    const answer: OrderResult = closed ? { outcome: 'order', orderId: input.orderId } : { outcome: 'refused', reason };
    await storeRequest(tx, { userId: input.userId, key: input.key, result: answer });
    return answer;
  });
  return { result, view: await loadUser(deps, input), show: result.outcome === 'order' ? [result.orderId] : [] };
}

/** Buys or renews with the full price from the balance, or says why not. */
export async function payFromBalance(deps: ActivityDeps, input: OfUser & PayFromBalanceRequest): Promise<OrderAnswered> {
  const plan = await planForSale(deps, input.planId);
  if (plan === undefined) return refused(deps, input.userId, 'PlanUnavailable');
  const settings = await deps.settings();
  const paid = await deps.db.transaction((tx) =>
    payFromBalanceIn(tx, {
      userId: input.userId,
      key: input.key,
      plan,
      subscriptionId: input.subscriptionId,
      messageId: input.messageId,
      settings,
      now: deps.clock.now(),
    }),
  );
  if ('refusal' in paid) return refused(deps, input.userId, paid.refusal);
  return {
    result: { outcome: 'order', orderId: paid.orderId },
    view: await loadUser(deps, input),
    show: [paid.orderId, ...paid.superseded],
  };
}

/** Closes an order whose time is up. Its payments are still asked about for a day. */
export async function expireOrder(deps: ActivityDeps, input: OfUser & { readonly orderId: string }): Promise<ItemDone> {
  const order = await findOrder(deps.db, input.orderId);
  const due = order !== undefined && order.expiresAt.getTime() <= deps.clock.now().getTime() + clockToleranceMs;
  const closed = due && (await closeOrder(deps.db, input.orderId, { state: 'expired', reason: 'deadline' }));
  return { view: await loadUser(deps, input), show: closed ? [input.orderId] : [] };
}
