import { Composer } from 'telegraf';
import { loadSubscriptions } from '../../db/screens';
import { setReferrer } from '../../db/referrals';
import { markBlocked, markReachable } from '../../db/users';
import { parseStartLink } from '../../domain/startLink';
import { show, type BotDeps, type ShopContext } from '../context';
import { textsFor } from '../texts/texts';
import { rewardText } from '../views/referralScreens';
import { noticeScreen } from '../views/shopScreens';
import { showPlans } from './buy';
import { openGift } from './gift';
import { redeemCode } from './promo';
import { showSubscriptions } from './subscription';

/** The first screen: what the buyer owns, else what there is to buy. */
async function showHome(deps: BotDeps, ctx: ShopContext, note?: string): Promise<void> {
  const owned = await loadSubscriptions(deps.db, { userId: ctx.user.id, settings: ctx.settings, now: deps.clock.now() });
  return owned.length === 0 ? showPlans(deps, ctx, note) : showSubscriptions(deps, ctx);
}

/** Somebody came with a friend's link: it counts with the first payment, and until then it is only a promise. */
async function welcomeFriend(deps: BotDeps, ctx: ShopContext, code: string): Promise<void> {
  const { id: userId, language } = ctx.user;
  const refusal = await setReferrer(deps.db, { userId, code, now: deps.clock.now() });
  const reward = ctx.settings.referral?.friend;
  const isPromised = refusal === undefined && reward !== undefined;
  await showHome(deps, ctx, isPromised ? textsFor(language).referral.welcome({ reward: rewardText(reward, language) }) : undefined);
}

/** What a link to the bot asks for, or the first screen. */
function openLink(deps: BotDeps, ctx: ShopContext, payload: string): Promise<void> {
  const link = parseStartLink(payload);
  if (link?.kind === 'promo') return redeemCode(deps, ctx, link.value);
  if (link?.kind === 'referral') return welcomeFriend(deps, ctx, link.value);
  if (link?.kind === 'gift') return openGift(deps, ctx, link.value);
  return showHome(deps, ctx);
}

/** `/start` and the way home. */
export function homeFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.start((ctx) => openLink(deps, ctx, ctx.payload));
  feature.on('my_chat_member', async (ctx) => {
    const left = ['kicked', 'left'].includes(ctx.myChatMember.new_chat_member.status);
    if (left) await markBlocked(deps.db, ctx.from.id, deps.clock.now());
    else await markReachable(deps.db, ctx.from.id);
  });
  feature.use(async (ctx, next) => (ctx.press?.kind === 'home' ? showHome(deps, ctx) : next()));
  return feature;
}

/** The last feature: nothing a buyer does stays without an answer. */
export function fallbackFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.use((ctx) => {
    const texts = textsFor(ctx.user.language);
    return show(deps, ctx, noticeScreen(ctx.user.language, ctx.callbackQuery === undefined ? texts.unknownText : texts.stalePress));
  });
  return feature;
}
