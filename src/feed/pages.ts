import { LRUCache } from 'lru-cache';
import type { App } from '../domain/app';
import type { FeedStatus } from '../domain/feedRecord';
import type { FeedShop } from '../domain/feedRow';
import { openUrl } from '../domain/shop';
import { usageOf } from './usage';
import { recordOf } from './record';
import { renderFeed } from './render';
import { uuidLength, type Credentials, type Hole } from './store/credentials';
import type { StoredFeed } from './store/recordStore';

/** A feed as it goes over the wire. */
export interface FeedAnswer {
  /** The bytes, each as a character (latin1): as short-lived text they cost less than as a buffer, and Node sends them in one piece with the headers. */
  readonly body: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

/** Renders feeds, and keeps what many of them have in common. */
export interface Pages {
  render(stored: StoredFeed, shop: FeedShop, as: { readonly status: FeedStatus; readonly app: App }): FeedAnswer;
}

/** A body with its credentials taken out. */
interface Page {
  /** Texts around the credentials, and which of them stand between. */
  readonly parts: readonly string[];
  readonly between: readonly number[];
  /** The same with room for uuids, as most credentials are. */
  readonly template: Buffer;
  readonly holes: readonly Hole[];
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

/** The parts as one text, with room for a uuid between each two. */
function templateOf(parts: readonly string[], between: readonly number[]): Pick<Page, 'template' | 'holes'> {
  const template = Buffer.from(parts.join(' '.repeat(uuidLength)), 'utf8');
  let at = 0;
  const holes = between.map((credential, index) => {
    at += Buffer.byteLength(parts[index] ?? '') + (index === 0 ? 0 : uuidLength);
    return { at, credential };
  });
  return { template, holes };
}

function pageOf(stored: StoredFeed, shop: FeedShop, { status, app }: { status: FeedStatus; app: App }): Page {
  const record = recordOf(stored, shop, { status, credentials: stored.texts.credentials.list().map(marked) });
  // Base64 of a text with holes cannot be filled, so the text is kept; the headers of both are the same.
  const isBase64 = app.format === 'base64';
  const { body, headers } = renderFeed(record, isBase64 ? { ...app, format: 'links' } : app);
  const pieces = body.split(mark);
  const parts = pieces.filter((_piece, index) => index % 2 === 0);
  const between = pieces.filter((_piece, index) => index % 2 === 1).map(Number);
  return {
    parts,
    between,
    ...templateOf(parts, between),
    isBase64,
    headers: Object.entries(headers).flatMap(([name, value]) => (own.has(name) ? [] : [name, value])),
  };
}

let scratch = Buffer.alloc(8_192);

/** Room for a text that is needed only until it is written in another way. */
function roomFor(length: number): Buffer {
  if (scratch.length < length) scratch = Buffer.alloc(2 * length);
  return scratch;
}

function bodyOf({ parts, between, template, holes, isBase64 }: Page, credentials: Credentials): string {
  const encoding = isBase64 ? 'base64' : 'latin1';
  const text = roomFor(template.length);
  text.set(template);
  if (credentials.fill(text, holes)) return text.toString(encoding, 0, template.length);
  const texts = credentials.list();
  return Buffer.from(parts.map((part, index) => `${part}${texts[between[index] ?? -1] ?? ''}`).join(''), 'utf8').toString(encoding);
}

/** Makes an empty set of pages. */
export function createPages(): Pages {
  const pages = new LRUCache<string, Page>({
    maxSize: keptBytes,
    sizeCalculation: (page) => page.parts.reduce((sum, part) => sum + 2 * part.length, 500 + page.template.length),
  });
  return {
    render(stored, shop, as) {
      const { app, status } = as;
      const { head, texts } = stored;
      const { language, token } = texts;
      const contents = status === 'live' ? head.layout.id : status;
      const key = `${shop.version} ${contents} ${language} ${app.family} ${app.format} ${app.version ?? ''}`;
      let page = pages.get(key);
      if (page === undefined) {
        page = pageOf(stored, shop, as);
        pages.set(key, page);
      }
      const headers = page.headers.concat('subscription-userinfo', usageOf(head), 'profile-web-page-url', openUrl(shop.settings, token));
      return { body: bodyOf(page, texts.credentials), headers };
    },
  };
}
