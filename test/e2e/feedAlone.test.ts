import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { demoShop, shopValues } from '../../sandbox/demoShop';
import { applyShop } from '../../src/catalog/apply';
import { parseShopFile } from '../../src/catalog/load';
import { readConfig } from '../../src/config';
import { connect } from '../../src/db/connection';
import { migrate } from '../../src/db/migrate';
import { createSealer, loadOrCreateSecretKeys } from '../../src/db/seal';
import { createLogger } from '../../src/logger';
import { freePort } from '../../src/main/embedded/ports';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/main/embedded/postgres';
import { runShop, type RunningShop } from '../../src/main/run';
import { tuned } from '../../src/main/tuning';
import { countConnections, liveFeeds, readFeed, type CountingServer, type LiveFeed } from '../support/feedShop';
import { secrets } from '../support/shop';
import { until } from '../support/until';

const count = 40;

describe('an api process with everything around it stopped', () => {
  let folder: string;
  let postgres: EmbeddedPostgres;
  let nobody: CountingServer;
  let shop: RunningShop;
  let apiUrl: string;
  let feeds: readonly LiveFeed[];
  let short: readonly LiveFeed[];
  const lines: string[] = [];
  const shortEnd = new Date(Date.now() + 25_000);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kiosk-feed-'));
    nobody = await countConnections();
    postgres = await startEmbeddedPostgres({ folder, port: await freePort(46_000 + Math.floor(Math.random() * 4_000)) });
    await migrate(postgres.url);
    const db = connect({ url: postgres.url });
    const port = await freePort(20_000 + Math.floor(Math.random() * 20_000));
    apiUrl = `http://127.0.0.1:${port}`;
    // Panels, providers and Telegram are all at the port that counts.
    const values = shopValues({ apiUrl, sandboxUrl: nobody.url, panelPassword: secrets.panelPassword, keys: secrets });
    await applyShop(db, {
      file: parseShopFile('test', demoShop, values),
      sealer: createSealer(loadOrCreateSecretKeys(folder)),
      actor: 'test',
    });
    feeds = await liveFeeds(db, count);
    short = await liveFeeds(db, 1, shortEnd);
    await db.destroy();
    const environment = {
      BOT_TOKEN: secrets.botToken,
      TELEGRAM_API_ROOT: nobody.url,
      PORT: String(port),
      METRICS_PORT: '0',
      DATA_DIR: folder,
      ROLE: 'api',
    };
    const engines = { databaseUrl: postgres.url, temporalAddress: new URL(nobody.url).host };
    shop = await runShop(readConfig(environment), engines, {
      tuning: tuned({ feedPace: { catchUpMs: 1_000, retryMs: 300, freshMs: 3_000 }, feedLimits: { perToken: 10_000 } }),
      log: createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } }),
    });
  });
  afterAll(async () => {
    await shop.stop();
    await postgres.stop();
    await nobody.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const statuses = (): Promise<readonly number[]> => Promise.all(feeds.map(async ({ token }) => (await readFeed(apiUrl, token)).status));

  it('answers every live token from its first request on, and calls no panel, no provider, no Telegram, no Temporal for it', async () => {
    const before = nobody.connections();
    const answers = await Promise.all(feeds.map(({ token }) => readFeed(apiUrl, token)));
    for (const { status, text } of answers) expect([status, text]).toEqual([200, expect.stringContaining('@nl.example:443')]);
    expect(nobody.connections()).toBe(before);
  });

  it('without Postgres answers what it knows, lets end what ends, and takes up the truth when Postgres is back', async () => {
    await until('everything is in memory', () => Promise.resolve(lines.some((line) => line.includes('are in memory'))));
    await postgres.stop();
    await until('it is told', () => Promise.resolve(lines.some((line) => line.includes('served from memory'))));
    expect(new Set(await statuses())).toEqual(new Set([200]));
    const [ending] = short;
    const token = ending?.token ?? '';
    expect((await readFeed(apiUrl, token)).text).toContain('@nl.example:443');
    await until('it has ended', async () => (await readFeed(apiUrl, token)).text.includes('Подписка закончилась'), 40_000);
    expect(Date.now()).toBeGreaterThanOrEqual(shortEnd.getTime());
    expect((await readFeed(apiUrl, 'unknown-token-00000')).status).toBe(503);
    postgres = await startEmbeddedPostgres({ folder, port: postgres.port });
    const db = connect({ url: postgres.url });
    await db('subscriptions')
      .where({ token })
      .update({ ends_at: new Date(Date.now() + 86_400_000) });
    await db.destroy();
    await until('the renewal is seen', async () => (await readFeed(apiUrl, token)).text.includes('@nl.example:443'));
    await until('it is told', () => Promise.resolve(lines.some((line) => line.includes('Postgres answers again'))));
    expect((await readFeed(apiUrl, 'unknown-token-00000')).status).toBe(404);
  }, 90_000);
});
