import { usualFeed, type App } from '../domain/app';
import type { FeedShop } from '../domain/feedRow';
import { detectApp, type Asking } from './app';

/** An app with a short word that differs from every other app's. */
export interface KnownApp {
  readonly app: App;
  readonly tag: string;
}

/** Ways of asking that are remembered; apps of a shop have a few hundred. With more of them it starts anew. */
const kept = 2_000;
const longestKept = 1_000;

function keyOf({ userAgent = '', accept, format }: Asking): string {
  return accept === undefined && format === undefined ? userAgent : `${userAgent}\n${accept ?? ''}\n${format ?? ''}`;
}

/** Detects apps, each way of asking once, as long as the shop stays the same. `tagOf` makes the word. */
export function createAppDetector(tagOf: (app: App) => string): (asking: Asking, shop: FeedShop | undefined) => KnownApp {
  const usual = new Map<string, KnownApp>();
  const ofShop = new Map<string, KnownApp>();
  let version: number | undefined;
  return (asking, shop) => {
    const known = shop === undefined ? usual : ofShop;
    if (shop !== undefined && shop.version !== version) {
      ofShop.clear();
      version = shop.version;
    }
    const key = keyOf(asking);
    let found = known.get(key);
    if (found === undefined) {
      const app = detectApp(asking, shop?.settings.feed ?? usualFeed);
      found = { app, tag: tagOf(app) };
      if (known.size >= kept) known.clear();
      if (key.length <= longestKept) known.set(key, found);
    }
    return found;
  };
}
