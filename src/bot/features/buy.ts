import { Composer } from 'telegraf';
import { listPlaces } from '../../db/catalog';
import { openConversation } from '../../db/conversations';
import { listMethodFacts, loadSituation } from '../../db/methods';
import { listPlansFor } from '../../db/promoCodes';
import { singleToRenew } from '../../db/subscriptions';
import { loadBalance, loadSubscriptions } from '../../db/screens';
import { findTrial } from '../../db/trials';
import { mayBeKept, offeredMethods, ownPaceOf, parseMethod, type Method } from '../../domain/method';
import type { Plan } from '../../domain/plan';
import { isShopError } from '../../errors';
import type { OrderResult } from '../../workflows/user/messages/wishes';
import type { Manner, Press } from '../callbackData';
import { pressedMessage, requestKey, show, type BotDeps, type ShopContext } from '../context';
import { textsFor } from '../texts/texts';
import { consentScreen, methodsScreen, noticeScreen, placesScreen, plansScreen, questionScreen } from '../views/shopScreens';

/** What a buyer wants, as buttons say it. */
export interface Wish {
  readonly planId: string | undefined;
  readonly topupMinor?: number;
  readonly subscriptionId: string | undefined;
  /** Word of the method; undefined = from the balance. */
  readonly method: string | undefined;
  readonly manner: Manner;
  /** Tag of the server that was chosen. */
  readonly place?: string | undefined;
  /** For somebody else. */
  readonly isGift?: boolean;
}

/** Shows the plans at this user's prices, with a note above them. */
export async function showPlans(deps: BotDeps, ctx: ShopContext, note?: string): Promise<void> {
  const plans = await listPlansFor(deps.db, ctx.user.id);
  const owned = await loadSubscriptions(deps.db, { userId: ctx.user.id, settings: ctx.settings, now: deps.clock.now() });
  const trial = owned.length === 0 ? await findTrial(deps.db) : undefined;
  const offered = trial?.soldOut === false ? trial : undefined;
  await show(
    deps,
    ctx,
    plansScreen({ language: ctx.user.language, shop: ctx.settings, plans, owns: owned.length > 0, note, trial: offered }),
  );
}

function place(deps: BotDeps, ctx: ShopContext, wish: Wish): Promise<OrderResult> {
  const messageId = pressedMessage(ctx);
  const common = {
    userId: ctx.user.id,
    key: requestKey(ctx),
    ...(wish.planId === undefined ? {} : { planId: wish.planId }),
    ...(wish.place === undefined ? {} : { place: wish.place }),
    ...(wish.subscriptionId === undefined ? {} : { subscriptionId: wish.subscriptionId }),
    ...(messageId === undefined ? {} : { messageId }),
    ...(wish.isGift === true ? { isGift: true } : {}),
  };
  if (wish.method === undefined) return deps.shop.payFromBalance({ ...common, planId: wish.planId ?? '' });
  const { provider, choice } = parseMethod(wish.method);
  return deps.shop.openOrder({
    ...common,
    provider,
    ...(choice === undefined ? {} : { choice }),
    ...(wish.topupMinor === undefined ? {} : { topupMinor: wish.topupMinor }),
    ...(wish.manner === 'b' ? { useBalance: true } : {}),
    ...(wish.manner === 'y' ? { saveMethod: true } : {}),
  });
}

/** Asks for an e-mail where the receipt of this method needs one and none is known; the wish waits for it. */
async function asksForEmail(deps: BotDeps, ctx: ShopContext, wish: Wish): Promise<boolean> {
  if (wish.method === undefined || ctx.user.email !== undefined) return false;
  const { provider } = parseMethod(wish.method);
  const needed = (await listMethodFacts(deps.db)).some((facts) => facts.provider === provider && facts.needsEmail);
  if (!needed) return false;
  await openConversation(deps.db, ctx.user.id, { waitsFor: 'email', data: { wish }, now: deps.clock.now() });
  await show(deps, ctx, questionScreen(ctx.user.language, textsFor(ctx.user.language).askEmail, false));
  return true;
}

/** Places an order. The order's message is drawn by the worker; the bot only says why there is none, or that it takes a moment. */
export async function placeOrder(deps: BotDeps, ctx: ShopContext, wish: Wish): Promise<void> {
  const texts = textsFor(ctx.user.language);
  if (await asksForEmail(deps, ctx, wish)) return;
  try {
    const result = await place(deps, ctx, wish);
    if (result.outcome === 'refused') await show(deps, ctx, noticeScreen(ctx.user.language, texts.refusals[result.reason]));
  } catch (error) {
    if (isShopError(error, 'TemporalUnavailable', 'Busy')) await show(deps, ctx, { html: texts.preparingLater, keyboard: [] });
    throw error;
  }
}

