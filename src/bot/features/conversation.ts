import { Composer } from 'telegraf';
import { z } from 'zod';
import { closeConversation, findConversation, openConversation } from '../../db/conversations';
import { setEmail } from '../../db/users';
import { show, type BotDeps, type ShopContext } from '../context';
import { textsFor } from '../texts/texts';
import { escapeHtml } from '../views/format';
import { noticeScreen, questionScreen } from '../views/shopScreens';
import { placeOrder } from './buy';
import { declineTransfer } from './operator';
import { redeemCode } from './promo';

const email = z.email().max(120);

const keptWish = z.object({
  planId: z.string().optional(),
  topupMinor: z.number().optional(),
  subscriptionId: z.string().optional(),
  method: z.string(),
  manner: z.enum(['n', 'b', 'k', 'y']),
  place: z.string().optional(),
  isGift: z.boolean().optional(),
});

const kept = z.object({ wish: keptWish.optional() });

async function takeEmail(deps: BotDeps, ctx: ShopContext, given: { text: string; data: unknown }): Promise<void> {
  const texts = textsFor(ctx.user.language);
  const parsed = email.safeParse(given.text.trim());
  if (!parsed.success) return show(deps, ctx, questionScreen(ctx.user.language, texts.emailWrong, false));
  await setEmail(deps.db, ctx.user.id, parsed.data);
  await closeConversation(deps.db, ctx.user.id, ctx.update.update_id);
  ctx.user = { ...ctx.user, email: parsed.data };
  await show(deps, ctx, noticeScreen(ctx.user.language, texts.emailKept({ email: escapeHtml(parsed.data) })));
  const wish = kept.safeParse(given.data).data?.wish;
  if (wish === undefined) return;
  await placeOrder(deps, ctx, {
    planId: wish.planId,
    subscriptionId: wish.subscriptionId,
    method: wish.method,
    manner: wish.manner,
    place: wish.place,
    ...(wish.isGift === true ? { isGift: true } : {}),
    ...(wish.topupMinor === undefined ? {} : { topupMinor: wish.topupMinor }),
  });
}

async function askForEmail(deps: BotDeps, ctx: ShopContext): Promise<void> {
  const texts = textsFor(ctx.user.language);
  const known = ctx.user.email;
  await openConversation(deps.db, ctx.user.id, { waitsFor: 'email', data: {}, now: deps.clock.now() });
  const html = known === undefined ? texts.askEmail : texts.emailNow({ email: escapeHtml(known) });
  await show(deps, ctx, questionScreen(ctx.user.language, html, known !== undefined));
}

async function forgetEmail(deps: BotDeps, ctx: ShopContext): Promise<void> {
  await setEmail(deps.db, ctx.user.id, undefined);
  await closeConversation(deps.db, ctx.user.id, ctx.update.update_id);
  await show(deps, ctx, noticeScreen(ctx.user.language, textsFor(ctx.user.language).emailForgotten));
}

/** Texts that the bot asked for: the e-mail for receipts, and an operator's reason. */
export function conversationFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.command('email', (ctx) => askForEmail(deps, ctx));
  feature.use(async (ctx, next) => {
    if (ctx.press?.kind === 'noEmail') return forgetEmail(deps, ctx);
    const { message } = ctx;
    if (message === undefined || !('text' in message) || message.text.startsWith('/')) return next();
    const waiting = await findConversation(deps.db, ctx.user.id, { updateId: ctx.update.update_id, now: deps.clock.now() });
    if (waiting?.waitsFor === 'email') return takeEmail(deps, ctx, { text: message.text, data: waiting.data });
    if (waiting?.waitsFor === 'promo') return redeemCode(deps, ctx, message.text);
    if (waiting?.waitsFor === 'decline') return declineTransfer(deps, ctx, { text: message.text, data: waiting.data });
    return next();
  });
  return feature;
}
