import { listExtras, listPlaces } from '../db/catalog';
import { closeOrder } from '../db/closeOrder';
import { findRate, listMethodFacts, loadSituation } from '../db/methods';
import { openOrder as openOrderIn, type Quote } from '../db/openOrder';
import { findOrder, type Purchase } from '../db/orders';
import { payFromBalance as payFromBalanceIn } from '../db/payFromBalance';
import { lockPayment, setNextPoll, setPaymentState, type Rate } from '../db/payments';
import { listPlansFor } from '../db/promoCodes';
import { findRequest, lockUser, storeRequest } from '../db/requests';
import { findTerms, singleToRenew } from '../db/subscriptions';
import { trialToContinue } from '../db/trials';
import { findContact } from '../db/users';
import type { Localised } from '../domain/language';
import { hiddenBecause, mayBeKept, ownPaceOf } from '../domain/method';
import { convertUp, money, type Money } from '../domain/money';
import type { Period } from '../domain/period';
import { placeTag, type Plan } from '../domain/plan';
import type { Refusal } from '../domain/refusal';
import { isShopError } from '../errors';
import type { PaymentProvider } from '../payments/provider';
import type { CancelOrderRequest, OpenOrderRequest, OrderResult, PayFromBalanceRequest } from '../workflows/user/messages/wishes';
import type { ItemDone, OrderAnswered } from './contract';
import type { ActivityDeps, PaymentDeps } from './deps';
import { loadUser } from './users';

interface OfUser {
  readonly userId: number;
}

/** Clocks of two machines may differ by this much without an order staying open for it. */
const clockToleranceMs = 5_000;

const topupTitle: Localised = { ru: 'Пополнение баланса', en: 'Balance top-up' };

function quoteWith(
  provider: PaymentProvider,
  starsPrice: number | undefined,
  rate: Rate | undefined,
): (due: Money, isWhole: boolean) => Quote | undefined {
  const { currencies } = provider.capabilities;
  return (due, isWhole) => {
    if (currencies.includes(due.currency)) return { asked: due, rate: undefined };
    if (currencies.includes('XTR') && starsPrice !== undefined && isWhole) return { asked: money(starsPrice, 'XTR'), rate: undefined };
    const target = currencies[0];
    if (target === undefined || rate === undefined) return undefined;
    return { asked: convertUp(due, target, rate.unitPrice), rate };
  };
}

async function findProvider(deps: PaymentDeps, code: string): Promise<PaymentProvider | undefined> {
  try {
    return await deps.providers.get(code);
  } catch (error) {
    if (isShopError(error, 'MethodUnavailable', 'ConfigInvalid', 'SecretKeyMismatch')) return undefined;
    throw error;
  }
}

function aboutOf(purchase: Purchase): { planId: string | undefined; serverIds: readonly string[]; due: Money; period: Period | undefined } {
  if (purchase.kind === 'topup') return { planId: undefined, serverIds: [], due: purchase.price, period: undefined };
  if (purchase.kind === 'extra') return { planId: purchase.extra.id, serverIds: [], due: purchase.extra.price, period: undefined };
  const { id, serverIds, price, period } = purchase.plan;
  return { planId: id, serverIds, due: price, period };
}

// A provider that charges by itself would charge the lower price for ever.
function wouldLast(provider: string, purchase: Purchase): boolean {
  return purchase.kind === 'plan' && purchase.plan.discount !== undefined && ownPaceOf(provider) !== undefined;
}

/** Whether this method is offered for this purchase at this moment, and may be kept where that is wanted; the bot's list may be old. */
async function isOffered(deps: PaymentDeps, input: OfUser & OpenOrderRequest, purchase: Purchase): Promise<boolean> {
  const facts = (await listMethodFacts(deps.db)).find((entry) => entry.provider === input.provider);
  const method = { provider: input.provider, choice: input.choice };
  if (facts === undefined || (input.choice !== undefined && !facts.choices.includes(input.choice))) return false;
  const about = aboutOf(purchase);
  const situation = await loadSituation(deps.db, { ...about, now: deps.clock.now() });
  if (input.saveMethod === true && (!mayBeKept(facts, method, about.period) || wouldLast(method.provider, purchase))) return false;
  if (facts.needsEmail && (await findContact(deps.db, input.userId)).email === undefined) return false;
  return hiddenBecause(facts, method, situation) === undefined;
}

