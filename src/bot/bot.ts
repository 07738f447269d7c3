import { Composer, type Telegram } from 'telegraf';
import type { BotCommand, Update, UserFromGetMe } from 'telegraf/types';
import { findOrCreateUser, markReachable } from '../db/users';
import { languageOf, languages, type Language } from '../domain/language';
import type { ShopSettings } from '../domain/shop';
import { parseStartLink } from '../domain/startLink';
import { isShopError } from '../errors';
import { toTelegramError } from '../telegram/sender';
import type { Answers } from './answers';
import { decodePress } from './callbackData';
import { show, ShopContext, type BotDeps } from './context';
import { balanceFeature } from './features/balance';
import { buyFeature } from './features/buy';
import { conversationFeature } from './features/conversation';
import { extrasFeature } from './features/extras';
import { fallbackFeature, homeFeature } from './features/home';
import { giftFeature } from './features/gift';
import { infoFeature } from './features/info';
import { orderFeature } from './features/order';
import { operatorFeature } from './features/operator';
import { promoFeature } from './features/promo';
import { referralFeature } from './features/referral';
import { starsFeature } from './features/stars';
import { ownershipFeature } from './features/ownership';
import { subscriptionFeature } from './features/subscription';
import { transferFeature } from './features/transfer';
import { trialFeature } from './features/trial';
import { inWordsOf, textsFor } from './texts/texts';
import { noticeScreen } from './views/shopScreens';

type Next = () => Promise<void>;

// Answered before any slow work: Telegram shows a spinner until then, and forgets the question after a while.
async function answerPress(ctx: ShopContext, next: Next): Promise<void> {
  const query = ctx.callbackQuery;
  if (query === undefined) return next();
  ctx.press = 'data' in query ? decodePress(query.data) : undefined;
  await ctx.answerCbQuery().catch(() => undefined);
  return next();
}

// What became of a Stars subscription comes without a chat and without anybody to answer.
function recordSubscription(deps: BotDeps): (ctx: ShopContext, next: Next) => Promise<void> {
  return async (ctx, next) => {
    if ('subscription' in ctx.update) await deps.recordPayment(ctx.update);
    else await next();
  };
}

// Only who was never seen before comes from a campaign.
function sourceOf({ message }: ShopContext): string | undefined {
  const payload = message !== undefined && 'text' in message ? /^\/start (.+)$/.exec(message.text)?.[1] : undefined;
  const link = payload === undefined ? undefined : parseStartLink(payload);
  return link?.kind === 'source' ? link.value : undefined;
}

function greet(deps: BotDeps): (ctx: ShopContext, next: Next) => Promise<void> {
  return async (ctx, next) => {
    const { from } = ctx;
    if (from === undefined || from.is_bot || (ctx.chat !== undefined && ctx.chat.type !== 'private')) return;
    ctx.user = await findOrCreateUser(deps.db, {
      telegramId: from.id,
      language: languageOf(from.language_code),
      source: sourceOf(ctx),
      wasBanned: () => deps.wasBanned(from.id),
    });
    ctx.settings = await deps.settings();
    if (ctx.myChatMember === undefined) await markReachable(deps.db, from.id);
    await inWordsOf(ctx.settings, next);
  };
}

// Payments pass: money of a banned user is not lost, it becomes balance.
function turnAwayBanned(deps: BotDeps): (ctx: ShopContext, next: Next) => Promise<void> {
  return (ctx, next) => {
    if (!ctx.user.isBanned || ctx.myChatMember !== undefined) return next();
    return show(deps, ctx, { html: textsFor(ctx.user.language).banned, keyboard: [] });
  };
}

function sayTrouble(deps: BotDeps): (ctx: ShopContext, next: Next) => Promise<void> {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const kept = isShopError(error, 'TemporalUnavailable', 'Busy');
      const reachable = !isShopError(error, 'TelegramUnavailable', 'TelegramUnknownOutcome', 'TelegramRateLimited');
      if (!kept && reachable && ctx.user.id !== 0) {
        const { language } = ctx.user;
        const screen = inWordsOf(ctx.settings, () => noticeScreen(language, textsFor(language).trouble));
        await show(deps, ctx, screen).catch(() => undefined);
      }
      throw error;
    }
  };
}

async function whoAmI(telegram: Telegram): Promise<UserFromGetMe> {
  try {
    return await telegram.getMe();
  } catch (error) {
    throw toTelegramError(error);
  }
}

/** Makes the handler of one update: every feature in its order, the last one answers what nobody knew. */
export function createBot(deps: BotDeps): (update: unknown, answers: Answers) => Promise<void> {
  const features = new Composer<ShopContext>();
  features.use(sayTrouble(deps), recordSubscription(deps), answerPress, greet(deps), starsFeature(deps), turnAwayBanned(deps));
  features.use(
    homeFeature(deps),
    trialFeature(deps),
    buyFeature(deps),
    orderFeature(deps),
    subscriptionFeature(deps),
    extrasFeature(deps),
    ownershipFeature(deps),
    balanceFeature(deps),
    promoFeature(deps),
    referralFeature(deps),
    giftFeature(deps),
    operatorFeature(deps),
    conversationFeature(deps),
    transferFeature(deps),
    infoFeature(deps),
    fallbackFeature(deps),
  );
  const handle = features.middleware();
  let me: UserFromGetMe | undefined;
  return async (update, answers) => {
    me ??= await whoAmI(deps.telegram);
    // Stored updates are what Telegram sent; features read only fields they check.
    const ctx = new ShopContext(update as Update, deps.telegram, me);
    ctx.answers = answers;
    await handle(ctx, () => Promise.resolve());
  };
}

/** Tells Telegram the commands, in every language and the shop's own words. */
export async function publishCommands(telegram: Telegram, settings: Pick<ShopSettings, 'texts'>): Promise<void> {
  const commands = (language: Language): BotCommand[] =>
    Object.entries(inWordsOf(settings, () => textsFor(language)).commands).map(([command, description]) => ({ command, description }));
  for (const language of languages) await telegram.setMyCommands(commands(language), { language_code: language });
  await telegram.setMyCommands(commands('en'));
}
