import { Composer } from 'telegraf';
import { loadSubscriptions } from '../../db/screens';
import { markBlocked, markReachable } from '../../db/users';
import { show, type BotDeps, type ShopContext } from '../context';
import { textsFor } from '../texts/texts';
import { noticeScreen } from '../views/shopScreens';
import { showPlans } from './buy';
import { showSubscriptions } from './subscription';

/** The first screen: what the buyer owns, else what there is to buy. */
async function showHome(deps: BotDeps, ctx: ShopContext): Promise<void> {
  const owned = await loadSubscriptions(deps.db, { userId: ctx.user.id, settings: ctx.settings, now: deps.clock.now() });
  return owned.length === 0 ? showPlans(deps, ctx) : showSubscriptions(deps, ctx);
}

/** `/start` and the way home. */
export function homeFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.start((ctx) => showHome(deps, ctx));
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
