import { Composer } from 'telegraf';
import { loadBalance, loadPayments } from '../../db/screens';
import { setLanguage } from '../../db/users';
import type { Language } from '../../domain/language';
import { show, type BotDeps, type ShopContext } from '../context';
import { textsFor } from '../texts/texts';
import { escapeHtml, formatDay } from '../views/format';
import { balanceScreen, languageScreen, noticeScreen, supportScreen } from '../views/shopScreens';

async function showBalance(deps: BotDeps, ctx: ShopContext): Promise<void> {
  const { language } = ctx.user;
  const payments = await loadPayments(deps.db, ctx.user.id);
  const screen = balanceScreen({
    language,
    balance: await loadBalance(deps.db, ctx.user.id, ctx.settings.currency),
    payments: payments.map((payment) => ({
      planTitle: payment.planTitle[language],
      asked: payment.asked,
      state: payment.state,
      day: formatDay(payment.createdAt, language, ctx.settings.timeZone),
    })),
  });
  await show(deps, ctx, screen);
}

function showHelp(deps: BotDeps, ctx: ShopContext): Promise<void> {
  const { language } = ctx.user;
  const own = ctx.settings.help?.[language];
  const html = own === undefined ? textsFor(language).help : escapeHtml(own);
  return show(deps, ctx, supportScreen(language, html, ctx.settings.supportUrl));
}

function showSupport(deps: BotDeps, ctx: ShopContext): Promise<void> {
  return show(deps, ctx, supportScreen(ctx.user.language, textsFor(ctx.user.language).support, ctx.settings.supportUrl));
}

function showTerms(deps: BotDeps, ctx: ShopContext): Promise<void> {
  const { language } = ctx.user;
  const own = ctx.settings.terms?.[language];
  const html = own === undefined ? textsFor(language).terms : escapeHtml(own);
  return show(deps, ctx, supportScreen(language, html, ctx.settings.supportUrl));
}

async function chooseLanguage(deps: BotDeps, ctx: ShopContext, language: Language): Promise<void> {
  await setLanguage(deps.db, ctx.user.id, language);
  await show(deps, ctx, noticeScreen(language, textsFor(language).languageChosen));
}

/** Balance and payments, help, support, terms, language. */
export function infoFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.command('balance', (ctx) => showBalance(deps, ctx));
  feature.command('help', (ctx) => showHelp(deps, ctx));
  feature.command('support', (ctx) => showSupport(deps, ctx));
  feature.command('terms', (ctx) => showTerms(deps, ctx));
  feature.command('paysupport', (ctx) =>
    show(deps, ctx, supportScreen(ctx.user.language, textsFor(ctx.user.language).paySupport, ctx.settings.supportUrl)),
  );
  feature.command('language', (ctx) => show(deps, ctx, languageScreen()));
  feature.use(async (ctx, next) => {
    switch (ctx.press?.kind) {
      case 'balance':
        return showBalance(deps, ctx);
      case 'help':
        return showHelp(deps, ctx);
      case 'support':
        return showSupport(deps, ctx);
      case 'lang':
        return chooseLanguage(deps, ctx, ctx.press.args[0]);
      default:
        return next();
    }
  });
  return feature;
}
