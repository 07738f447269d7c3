import { Composer } from 'telegraf';
import { closeConversation, openConversation } from '../../db/conversations';
import { parsePromoCode } from '../../domain/promo';
import { isShopError } from '../../errors';
import { requestKey, show, type BotDeps, type ShopContext } from '../context';
import { daysIn } from '../texts/days';
import { textsFor } from '../texts/texts';
import { escapeHtml, formatDay } from '../views/format';
import { noticeScreen, questionScreen } from '../views/shopScreens';
import { showPlans } from './buy';

/** Redeems a code that the user wrote or came with: shows the lower prices, the new end, or why neither. */
export async function redeemCode(deps: BotDeps, ctx: ShopContext, text: string): Promise<void> {
  const { language } = ctx.user;
  const texts = textsFor(language);
  await closeConversation(deps.db, ctx.user.id, ctx.update.update_id);
  const code = parsePromoCode(text);
  if (code === undefined) return show(deps, ctx, noticeScreen(language, texts.refusals.CodeUnknown));
  try {
    const result = await deps.shop.redeemCode({ userId: ctx.user.id, key: requestKey(ctx), code });
    if (result.outcome === 'refused') return await show(deps, ctx, noticeScreen(language, texts.refusals[result.reason]));
    if (result.outcome === 'discount') return await showPlans(deps, ctx, texts.promo.applied({ code: escapeHtml(result.code) }));
    const end = formatDay(new Date(result.endsAt), language, ctx.settings.timeZone);
    await show(deps, ctx, noticeScreen(language, texts.promo.days({ days: daysIn(language, result.days), end })));
  } catch (error) {
    if (isShopError(error, 'TemporalUnavailable', 'Busy')) await show(deps, ctx, { html: texts.promo.later, keyboard: [] });
    throw error;
  }
}

async function ask(deps: BotDeps, ctx: ShopContext): Promise<void> {
  const { language } = ctx.user;
  await openConversation(deps.db, ctx.user.id, { waitsFor: 'promo', data: {}, now: deps.clock.now() });
  await show(deps, ctx, questionScreen(language, textsFor(language).promo.ask, false));
}

/** Promo codes: asked for by the button, or given with `/promo CODE`. */
export function promoFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.command('promo', (ctx) => (ctx.payload.trim() === '' ? ask(deps, ctx) : redeemCode(deps, ctx, ctx.payload)));
  feature.use((ctx, next) => (ctx.press?.kind === 'promo' ? ask(deps, ctx) : next()));
  return feature;
}
