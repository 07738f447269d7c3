import { LRUCache } from 'lru-cache';
import { usualFeed, type App } from '../domain/app';
import type { FeedShop } from '../domain/feedRow';
import { detectApp, type Asking } from './app';

/** An app with a short word that differs from every other app's. */
export interface KnownApp {
  readonly app: App;
  readonly tag: string;
}

/** Ways of asking that are remembered; apps of a shop have a few hundred. */
const kept = 2_000;

/** Detects apps, each way of asking once. `tagOf` makes the word. */
export function createAppDetector(tagOf: (app: App) => string): (asking: Asking, shop: FeedShop | undefined) => KnownApp {
  const known = new LRUCache<string, KnownApp>({ max: kept });
  return (asking, shop) => {
    const key = `${shop?.version ?? 0}\n${asking.userAgent ?? ''}\n${asking.accept ?? ''}\n${asking.format ?? ''}`;
    let found = known.get(key);
    if (found === undefined) {
      const app = detectApp(asking, shop?.settings.feed ?? usualFeed);
      found = { app, tag: tagOf(app) };
      if (key.length < 1_000) known.set(key, found);
    }
    return found;
  };
}
