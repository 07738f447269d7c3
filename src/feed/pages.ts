import { LRUCache } from 'lru-cache';
import type { App } from '../domain/app';
import type { FeedStatus } from '../domain/feedRecord';
import type { FeedShop } from '../domain/feedRow';
import { openUrl } from '../domain/shop';
import { usageOf } from './usage';
import { recordOf } from './record';
import { renderFeed } from './render';
import type { StoredFeed } from './store/recordStore';

/** A feed as it goes over the wire. */
export interface FeedAnswer {
  /** A text: Node sends it in one piece with the headers, as it does with no buffer. */
  readonly body: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

/** Renders feeds, and keeps what many of them have in common. */
export interface Pages {
  render(stored: StoredFeed, shop: FeedShop, as: { readonly status: FeedStatus; readonly app: App }): FeedAnswer;
}

/** A body with its credentials taken out, in the order in which they stand there. */
interface Page {
  readonly parts: readonly string[];
  readonly holes: readonly number[];
  readonly isBase64: boolean;
  readonly headers: readonly string[];
}

// Letters that every format writes as they are, and that stand in no link by chance.
const marked = (_credential: string, number: number): string => `hole-Vq3xZr8LkT5w-${number}-`;
const mark = /hole-Vq3xZr8LkT5w-(\d+)-/;

/** Most bytes of pages that are kept. */
const keptBytes = 32 * 1_024 * 1_024;

/** Headers that differ between the feeds of one page. */
const own: ReadonlySet<string> = new Set(['subscription-userinfo', 'profile-web-page-url']);

function pageOf(stored: StoredFeed, shop: FeedShop, { status, app }: { status: FeedStatus; app: App }): Page {
  const record = recordOf(stored, shop, { status, credentials: stored.credentials.map(marked) });
  // Base64 of a text with holes cannot be filled, so the text is kept; the headers of both are the same.
  const isBase64 = app.format === 'base64';
  const { body, headers } = renderFeed(record, isBase64 ? { ...app, format: 'links' } : app);
  const pieces = body.split(mark);
  return {
    parts: pieces.filter((_piece, index) => index % 2 === 0),
    holes: pieces.filter((_piece, index) => index % 2 === 1).map(Number),
    isBase64,
    headers: Object.entries(headers).flatMap(([name, value]) => (own.has(name) ? [] : [name, value])),
  };
}

function bodyOf(page: Page, credentials: readonly string[]): string {
  let text = page.parts[0] ?? '';
  for (let index = 0; index < page.holes.length; index += 1) {
    text += credentials[page.holes[index] ?? 0] ?? '';
    text += page.parts[index + 1] ?? '';
  }
  return page.isBase64 ? Buffer.from(text, 'utf8').toString('base64') : text;
}

/** Makes an empty set of pages. */
export function createPages(): Pages {
  const pages = new LRUCache<string, Page>({
    maxSize: keptBytes,
    sizeCalculation: (page) => page.parts.reduce((sum, part) => sum + 2 * part.length, 500),
  });
  return {
    render(stored, shop, as) {
      const { app, status } = as;
      const { language, token } = stored.facts;
      const contents = status === 'live' ? stored.layout.id : status;
      const key = `${shop.version} ${contents} ${language} ${app.family} ${app.format} ${app.version ?? ''}`;
      let page = pages.get(key);
      if (page === undefined) {
        page = pageOf(stored, shop, as);
        pages.set(key, page);
      }
      const headers = page.headers.concat('subscription-userinfo', usageOf(stored), 'profile-web-page-url', openUrl(shop.settings, token));
      return { body: bodyOf(page, stored.credentials), headers };
    },
  };
}
