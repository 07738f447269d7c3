import { setTimeout as wait } from 'node:timers/promises';
import { outsideTexts } from '../bot/texts/texts';
import { feedQueries } from '../db/feed';
import { listenForFeedChanges } from '../db/feedChanges';
import { createFeedCache, type FeedCache } from '../feed/cache';
import type { Running } from './api';
import type { Foundation } from './foundation';

/** Lapsed this long ago, a subscription is loaded when it is asked for. */
const recentMs = 7 * 86_400_000;

/** Runs `work` again and again until the signal fires, with a pause that depends on how it went. */
async function repeat(
  work: () => Promise<void>,
  pauses: { afterSuccess: number; afterFailure: number },
  until: AbortSignal,
): Promise<void> {
  while (!until.aborted) {
    const pause = await work().then(
      () => pauses.afterSuccess,
      () => pauses.afterFailure,
    );
    await wait(pause, undefined, { signal: until }).catch(() => undefined);
  }
}

/** Starts the cache of feeds and what keeps it true: loading everything once, listening, and catching up. */
export function startFeed(foundation: Foundation): Running & { readonly cache: FeedCache } {
  const { engines, log, tuning, db, clock } = foundation;
  const pace = tuning.feedPace;
  const cache = createFeedCache(
    feedQueries(db, { endedAfter: () => new Date(clock.now().getTime() - recentMs), textsOf: outsideTexts }),
    pace,
  );
  const ending = new AbortController();
  let isAway = false;
  let isWarm = false;
  let isDeaf = false;

  async function catchUp(): Promise<void> {
    try {
      await cache.catchUp();
      if (isAway) log.info({}, 'Postgres answers again: feeds are up to date');
      isAway = false;
    } catch (error) {
      if (!isAway) log.warn({ err: error }, 'Postgres does not answer: feeds are served from memory');
      isAway = true;
      throw error;
    }
    if (isWarm) return;
    await cache.warm(ending.signal).catch((error: unknown) => {
      log.warn({ err: error }, 'not all feeds could be loaded into memory; it is tried again');
      throw error;
    });
    isWarm = true;
    log.info(cache.size(), 'feeds of live subscriptions are in memory');
  }

  async function listen(): Promise<void> {
    const listening = (): void => {
      isDeaf = false;
      void cache.catchUp().catch(() => undefined);
    };
    const hear = { listening, change: cache.hear };
    await listenForFeedChanges(engines.databaseUrl, hear, ending.signal).catch((error: unknown) => {
      if (!isDeaf) log.warn({ err: error }, 'no connection that tells of changes to feeds; they are looked for at a pace instead');
      isDeaf = true;
      throw error;
    });
    if (!ending.signal.aborted) log.warn({}, 'the connection that tells of changes to feeds broke; it is made anew');
  }

  const work = Promise.all([
    repeat(catchUp, { afterSuccess: pace.catchUpMs, afterFailure: pace.retryMs }, ending.signal),
    repeat(listen, { afterSuccess: pace.retryMs, afterFailure: pace.retryMs }, ending.signal),
  ]);
  return {
    cache,
    async stop() {
      ending.abort();
      await work;
    },
  };
}
