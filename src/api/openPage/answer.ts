import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import { toString as toSvg } from 'qrcode';
import type { FeedRecord } from '../../domain/feedRecord';
import { languageOf, languages, type Language } from '../../domain/language';
import { apps } from './apps';
import { renderMissingPage, renderOpenPage, renderPreviewPage } from './page';
import { isPreviewBot, platformNamed, platformOf } from './platform';
import { script } from './script';
import { style } from './style';

function digestOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

const policy = [
  "default-src 'none'",
  `style-src ${digestOf(style)}`,
  `script-src ${digestOf(script)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function protect(ctx: Context): void {
  ctx.set({
    'cache-control': 'no-store',
    'content-security-policy': policy,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex, nofollow',
  });
  ctx.type = 'html';
}

function askedLanguage(ctx: Context): Language | undefined {
  return languages.find((language) => language === ctx.query['lang']);
}

function browserLanguage(ctx: Context): Language {
  return askedLanguage(ctx) ?? languageOf(ctx.acceptsLanguages()[0]);
}

/** Whether the request is a preview bot's. */
export function isFromPreviewBot(ctx: Context): boolean {
  return isPreviewBot(ctx.get('user-agent'));
}

/** Answers a preview bot: the same whatever the link opens. */
export function answerPreview(ctx: Context, texts: FeedRecord['texts']): void {
  protect(ctx);
  const language = browserLanguage(ctx);
  ctx.body = renderPreviewPage(language, texts[language].page);
}

/** Answers a person whose link opens nothing. */
export function answerMissing(ctx: Context, texts: FeedRecord['texts']): void {
  protect(ctx);
  const language = browserLanguage(ctx);
  ctx.status = 404;
  ctx.body = renderMissingPage(language, texts[language].page);
}

/** Answers a person with the page of the subscription. Links on it are built from the record alone, never from the request. */
export async function answerPage(
  ctx: Context,
  shown: { readonly record: FeedRecord; readonly app?: string | undefined; readonly now: Date },
): Promise<void> {
  const { record, now } = shown;
  const chosen = apps.find((app) => app.id === shown.app);
  const qrSvg = await toSvg(record.feedUrl, { type: 'svg', margin: 0 });
  protect(ctx);
  ctx.body = renderOpenPage({
    record,
    now,
    qrSvg,
    chosen,
    language: askedLanguage(ctx) ?? record.language,
    platform: platformNamed(ctx.query['platform']) ?? platformOf(ctx.get('user-agent')),
    opensItself: chosen !== undefined && ctx.querystring === '',
  });
}
