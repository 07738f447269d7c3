import type { FeedRecord, FeedStatus } from '../../domain/feedRecord';
import type { Language } from '../../domain/language';
import type { PageTexts } from '../../domain/outsideTexts';
import { apps, appsFor, type App } from './apps';
import { platforms, platformTitles, type Platform } from './platform';
import { script } from './script';
import { style } from './style';

export interface OpenPageData {
  readonly record: FeedRecord;
  readonly language: Language;
  readonly platform: Platform | undefined;
  readonly now: Date;
  readonly qrSvg: string;
  /** The app that the address names. */
  readonly chosen: App | undefined;
  /** Whether the chosen app is opened without a press, where the browser has script. */
  readonly opensItself: boolean;
}

const dayMs = 86_400_000;
const gigabyte = 1024 ** 3;
const megabyte = 1024 ** 2;
const icons = 7;
/** Apps shown at once below the first. */
const shownAtOnce = 4;

const tones: Readonly<Record<FeedStatus, 'good' | 'warn' | 'bad'>> = {
  live: 'good',
  preparing: 'warn',
  lapsed: 'bad',
  paused: 'warn',
  revoked: 'bad',
  traffic_used: 'bad',
  banned: 'bad',
  device_limit: 'good',
  device_unknown: 'good',
};

const units: Readonly<Record<Language, readonly [gigabytes: string, megabytes: string]>> = { ru: ['ГБ', 'МБ'], en: ['GB', 'MB'] };

function daysIn(language: Language, count: number): string {
  return new Intl.NumberFormat(language === 'ru' ? 'ru-RU' : 'en-GB', { style: 'unit', unit: 'day', unitDisplay: 'long' })
    .format(count)
    .replaceAll(' ', '\u00a0');
}

