import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cacheOf, fakeSource, feedRow, feedShop } from '../../../test/support/feeds';
import type { FeedStatus } from '../../domain/feedRecord';
import type { FeedRow } from '../../domain/feedRow';
import type { FoundFeed } from '../../feed/cache';
import { createApp } from '../app';
import { apps } from '../openPage/apps';
import { openRoutes } from './open';

const gigabyte = 1024 ** 3;
const feedUrl = 'https://shop.example/sub/stored-token-00000';
const live = feedRow({
  token: 'stored-token-00000',
  endsAt: new Date('2026-12-22T23:30:00Z'),
  trafficLimitBytes: 100 * gigabyte,
  usedBytes: 37.4 * gigabyte,
});
const shop = feedShop({ name: 'Shop <b>', timeZone: 'Europe/Moscow' });
/** What the routes show. */
let sold = shop;

let shown: FeedRow | undefined = live;
const iphone = { 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)' };

describe('GET /open/<app>/<token>', () => {
  let server: Server;
  let base: string;
  beforeAll(async () => {
    const clock = { now: () => new Date('2026-12-01T00:00:00Z') };
    const find = async (): Promise<FoundFeed | undefined> =>
      shown === undefined ? undefined : (await cacheOf(fakeSource([shown], sold))).load(shown.token);
    const open = openRoutes({ clock, texts: () => sold.texts, cache: { find: () => undefined, load: find } });
    const handle = createApp({ routers: [open], log: { error: () => undefined } }).callback();
    server = createServer((request, response) => void handle(request, response));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => void server.close(resolve)));

  async function pageOf(row: Partial<FeedRow>, path = '/open/app/asked-token-000000', headers = iphone): Promise<string> {
    shown = { ...live, ...row };
    return (await fetch(`${base}${path}`, { headers })).text();
  }

  function appLinks(page: string): readonly string[] {
    return [...page.matchAll(/<a class="app[^>]* href="([^"]*)"/g)].map(([, href]) => href ?? '');
  }

  it('shows the state, the days and the traffic left, in the language of the subscription or the one asked for', async () => {
    const ru = await pageOf({});
    // 22 days and a half; the end is the 23rd already where the shop is.
    for (const text of ['Активна', '22\u00a0дня', 'до 23 декабря 2026', '62,6\u00a0ГБ', 'осталось из 100\u00a0ГБ', '<rect width="62.6"'])
      expect(ru).toContain(text);
    const en = await pageOf({}, '/open/app/asked-token-000000?lang=en');
    for (const text of ['<html lang="en">', 'Active', '22\u00a0days', 'until 23 December 2026', '62.6\u00a0GB']) expect(en).toContain(text);
    expect(await pageOf({ trafficLimitBytes: 0 })).toContain('Без лимита');
    // Nothing counted is not said to be nothing used.
    expect(await pageOf({ usedBytes: 0 })).not.toContain('осталось из');
  });

  it.each<[FeedStatus, Partial<FeedRow>, string]>([
    ['lapsed', { endsAt: new Date('2026-11-30T00:00:00Z') }, 'Продлите подписку в боте'],
    ['traffic_used', { isExhausted: true }, 'Трафик по подписке израсходован'],
    ['paused', { isPaused: true }, 'Когда пауза закончится'],
    ['revoked', { isRevoked: true }, 'больше не действует'],
    ['banned', { isBanned: true }, 'Доступ закрыт'],
  ])('says what to do with one that is %s, and opens nothing', async (_status, row, text) => {
    const page = await pageOf(row);
    expect(page).toContain(text);
    expect(page).toContain('href="https://t.me/help"');
    expect(page).not.toContain('stored-token');
    expect(page).not.toMatch(/<script|class="app/);
  });

  it('is in the words of the shop where it has its own, and they stay what they are', async () => {
    const quoted = { 'page.copied': 'Есть "да"', 'page.platform': 'На "чём"' };
    const own = {
      ...quoted,
      'page.open': 'Добавить в "{app}"',
      'page.qrLabel': 'Код "QR"',
      'page.until': 'по {day}',
      'page.missing': 'Нет такой',
    };
    sold = feedShop({ name: 'Shop', timeZone: 'Europe/Moscow', texts: { ru: own } });
    try {
      const page = await pageOf({});
      for (const text of [
        'Добавить в "Happ"',
        'aria-label="Код &quot;QR&quot;"',
        'data-done="Есть &quot;да&quot;"',
        'aria-label="На &quot;чём&quot;"',
        'по 23 декабря 2026',
        'Скопировать ссылку',
      ])
        expect(page).toContain(text);
      expect(page).not.toMatch(/\{(app|day)\}/);
      expect(await pageOf({}, '/open/app/asked-token-000000?lang=en')).toContain('Open in Happ');
      expect(await pageOf({}, '/open/app/short?lang=ru')).toContain('Нет такой');
    } finally {
      sold = shop;
    }
  });

  it('has a button for every app, those of the system first, and the code and the link', async () => {
    const page = await pageOf({});
    const links = appLinks(page);
    expect(links).toHaveLength(apps.length);
    expect(new Set(links).size).toBe(apps.length);
    expect(links.slice(0, 3)).toEqual([
      `happ://add/${feedUrl}`,
      `v2raytun://import/${feedUrl}`,
      `hiddify://import/${feedUrl}#Shop%20%3Cb%3E`,
    ]);
    expect(links.at(-1)).toMatch(/^exclave:/);
    expect(page).toContain('aria-current="true">iOS<');
    expect(page).toContain(`<code>${feedUrl}</code>`);
    expect(page).toMatch(/<svg role="img"/);
    const windows = await pageOf({}, '/open/app/asked-token-000000?platform=windows');
    expect(windows).toContain('aria-current="true">Windows<');
    expect(appLinks(windows)[2]).toMatch(/^clash-verge:/);
  });

  it('opens the app that the address names, once, and builds no link from the request', async () => {
    const named = await pageOf({}, '/open/karing/asked-token-000000');
    expect(named).toMatch(/<a class="app main" data-opens rel="noreferrer" href="karing:/);
    expect(await pageOf({}, '/open/karing/asked-token-000000?platform=ios')).not.toContain('data-opens rel');
    const other = await pageOf(
      {},
      '/open/https:%2F%2Fevil.example/asked-token-000000?platform=evil.example&lang=evil.example&url=evil.example',
    );
    expect(other).not.toMatch(/evil|asked-token|data-opens rel/);
    expect(other).toContain('Shop &lt;b&gt;');
  });

  it('allows its own style and script and nothing else', async () => {
    shown = live;
    const reply = await fetch(`${base}/open/app/asked-token-000000`, { headers: iphone });
    const page = await reply.text();
    const digest = (tag: string): string => {
      const text = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page)?.[1] ?? '';
      return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    };
    expect(reply.headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src ${digest('style')}; script-src ${digest('script')}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(page).not.toMatch(/ style=| on[a-z]+=|src=/);
    expect(reply.headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('gives a preview bot the same for every token, and no secret', async () => {
    const headers = { 'user-agent': 'TelegramBot (like TwitterBot)' };
    const page = await pageOf({}, '/open/happ/asked-token-000000', headers);
    expect(page).not.toMatch(/token|happ:/);
    expect(await pageOf({ isBanned: true }, '/open/happ/short', headers)).toBe(page);
  });

  it('answers an unknown token with a page that helps, and 404', async () => {
    shown = undefined;
    const reply = await fetch(`${base}/open/happ/unknown-token-00000`, { headers: { ...iphone, 'accept-language': 'ru' } });
    expect([reply.status, await reply.text()]).toEqual([404, expect.stringContaining('Ссылка не работает')]);
  });
});
