import { Composer } from 'telegraf';
import { listMethods, listPlans } from '../../db/catalog';
import { loadBalance, loadSubscriptions } from '../../db/screens';
import type { Plan } from '../../domain/plan';
import { isShopError } from '../../errors';
import type { OrderResult } from '../../workflows/user/messages';
import { pressedMessage, requestKey, show, type BotDeps, type ShopContext } from '../context';
import { textsFor } from '../texts/texts';
import { methodsScreen, noticeScreen, plansScreen } from '../views/shopScreens';

interface Wish {
  readonly planId: string;
  readonly subscriptionId: string | undefined;
  /** Undefined = from the balance. */
  readonly provider: string | undefined;
}

/** Shows the plans. */
export async function showPlans(deps: BotDeps, ctx: ShopContext): Promise<void> {
  const plans = await listPlans(deps.db);
  const owned = await loadSubscriptions(deps.db, { userId: ctx.user.id, settings: ctx.settings, now: deps.clock.now() });
  await show(deps, ctx, plansScreen({ language: ctx.user.language, shop: ctx.settings, plans, owns: owned.length > 0 }));
}

function place(deps: BotDeps, ctx: ShopContext, wish: Wish): Promise<OrderResult> {
  const messageId = pressedMessage(ctx);
  const common = {
    userId: ctx.user.id,
    key: requestKey(ctx),
    planId: wish.planId,
    ...(wish.subscriptionId === undefined ? {} : { subscriptionId: wish.subscriptionId }),
    ...(messageId === undefined ? {} : { messageId }),
  };
  return wish.provider === undefined ? deps.shop.payFromBalance(common) : deps.shop.openOrder({ ...common, provider: wish.provider });
}

/** Places an order. The order's message is drawn by the worker; the bot only says why there is none, or that it takes a moment. */
export async function placeOrder(deps: BotDeps, ctx: ShopContext, wish: Wish): Promise<void> {
  const texts = textsFor(ctx.user.language);
  try {
    const result = await place(deps, ctx, wish);
    if (result.outcome === 'refused') await show(deps, ctx, noticeScreen(ctx.user.language, texts.refusals[result.reason]));
  } catch (error) {
    if (isShopError(error, 'TemporalUnavailable', 'Busy')) await show(deps, ctx, { html: texts.preparingLater, keyboard: [] });
    throw error;
  }
}

/** Shows the ways to pay for a plan; the only one there is is taken at once. */
export async function showMethods(
  deps: BotDeps,
  ctx: ShopContext,
  wish: { plan: Plan; subscriptionId: string | undefined },
): Promise<void> {
  const providers = (await listMethods(deps.db)).map((method) => method.provider);
  const last = ctx.user.lastProvider;
  const ordered = [...providers].sort((a, b) => Number(b === last) - Number(a === last));
  const balance = await loadBalance(deps.db, ctx.user.id, wish.plan.price.currency);
  const only = ordered[0];
  if (ordered.length === 1 && only !== undefined && balance.minor < wish.plan.price.minor) {
    return placeOrder(deps, ctx, { planId: wish.plan.id, subscriptionId: wish.subscriptionId, provider: only });
  }
  return show(deps, ctx, methodsScreen({ language: ctx.user.language, ...wish, providers: ordered, balance }));
}

/** Plans, methods, and the order itself. */
export function buyFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.use(async (ctx, next) => {
    const { press } = ctx;
    if (press?.kind === 'plans') return showPlans(deps, ctx);
    if (press?.kind === 'buy') return placeOrder(deps, ctx, { planId: press.args[0], subscriptionId: undefined, provider: press.args[1] });
    if (press?.kind === 'buyBalance')
      return placeOrder(deps, ctx, { planId: press.args[0], subscriptionId: undefined, provider: undefined });
    if (press?.kind !== 'plan') return next();
    const plan = (await listPlans(deps.db)).find((entry) => entry.id === press.args[0]);
    const gone = noticeScreen(ctx.user.language, textsFor(ctx.user.language).refusals.PlanUnavailable);
    return plan === undefined ? show(deps, ctx, gone) : showMethods(deps, ctx, { plan, subscriptionId: undefined });
  });
  return feature;
}
