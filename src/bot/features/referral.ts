import { Composer } from 'telegraf';
import { loadReferralSummary, referralCodeOf } from '../../db/referrals';
import { startLink } from '../../domain/startLink';
import { show, type BotDeps, type ShopContext } from '../context';
import { textsFor } from '../texts/texts';
import { referralScreen } from '../views/referralScreens';
import { noticeScreen } from '../views/shopScreens';

async function showReferral(deps: BotDeps, ctx: ShopContext): Promise<void> {
  const { id, language } = ctx.user;
  const { referral: terms, currency, name } = ctx.settings;
  if (terms === undefined) return show(deps, ctx, noticeScreen(language, textsFor(language).referral.off));
  const link = startLink(ctx.me, 'referral', await referralCodeOf(deps.db, id));
  const summary = await loadReferralSummary(deps.db, id, currency);
  await show(deps, ctx, referralScreen({ language, shopName: name, link, terms, ...summary }));
}

/** Inviting friends: the buyer's own link and what it brought. */
export function referralFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.command('invite', (ctx) => showReferral(deps, ctx));
  feature.use((ctx, next) => (ctx.press?.kind === 'invite' ? showReferral(deps, ctx) : next()));
  return feature;
}
