import { Composer } from 'telegraf';
import { listSavedMethods } from '../../db/savedMethods';
import { listMethodFacts, loadSituation } from '../../db/methods';
import { loadBalance, loadPayments } from '../../db/screens';
import { offeredMethods } from '../../domain/method';
import { isShopError } from '../../errors';
import { requestKey, show, type BotDeps, type ShopContext } from '../context';
import { textsFor } from '../texts/texts';
import { formatDay } from '../views/format';
import { balanceScreen, fundScreen, noticeScreen, topupsScreen } from '../views/shopScreens';
import { placeOrder } from './buy';

async function showBalance(deps: BotDeps, ctx: ShopContext): Promise<void> {
  const { language } = ctx.user;
  const payments = await loadPayments(deps.db, ctx.user.id);
  const saved = await listSavedMethods(deps.db, ctx.user.id);
  const screen = balanceScreen({
    language,
    balance: await loadBalance(deps.db, ctx.user.id, ctx.settings.currency),
    invites: ctx.settings.referral !== undefined,
    canTopUp: (ctx.settings.topups ?? []).length > 0,
    saved: saved.map((method) => ({ id: method.id, title: method.title })),
    payments: payments.map((payment) => ({
      planTitle: payment.planTitle[language],
      asked: payment.asked,
      state: payment.state,
      day: formatDay(payment.createdAt, language, ctx.settings.timeZone),
    })),
  });
  await show(deps, ctx, screen);
}

async function showFunding(deps: BotDeps, ctx: ShopContext, minor: number): Promise<void> {
  const due = { minor, currency: ctx.settings.currency };
  if (!(ctx.settings.topups ?? []).includes(minor)) return showTopups(deps, ctx);
  const situation = await loadSituation(deps.db, { planId: undefined, serverIds: [], due, now: deps.clock.now() });
  const methods = offeredMethods(await listMethodFacts(deps.db), situation, ctx.user.lastMethod);
  await show(deps, ctx, fundScreen(ctx.user.language, due, methods));
}

function showTopups(deps: BotDeps, ctx: ShopContext): Promise<void> {
  return show(deps, ctx, topupsScreen(ctx.user.language, ctx.settings.currency, ctx.settings.topups ?? []));
}

async function fund(deps: BotDeps, ctx: ShopContext, wish: { minor: number; method: string }): Promise<void> {
  // Only sums the shop offers; a button may be old or made up.
  if (!(ctx.settings.topups ?? []).includes(wish.minor)) return showTopups(deps, ctx);
  await placeOrder(deps, ctx, { planId: undefined, topupMinor: wish.minor, subscriptionId: undefined, method: wish.method, manner: 'n' });
}

async function forget(deps: BotDeps, ctx: ShopContext, id: string): Promise<void> {
  const { language } = ctx.user;
  const texts = textsFor(language);
  try {
    await deps.shop.forgetMethod({ userId: ctx.user.id, key: requestKey(ctx), methodId: id });
    await show(deps, ctx, noticeScreen(language, texts.savedForgotten));
  } catch (error) {
    if (isShopError(error, 'TemporalUnavailable', 'Busy')) await show(deps, ctx, noticeScreen(language, texts.savedForgetsLater));
    throw error;
  }
}

/** The balance, its payments, topping it up, and what was kept for renewals. */
export function balanceFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.command('balance', (ctx) => showBalance(deps, ctx));
  feature.use(async (ctx, next) => {
    const { press } = ctx;
    switch (press?.kind) {
      case 'balance':
        return showBalance(deps, ctx);
      case 'topups':
        return showTopups(deps, ctx);
      case 'topup':
        return showFunding(deps, ctx, Number(press.args[0]));
      case 'fund':
        return fund(deps, ctx, { minor: Number(press.args[0]), method: press.args[1] });
      case 'forget':
        return forget(deps, ctx, press.args[0]);
      default:
        return next();
    }
  });
  return feature;
}