/** The plan at this user's price. */
async function planForSale(deps: ActivityDeps, userId: number, planId: string | undefined): Promise<Plan | undefined> {
  const plans = await listPlansFor(deps.db, userId);
  return plans.find((plan) => plan.id === planId);
}

/** What a purchase that names no subscription renews all the same: a first one continues the trial, so that the link stays. */
async function toRenew(deps: ActivityDeps, userId: number, plan: Plan): Promise<string | undefined> {
  return (await trialToContinue(deps.db, userId)) ?? singleToRenew(deps.db, userId, plan);
}

/**
 * What is bought, on the one server that was chosen where the plan leaves that open. A renewal of the same plan stays where it is, and has its
 * place. A place that is gone is none.
 */
async function placed(
  deps: ActivityDeps,
  plan: Plan,
  wish: { readonly userId: number; readonly place?: string; readonly subscriptionId?: string; readonly isGift?: boolean },
): Promise<Extract<Purchase, { kind: 'plan' }>> {
  const { place, isGift = false } = wish;
  const subscriptionId = isGift ? undefined : (wish.subscriptionId ?? (await toRenew(deps, wish.userId, plan)));
  const known = subscriptionId === undefined ? undefined : await findTerms(deps.db, subscriptionId);
  if (known?.planId === plan.id) {
    const serverIds = plan.choosesServer ? known.serverIds : plan.serverIds;
    return { kind: 'plan', plan: { ...plan, serverIds, soldOut: false }, subscriptionId };
  }
  if (!plan.choosesServer) return { kind: 'plan', plan, subscriptionId, isGift };
  const places = await listPlaces(deps.db, plan);
  const chosen = place === undefined ? places[0] : places.find(({ serverId }) => placeTag(serverId) === place);
  const serverIds = chosen === undefined ? [] : [chosen.serverId];
  return {
    kind: 'plan',
    plan: { ...plan, serverIds, soldOut: plan.soldOut || chosen === undefined },
    subscriptionId,
    placeChosen: place !== undefined,
    isGift,
  };
}

/** Something more for a subscription, at the price of everybody. */
async function extraOf(
  deps: ActivityDeps,
  wish: Pick<OpenOrderRequest, 'planId' | 'subscriptionId'>,
): Promise<Extract<Purchase, { kind: 'extra' }> | undefined> {
  const { planId, subscriptionId } = wish;
  const extra = (await listExtras(deps.db)).find(({ id }) => id === planId);
  return extra === undefined || subscriptionId === undefined ? undefined : { kind: 'extra', extra, subscriptionId };
}

async function purchaseOf(deps: ActivityDeps, input: OfUser & OpenOrderRequest, currency: string): Promise<Purchase | undefined> {
  if (input.topupMinor !== undefined) return { kind: 'topup', title: topupTitle, price: money(input.topupMinor, currency) };
  const plan = await planForSale(deps, input.userId, input.planId);
  return plan === undefined ? extraOf(deps, input) : placed(deps, plan, input);
}

/** What has a price of its own in Stars, where there is one. */
function saleOf(purchase: Purchase): Pick<Plan, 'price' | 'starsPrice'> | undefined {
  if (purchase.kind === 'topup') return undefined;
  return purchase.kind === 'extra' ? purchase.extra : purchase.plan;
}

function isSoldOut(purchase: Purchase): boolean {
  return purchase.kind === 'plan' && purchase.plan.soldOut;
}

async function refused(deps: ActivityDeps, userId: number, reason: Refusal): Promise<OrderAnswered> {
  return { result: { outcome: 'refused', reason }, view: await loadUser(deps, { userId }), show: [] };
}

/** Price of the provider's currency: what the operator set, or what was asked for and is fresh. */
async function rateFor(deps: PaymentDeps, provider: PaymentProvider, quote: string): Promise<Rate | undefined> {
  if (provider.rate !== undefined) return provider.rate;
  const currency = provider.capabilities.currencies[0];
  return currency === undefined ? undefined : findRate(deps.db, currency, { currency: quote, now: deps.clock.now() });
}

