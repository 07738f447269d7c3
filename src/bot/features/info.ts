import { Composer } from 'telegraf';
import { setLanguage } from '../../db/users';
import type { Language } from '../../domain/language';
import { show, type BotDeps, type ShopContext } from '../context';
import { textsFor } from '../texts/texts';
import { escapeHtml } from '../views/format';
import { languageScreen, noticeScreen, supportScreen } from '../views/shopScreens';

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

/** Help, support, terms, language. */
export function infoFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.command('help', (ctx) => showHelp(deps, ctx));
  feature.command('support', (ctx) => showSupport(deps, ctx));
  feature.command('terms', (ctx) => showTerms(deps, ctx));
  feature.command('paysupport', (ctx) =>
    show(deps, ctx, supportScreen(ctx.user.language, textsFor(ctx.user.language).paySupport, ctx.settings.supportUrl)),
  );
  feature.command('language', (ctx) => show(deps, ctx, languageScreen()));
  feature.use(async (ctx, next) => {
    switch (ctx.press?.kind) {
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
