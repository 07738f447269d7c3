import { Composer } from 'telegraf';
import { findGiftByCode, listGifts } from '../../db/gifts';
import { listPlansFor } from '../../db/promoCodes';
import { loadBalance } from '../../db/screens';
import type { Plan } from '../../domain/plan';
import { startLink } from '../../domain/startLink';
import { isShopError } from '../../errors';
import type { Press } from '../callbackData';
import { requestKey, show, type BotDeps, type ShopContext } from '../context';
import { textsFor } from '../texts/texts';
import { giftMethodsScreen, giftPlansScreen, giftsScreen, ownGiftScreen } from '../views/giftScreens';
import { noticeScreen } from '../views/shopScreens';
import { methodsFor, placeOrder } from './buy';

// Where its server is, is for whoever has it to say: such plans are not given.
async function plansToGive(deps: BotDeps, ctx: ShopContext): Promise<readonly Plan[]> {
  return (await listPlansFor(deps.db, ctx.user.id)).filter((plan) => !plan.choosesServer && !plan.soldOut);
}

async function showPlansToGive(deps: BotDeps, ctx: ShopContext): Promise<void> {
  await show(deps, ctx, giftPlansScreen(ctx.user.language, await plansToGive(deps, ctx)));
}

async function showMethodsOf(deps: BotDeps, ctx: ShopContext, planId: string): Promise<void> {
  const { id, language } = ctx.user;
  const plan = (await plansToGive(deps, ctx)).find((entry) => entry.id === planId);
  if (plan === undefined) return show(deps, ctx, noticeScreen(language, textsFor(language).refusals.PlanUnavailable));
  const methods = await methodsFor(deps, ctx, plan);
  const balance = await loadBalance(deps.db, id, plan.price.currency);
  return show(deps, ctx, giftMethodsScreen(language, plan, { methods, balance }));
}

async function showGifts(deps: BotDeps, ctx: ShopContext): Promise<void> {
  const gifts = await listGifts(deps.db, ctx.user.id);
  if (gifts.length === 0) return showPlansToGive(deps, ctx);
  const shown = gifts.map((gift) => ({ ...gift, link: startLink(ctx.me, 'gift', gift.code) }));
  return show(deps, ctx, giftsScreen(ctx.user.language, shown));
}

async function claim(deps: BotDeps, ctx: ShopContext, wish: { readonly orderId: string; readonly isForGiver: boolean }): Promise<void> {
  const { id: userId, language } = ctx.user;
  const texts = textsFor(language);
  try {
    const result = await deps.shop.claimGift({ userId, key: requestKey(ctx), ...wish });
    if (result.outcome === 'started') return await show(deps, ctx, noticeScreen(language, texts.gift.started));
    if (result.reason === 'GiftIsYours') return await show(deps, ctx, ownGiftScreen(language, wish.orderId));
    await show(deps, ctx, noticeScreen(language, texts.refusals[result.reason]));
  } catch (error) {
    if (isShopError(error, 'TemporalUnavailable', 'Busy')) await show(deps, ctx, { html: texts.gift.later, keyboard: [] });
    throw error;
  }
}

/** Somebody came with the link of a gift. */
export async function openGift(deps: BotDeps, ctx: ShopContext, code: string): Promise<void> {
  const orderId = await findGiftByCode(deps.db, code);
  const { language } = ctx.user;
  if (orderId === undefined) return show(deps, ctx, noticeScreen(language, textsFor(language).refusals.GiftUnknown));
  return claim(deps, ctx, { orderId, isForGiver: false });
}

/** What a button about gifts does; undefined where it is about something else. */
function act(deps: BotDeps, ctx: ShopContext, press: Press | undefined): Promise<void> | undefined {
  switch (press?.kind) {
    case 'gift':
      return showPlansToGive(deps, ctx);
    case 'gifts':
      return showGifts(deps, ctx);
    case 'giftPlan':
      return showMethodsOf(deps, ctx, press.args[0]);
    case 'giftBuy':
      return placeOrder(deps, ctx, { planId: press.args[0], subscriptionId: undefined, method: press.args[1], manner: 'n', isGift: true });
    case 'giftBalance':
      return placeOrder(deps, ctx, { planId: press.args[0], subscriptionId: undefined, method: undefined, manner: 'n', isGift: true });
    case 'giftTake':
      return claim(deps, ctx, { orderId: press.args[0], isForGiver: true });
    default:
      return undefined;
  }
}

/** Gifts: buying one, its link, and keeping one's own. */
export function giftFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.command('gift', (ctx) => showGifts(deps, ctx));
  feature.use((ctx, next) => act(deps, ctx, ctx.press) ?? next());
  return feature;
}