// Every amount of a price may be out for a transfer; then the buyer pays in another way.
async function unlessTaken<T>(open: () => Promise<T>): Promise<T | { readonly refusal: 'MethodUnavailable' }> {
  try {
    return await open();
  } catch (error) {
    if (isShopError(error, 'MethodUnavailable')) return { refusal: 'MethodUnavailable' };
    throw error;
  }
}

/** Opens an order with an attempt at paying it, or says why not; the same key is answered the same. */
export async function createOrder(deps: PaymentDeps, input: OfUser & OpenOrderRequest): Promise<OrderAnswered> {
  const settings = await deps.settings();
  const purchase = await purchaseOf(deps, input, settings.currency);
  if (purchase === undefined) return refused(deps, input.userId, 'PlanUnavailable');
  if (isSoldOut(purchase)) return refused(deps, input.userId, 'SoldOut');
  const provider = (await isOffered(deps, input, purchase)) ? await findProvider(deps, input.provider) : undefined;
  if (provider === undefined) return refused(deps, input.userId, 'MethodUnavailable');
  const sale = saleOf(purchase);
  const quote = quoteWith(provider, sale?.starsPrice, await rateFor(deps, provider, settings.currency));
  const opened = await unlessTaken(() =>
    deps.db.transaction((tx) =>
      openOrderIn(tx, {
        userId: input.userId,
        key: input.key,
        purchase,
        provider: input.provider,
        choice: input.choice,
        useBalance: input.useBalance ?? false,
        saveMethod: input.saveMethod ?? false,
        messageId: input.messageId,
        quote: (due) => quote(due, due.minor === sale?.price.minor),
        transfer: provider.capabilities.transfer,
        orderMs: provider.capabilities.deadlineMs ?? settings.orderMs,
        now: deps.clock.now(),
      }),
    ),
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
  const closed = await deps.db.transaction(async (tx) => {
    await lockUser(tx, input.userId);
    // A call that was given up may be answered just now: then there is a way to pay, and the order stays.
    const payment = await lockPayment(tx, input.paymentId);
    if (payment === undefined || payment.hasInvoice) return [];
    if (payment.state === 'created') await setPaymentState(tx, payment.id, 'failed');
    // An invoice that may have been made stays payable: its provider is asked, and what arrives for it is not lost.
    await setNextPoll(tx, payment.id, payment.invoiceAskedAt === undefined ? undefined : deps.clock.now());
    await closeOrder(tx, payment.orderId, { state: 'cancelled', reason: 'invoice_failed' });
    return [payment.orderId];
  });
  return { view: await loadUser(deps, input), show: closed };
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
  const known = await planForSale(deps, input.userId, input.planId);
  const purchase = known === undefined ? await extraOf(deps, input) : await placed(deps, known, input);
  if (purchase === undefined) return refused(deps, input.userId, 'PlanUnavailable');
  if (isSoldOut(purchase)) return refused(deps, input.userId, 'SoldOut');
  const { subscriptionId } = purchase;
  const settings = await deps.settings();
  const paid = await deps.db.transaction((tx) =>
    payFromBalanceIn(tx, {
      userId: input.userId,
      key: input.key,
      plan: purchase.kind === 'extra' ? purchase.extra : purchase.plan,
      subscriptionId,
      isGift: input.isGift ?? false,
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

/** Closes an order whose time is up; what it held becomes balance. Its payments are still asked about for a day. */
export async function expireOrder(deps: ActivityDeps, input: OfUser & { readonly orderId: string }): Promise<ItemDone> {
  const closed = await deps.db.transaction(async (tx) => {
    await lockUser(tx, input.userId);
    const order = await findOrder(tx, input.orderId);
    const due = order !== undefined && order.expiresAt.getTime() <= deps.clock.now().getTime() + clockToleranceMs;
    return due && (await closeOrder(tx, input.orderId, { state: 'expired', reason: 'deadline' }));
  });
  return { view: await loadUser(deps, input), show: closed ? [input.orderId] : [] };
}
