import { Composer } from 'telegraf';
import { raiseAlert, healAlert } from '../../db/alerts';
import { isShopError } from '../../errors';
import { isMember } from '../../telegram/membership';
import { requestKey, show, type BotDeps, type ShopContext } from '../context';
import { textsFor } from '../texts/texts';
import { noticeScreen } from '../views/shopScreens';
import { joinScreen, trialStartedScreen } from '../views/trialScreens';

const channelAlert = 'trial:channel';

type Membership = 'in' | 'out' | 'unknown';

async function membership(deps: BotDeps, ctx: ShopContext, chat: string): Promise<Membership> {
  try {
    const found = await isMember(deps.telegram, chat, ctx.user.telegramId ?? 0);
    await healAlert(deps.db, channelAlert);
    return found ? 'in' : 'out';
  } catch (error) {
    if (!isShopError(error)) throw error;
    if (isShopError(error, 'TelegramRejected', 'TelegramUnreachable')) {
      await raiseAlert(deps.db, {
        key: channelAlert,
        kind: 'trial',
        text: `Nobody can start a trial: the bot cannot see who is in the channel ${chat}. Make it an administrator there, or take "channel" out of "trial" in shop.yaml.`,
      });
    }
    return 'unknown';
  }
}

async function start(deps: BotDeps, ctx: ShopContext): Promise<void> {
  const { language } = ctx.user;
  const texts = textsFor(language);
  try {
    const result = await deps.shop.startTrial({ userId: ctx.user.id, key: requestKey(ctx) });
    await show(
      deps,
      ctx,
      result.outcome === 'started' ? trialStartedScreen(language) : noticeScreen(language, texts.refusals[result.reason]),
    );
  } catch (error) {
    if (isShopError(error, 'TemporalUnavailable', 'Busy')) await show(deps, ctx, trialStartedScreen(language));
    throw error;
  }
}

async function tryTrial(deps: BotDeps, ctx: ShopContext): Promise<void> {
  const { language } = ctx.user;
  const channel = ctx.settings.trial?.channel;
  const found = channel === undefined ? 'in' : await membership(deps, ctx, channel.chat);
  if (channel !== undefined && found === 'out') return show(deps, ctx, joinScreen(language, channel));
  if (found === 'unknown') return show(deps, ctx, noticeScreen(language, textsFor(language).trial.cannotCheck));
  return start(deps, ctx);
}

/** The trial: one press, after the channel was joined where the shop asks for that. */
export function trialFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.use((ctx, next) => (ctx.press?.kind === 'trial' ? tryTrial(deps, ctx) : next()));
  return feature;
}
