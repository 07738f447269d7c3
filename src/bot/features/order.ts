import { Composer } from 'telegraf';
import { findOrder } from '../../db/orders';
import { listPlansFor } from '../../db/promoCodes';
import { placeTag } from '../../domain/plan';
import { isShopError } from '../../errors';
import { requestKey, show, type BotDeps, type ShopContext } from '../context';
import { textsFor } from '../texts/texts';
import { noticeScreen } from '../views/shopScreens';
import { showMethods } from './buy';

async function cancel(deps: BotDeps, ctx: ShopContext, orderId: string): Promise<void> {
  const texts = textsFor(ctx.user.language);
  try {
    const result = await deps.shop.cancelOrder({ userId: ctx.user.id, key: requestKey(ctx), orderId });
    if (result.outcome === 'refused') await show(deps, ctx, noticeScreen(ctx.user.language, texts.refusals[result.reason]));
  } catch (error) {
    if (isShopError(error, 'TemporalUnavailable', 'Busy')) await show(deps, ctx, { html: texts.preparingLater, keyboard: [] });
    throw error;
  }
}

async function changeMethod(deps: BotDeps, ctx: ShopContext, orderId: string): Promise<void> {
  const order = await findOrder(deps.db, orderId);
  const mine = order !== undefined && order.userId === ctx.user.id && order.state === 'open' ? order : undefined;
  const plan = mine === undefined ? undefined : (await listPlansFor(deps.db, ctx.user.id)).find((entry) => entry.id === mine.planId);
  if (mine === undefined || plan === undefined) {
    return show(deps, ctx, noticeScreen(ctx.user.language, textsFor(ctx.user.language).refusals.OrderNotOpen));
  }
  const [serverId] = mine.serverIds;
  const place = plan.choosesServer && serverId !== undefined ? placeTag(serverId) : undefined;
  return showMethods(deps, ctx, { plan, subscriptionId: mine.renewsSubscription ? mine.subscriptionId : undefined, place });
}

/** What can be done with an order that waits for its payment. */
export function orderFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.use(async (ctx, next) => {
    const { press } = ctx;
    if (press?.kind === 'cancel') return cancel(deps, ctx, press.args[0]);
    if (press?.kind === 'method') return changeMethod(deps, ctx, press.args[0]);
    return next();
  });
  return feature;
}