function textOf({ record, language }: OpenPageData): PageTexts {
  return record.texts[language].page;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function shell(title: string, language: Language, body: string): string {
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><meta name="format-detection" content="telephone=no"><title>${escape(title)}</title><style>${style}</style></head><body>${body}</body></html>`;
}

function dayOf(instant: Date, { language, record }: OpenPageData): string {
  const format = new Intl.DateTimeFormat(language === 'ru' ? 'ru-RU' : 'en-GB', {
    timeZone: record.timeZone,
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  });
  return format.format(instant).replace(/\s?г\.$/, '');
}

function sizeOf(bytes: number, language: Language): string {
  const [gigabytes, megabytes] = units[language];
  const [count, unit] = bytes >= gigabyte ? [bytes / gigabyte, gigabytes] : [bytes / megabyte, megabytes];
  const number = new Intl.NumberFormat(language === 'ru' ? 'ru-RU' : 'en-GB', { maximumFractionDigits: count < 100 ? 1 : 0 });
  return `${number.format(count)}\u00a0${unit}`;
}

function fact(label: string, value: string, note: string): string {
  return `<div><dt>${label}</dt><dd class="big">${value}</dd><dd>${note}</dd></div>`;
}

function timeFact(data: OpenPageData): string {
  const text = textOf(data);
  const { language } = data;
  const { endsAt, status } = data.record;
  if (endsAt === undefined) return fact(text.timeLeft, '—', '');
  const days = Math.max(0, Math.ceil((endsAt.getTime() - data.now.getTime()) / dayMs));
  const day = dayOf(endsAt, data);
  if (days > 0) return fact(text.timeLeft, daysIn(language, days), text.until({ day }));
  return fact(text.timeLeft, daysIn(language, 0), status === 'live' ? text.graceLeft : text.ended({ day }));
}

function trafficFact(data: OpenPageData): string {
  const { record, language } = data;
  const text = textOf(data);
  const { trafficLimitBytes: limit } = record;
  if (limit === 0) return fact(text.traffic, text.unlimited, text.unlimitedNote);
  const used = Math.min(limit, record.uploadBytes + record.downloadBytes);
  // Nothing used is nothing to show as used: panels may not have been asked yet.
  if (used === 0) return fact(text.traffic, sizeOf(limit, language), text.trafficWhole);
  const left = Math.round(((limit - used) / limit) * 1000) / 10;
  const bar = `<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect width="${left}" height="4"/></svg>`;
  return fact(text.traffic, sizeOf(limit - used, language), `${text.trafficLeft({ limit: sizeOf(limit, language) })}${bar}`);
}

function canConnect({ record }: OpenPageData): boolean {
  return !['lapsed', 'paused', 'revoked', 'banned', 'traffic_used'].includes(record.status);
}

function supportLink(data: OpenPageData, look: 'support' | 'quiet'): string {
  const { supportUrl } = data.record;
  if (supportUrl === undefined) return '';
  return `<a class="${look}" rel="noreferrer" href="${escape(supportUrl)}">${textOf(data).support}</a>`;
}

function factsOf(data: OpenPageData): string {
  const { status } = data.record;
  if (status === 'lapsed') return `<dl class="facts one">${timeFact(data)}</dl>`;
  return canConnect(data) || status === 'traffic_used' ? `<dl class="facts">${timeFact(data)}${trafficFact(data)}</dl>` : '';
}

function statusCard(data: OpenPageData): string {
  const { status } = data.record;
  const text = textOf(data);
  const advice = text.advice[status];
  return `<section class="card"><div class="top"><h1>${text.subscription}</h1><span class="state ${tones[status]}">${text.statuses[status]}</span></div>
${factsOf(data)}${advice === undefined ? '' : `<p class="soft advice">${advice}</p>`}${canConnect(data) ? '' : supportLink(data, 'support')}</section>`;
}

function hrefOf(app: App, { record }: OpenPageData): string {
  return escape(app.link({ url: record.feedUrl, title: record.title }));
}

function appRow(app: App, data: OpenPageData): string {
  const tint = apps.indexOf(app) % icons;
  return `<a class="app" rel="noreferrer" href="${hrefOf(app, data)}"><span class="icon i${tint}" aria-hidden="true">${app.title.slice(0, 1).toUpperCase()}</span>${app.title}</a>`;
}

function mainButton(app: App, data: OpenPageData): string {
  const text = textOf(data);
  const opens = data.opensItself ? ' data-opens' : '';
  return `<a class="app main"${opens} rel="noreferrer" href="${hrefOf(app, data)}">${text.open({ app: app.title })}</a><p class="soft note">${text.openNote}</p>`;
}

function list(entries: readonly App[], data: OpenPageData): string {
  return entries.length === 0 ? '' : `<div class="list">${entries.map((app) => appRow(app, data)).join('')}</div>`;
}

function systemLinks(data: OpenPageData): string {
  const { platform, language } = data;
  const links = platforms.map((entry) => {
    const current = entry === platform ? ' aria-current="true"' : '';
    return `<a href="?platform=${entry}&amp;lang=${language}"${current}>${platformTitles[entry]}</a>`;
  });
  return `<nav class="systems" aria-label="${escape(textOf(data).platform)}">${links.join('')}</nav>`;
}

function appsCard(data: OpenPageData): string {
  const text = textOf(data);
  const { fitting, others } = appsFor(data.platform, data.chosen);
  const [first, ...rest] = fitting;
  const shown = rest.slice(0, shownAtOnce);
  const more = rest.slice(shownAtOnce);
  const otherSystems = others.length === 0 ? '' : `<p class="soft group">${text.otherSystems}</p>${list(others, data)}`;
  return `<section class="card"><h2>${text.connect}</h2>${systemLinks(data)}${first === undefined ? '' : mainButton(first, data)}${list(shown, data)}
<details><summary>${text.more}</summary>${list(more, data)}${otherSystems}</details>
<p class="soft hint">${text.notInstalled}</p></section>`;
}

function sideCards(data: OpenPageData): string {
  const { record, qrSvg } = data;
  const text = textOf(data);
  const labelled = qrSvg.replace('<svg ', `<svg role="img" aria-label="${escape(text.qrLabel)}" `);
  return `<div class="side"><section class="card qr"><h2>${text.otherDevice}</h2>${labelled}<p class="soft">${text.scan}</p></section>
<section class="card link"><h2>${text.link}</h2><p class="soft">${text.linkNote}</p><code>${escape(record.feedUrl)}</code>
<button class="copy" type="button" data-done="${escape(text.copied)}" hidden>${text.copy}</button><p class="soft secret">${text.secret}</p></section></div>`;
}

function header(data: OpenPageData, text: PageTexts): string {
  const { record, language, platform } = data;
  const mark = [...record.title.trim()][0] ?? '';
  const system = platform === undefined ? '' : `platform=${platform}&amp;`;
  const other = language === 'ru' ? 'en' : 'ru';
  return `<header><span class="mark" aria-hidden="true">${escape(mark.toUpperCase())}</span><span class="brand">${escape(record.title)}</span><a href="?${system}lang=${other}" hreflang="${other}" lang="${other}">${text.otherLanguage}</a></header>`;
}

/** The page of a subscription: its state, a button for every app, the code for another device. Works without script. */
export function renderOpenPage(data: OpenPageData): string {
  const { record, language } = data;
  const text = textOf(data);
  const title = `${text.title} · ${record.title}`;
  const top = `${header(data, text)}<main`;
  if (!canConnect(data)) return shell(title, language, `<div class="page narrow">${top}>${statusCard(data)}</main></div>`);
  const main = ` class="wide"><div>${statusCard(data)}${appsCard(data)}</div>${sideCards(data)}</main>`;
  const footer = `<footer>${supportLink(data, 'quiet')}</footer>`;
  return shell(title, language, `<div class="page">${top}${main}${footer}</div><script>${script}</script>`);
}

function lonely(language: Language, title: string, note: string): string {
  return shell(title, language, `<main class="page alone"><div class="card"><h1>${title}</h1><p class="soft">${note}</p></div></main>`);
}

/** One page for every link that opens nothing. */
export function renderMissingPage(language: Language, text: PageTexts): string {
  return lonely(language, text.missing, text.missingText);
}

/** What a preview bot gets: nothing that opens anything. */
export function renderPreviewPage(language: Language, text: PageTexts): string {
  return lonely(language, text.preview, text.previewText);
}
