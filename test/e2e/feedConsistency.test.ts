import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { changeAccess } from '../../src/db/access';
import { newToken } from '../../src/db/ids';
import { freePort } from '../../src/main/embedded/ports';
import { liveFeeds, readFeed, type LiveFeed } from '../support/feedShop';
import { startRole, type RoleProcess } from '../support/processes';
import { openTestShop, quick, type TestShop } from '../support/shop';
import { until } from '../support/until';

const bound = 4_000;

interface Api {
  readonly url: string;
  readonly process: RoleProcess;
}

describe('two api processes', () => {
  let shop: TestShop;
  const apis: Api[] = [];
  let feeds: readonly LiveFeed[];

  async function startApi(catchUp: { readonly catchUpMs: number; readonly retryMs: number }): Promise<Api> {
    const port = await freePort(30_000 + Math.floor(Math.random() * 9_000));
    const tuning = JSON.stringify({ ...quick, feedPace: catchUp });
    const api = { url: `http://127.0.0.1:${port}`, process: startRole(shop, 'api', { PORT: String(port), KIOSK_TUNING: tuning }) };
    apis.push(api);
    return api;
  }

  const opened = async (api: Api, token: string): Promise<boolean> =>
    readFeed(api.url, token).then(
      ({ status }) => status === 200,
      () => false,
    );

  beforeAll(async () => {
    shop = await openTestShop({ closed: true });
    feeds = await liveFeeds(shop.db, 8);
    // They catch up by themselves far too late for this test: what is seen in time came as news.
    for (let one = 0; one < 2; one += 1) await startApi({ catchUpMs: 600_000, retryMs: 600_000 });
    for (const api of apis) await until('it serves', () => opened(api, feeds[0]?.token ?? ''));
    for (const api of apis) for (const { token } of feeds) await until('it has the feed', () => opened(api, token));
  }, 90_000);
  afterAll(async () => {
    for (const api of apis) await api.process.stop();
    await shop.close();
  });

  function feedNo(index: number): LiveFeed {
    const feed = feeds[index];
    if (feed === undefined) throw new Error('there are too few feeds');
    return feed;
  }

  /** Waits until each process shows the change; gives the milliseconds that took. */
  async function seenBy(which: readonly Api[], isSeen: (api: Api) => Promise<boolean>): Promise<number> {
    const started = Date.now();
    await Promise.all(which.map((api) => until('the change is seen', () => isSeen(api))));
    return Date.now() - started;
  }

  const says = (token: string, text: string) => async (api: Api) => (await readFeed(api.url, token)).text.includes(text);

  it('both show a renewal, a revocation, a ban and its end, and a replaced token within a second', async () => {
    const [lapsed, revoked, banned, replaced] = [0, 1, 2, 3].map(feedNo) as [LiveFeed, LiveFeed, LiveFeed, LiveFeed];
    await shop
      .db('subscriptions')
      .where({ id: lapsed.subscriptionId })
      .update({ ends_at: new Date(Date.now() - 40 * 86_400_000) });
    expect(await seenBy(apis, says(lapsed.token, 'Подписка закончилась'))).toBeLessThan(1_000);
    await shop.db.transaction((tx) =>
      changeAccess(tx, {
        subscriptionId: lapsed.subscriptionId,
        kind: 'manual',
        source: 'test',
        sourceId: lapsed.subscriptionId,
        endsAt: new Date(Date.now() + 86_400_000),
        settings: { graceMs: 0 },
        now: new Date(),
      }),
    );
    expect(await seenBy(apis, says(lapsed.token, '@nl.example'))).toBeLessThan(1_000);
    await shop.db('subscriptions').where({ id: revoked.subscriptionId }).update({ revoked_at: new Date() });
    expect(await seenBy(apis, says(revoked.token, 'Подписка отозвана'))).toBeLessThan(1_000);
    await shop.db('users').where({ id: banned.userId }).update({ is_banned: true });
    expect(await seenBy(apis, says(banned.token, 'Доступ закрыт'))).toBeLessThan(1_000);
    await shop.db('users').where({ id: banned.userId }).update({ is_banned: false });
    expect(await seenBy(apis, says(banned.token, '@nl.example'))).toBeLessThan(1_000);
    const token = newToken();
    await shop.db('subscriptions').where({ id: replaced.subscriptionId }).update({ token });
    expect(await seenBy(apis, async (api) => (await readFeed(api.url, replaced.token)).status === 404)).toBeLessThan(1_000);
    expect(await seenBy(apis, says(token, '@nl.example'))).toBeLessThan(1_000);
  });

  it('both give the same tag, so that an app may ask either of them', async () => {
    const tags = await Promise.all(
      apis.map(async ({ url }) =>
        (await fetch(`${url}/sub/${feedNo(4).token}`, { headers: { 'user-agent': 'Happ/3.1.0' } })).headers.get('etag'),
      ),
    );
    expect(tags[0]).toMatch(/^".+"$/);
    expect(tags[1]).toBe(tags[0]);
    const [first] = apis;
    const again = await fetch(`${first?.url ?? ''}/sub/${feedNo(4).token}`, {
      headers: { 'user-agent': 'Happ/3.1.0', 'if-none-match': tags[1] ?? '', 'cache-control': 'max-age=0' },
    });
    expect(again.status).toBe(304);
  });

  it('one whose news are lost shows a change within its bound', async () => {
    const deaf = await startApi({ catchUpMs: bound, retryMs: 600_000 });
    const { token, subscriptionId } = feedNo(5);
    await until('it serves', () => opened(deaf, token));
    const listeners = (): Promise<{ rows: readonly { pid: number }[] }> =>
      shop.db.raw(`select pid from pg_stat_activity where application_name = 'vless-kiosk feed' and datname = current_database()`);
    await until('it listens', async () => (await listeners()).rows.length === apis.length);
    for (const { pid } of (await listeners()).rows) await shop.db.raw('select pg_terminate_backend(?)', [pid]);
    await until('nobody listens', async () => (await listeners()).rows.length === 0);
    await shop.db('subscriptions').where({ id: subscriptionId }).update({ revoked_at: new Date() });
    expect(await seenBy([deaf], says(token, 'Подписка отозвана'))).toBeLessThan(bound + 1_000);
  }, 60_000);
});
