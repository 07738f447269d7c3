import { feedFormats, type App, type AppFamily, type FeedFormat, type FeedSettings } from '../domain/app';
import { appRules, browsers, previewBots, usualFormats } from './appRules';

/** Longer User-Agents are cut: no app's name stands that far in. */
const longestUserAgent = 256;

/** What of a request tells which app asks. */
export interface Asking {
  readonly userAgent?: string | undefined;
  readonly accept?: string | undefined;
  /** `?format=` or the end of the path; words that are no format count as absent. */
  readonly format?: string | undefined;
}

/** Families that understand a format, the one first whose limits hold where the app is not known. */
const readersOf: Readonly<Partial<Record<FeedFormat, readonly AppFamily[]>>> = {
  clash: ['clash', 'mihomo', 'stash', 'karing'],
  mihomo: ['mihomo', 'karing'],
  stash: ['stash'],
  singbox: ['singbox', 'karing', 'nekobox'],
  xray: ['xray', 'happ'],
};

/** A format by its name; undefined for a word that is none. */
export function formatNamed(word: string | undefined): FeedFormat | undefined {
  return feedFormats.find((format) => format === word?.toLowerCase());
}

function usualFormat(family: AppFamily, settings: FeedSettings): FeedFormat {
  return family === 'happ' && settings.xrayJsonForHapp ? 'xray' : usualFormats[family];
}

function byUserAgent(userAgent: string, settings: FeedSettings): App {
  const own = settings.apps.find(({ startsWith }) => userAgent.toLowerCase().startsWith(startsWith.toLowerCase()));
  if (own !== undefined) return { family: own.family, format: usualFormat(own.family, settings) };
  const rule = appRules.find(({ test }) => test.test(userAgent));
  if (rule === undefined) return { family: 'other', format: usualFormat('other', settings) };
  const version = rule.version?.exec(userAgent)?.[1];
  const format = rule.format ?? usualFormat(rule.family, settings);
  return { family: rule.family, format, ...(version === undefined ? {} : { version }) };
}

function isPerson({ accept = '' }: Asking, userAgent: string): boolean {
  return (/text\/html/i.test(accept) && browsers.test(userAgent)) || previewBots.test(userAgent);
}

/** Which app asks and what it gets. An app that nobody knows gets links: it is never refused. */
export function detectApp(asking: Asking, settings: FeedSettings): App {
  const userAgent = (asking.userAgent ?? '').slice(0, longestUserAgent);
  const found = byUserAgent(userAgent, settings);
  const format = formatNamed(asking.format);
  if (format === undefined) {
    const isKnown = found.family !== 'other';
    return !isKnown && isPerson(asking, userAgent) ? { family: 'other', format: 'html' } : found;
  }
  const readers = readersOf[format];
  if (readers === undefined || readers.includes(found.family)) return { ...found, format };
  return { family: readers[0] ?? 'other', format };
}