/** Methods that are offered for a plan, the one used last first. */
export async function methodsFor(
  deps: BotDeps,
  ctx: ShopContext,
  plan: Plan,
): Promise<readonly (Method & { readonly mayBeKept: boolean })[]> {
  const facts = await listMethodFacts(deps.db);
  const situation = await loadSituation(deps.db, { planId: plan.id, serverIds: plan.serverIds, due: plan.price, now: deps.clock.now() });
  return offeredMethods(facts, situation, ctx.user.lastMethod).map((method) => ({
    ...method,
    // A provider that charges by itself would charge the lower price for ever.
    mayBeKept:
      (plan.discount === undefined || ownPaceOf(method.provider) === undefined) &&
      facts.some((entry) => entry.provider === method.provider && mayBeKept(entry, method, plan.period)),
  }));
}

/** Shows the ways to pay for a plan; the only one there is is taken at once. */
export async function showMethods(
  deps: BotDeps,
  ctx: ShopContext,
  wish: { plan: Plan; subscriptionId: string | undefined; withBalance?: boolean; place?: string | undefined },
): Promise<void> {
  const { plan, subscriptionId, place } = wish;
  const methods = await methodsFor(deps, ctx, plan);
  const balance = await loadBalance(deps.db, ctx.user.id, plan.price.currency);
  const only = methods[0];
  if (methods.length === 1 && only?.choice === undefined && only?.mayBeKept === false && balance.minor === 0) {
    return placeOrder(deps, ctx, { planId: plan.id, subscriptionId, method: only.provider, manner: 'n', place });
  }
  const withBalance = wish.withBalance === true && balance.minor > 0 && balance.minor < plan.price.minor;
  return show(deps, ctx, methodsScreen({ language: ctx.user.language, plan, subscriptionId, place, methods, balance, withBalance }));
}

/** Places the order of a pressed method, after the buyer's consent where the method is to be kept. */
export async function chooseMethod(
  deps: BotDeps,
  ctx: ShopContext,
  wish: Wish & { readonly method: string; readonly planId: string },
): Promise<void> {
  if (wish.manner !== 'k') return placeOrder(deps, ctx, wish);
  const yes: Press =
    wish.subscriptionId === undefined
      ? { kind: 'buy', args: [wish.planId, wish.method, 'y', wish.place] }
      : { kind: 'renew', args: [wish.subscriptionId, wish.method, 'y'] };
  await show(deps, ctx, consentScreen(ctx.user.language, parseMethod(wish.method), yes));
}

/** After a plan was pressed: where, if the plan leaves that open, then how to pay. */
async function choosePlan(deps: BotDeps, ctx: ShopContext, args: Extract<Press, { kind: 'plan' }>['args']): Promise<void> {
  const [planId, manner, place] = args;
  const { language } = ctx.user;
  const { refusals } = textsFor(language);
  const plan = (await listPlansFor(deps.db, ctx.user.id)).find((entry) => entry.id === planId);
  if (plan === undefined) return show(deps, ctx, noticeScreen(language, refusals.PlanUnavailable));
  const subscriptionId = await singleToRenew(deps.db, ctx.user.id, plan);
  if (plan.soldOut && subscriptionId === undefined) return show(deps, ctx, noticeScreen(language, refusals.SoldOut));
  if (plan.choosesServer && place === undefined) return show(deps, ctx, placesScreen(language, plan, await listPlaces(deps.db, plan)));
  return showMethods(deps, ctx, { plan, subscriptionId, withBalance: manner === 'b', place });
}

/** Plans, methods, and the order itself. */
export function buyFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.use(async (ctx, next) => {
    const { press } = ctx;
    if (press?.kind === 'plans') return showPlans(deps, ctx);
    if (press?.kind === 'buy') {
      const [planId, method, manner, place] = press.args;
      return chooseMethod(deps, ctx, { planId, subscriptionId: undefined, method, manner, place });
    }
    if (press?.kind === 'buyBalance') {
      const [planId, place] = press.args;
      return placeOrder(deps, ctx, { planId, subscriptionId: undefined, method: undefined, manner: 'n', place });
    }
    return press?.kind === 'plan' ? choosePlan(deps, ctx, press.args) : next();
  });
  return feature;
}
