import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import type { App } from '../../../src/domain/app';
import type { FeedRecord, FeedStatus } from '../../../src/domain/feedRecord';
import { outsideTexts } from '../../../src/bot/texts/texts';
import { linkOf } from '../../../src/domain/link';
import { renderFeed } from '../../../src/feed/render';
import { others, record } from './nodes';

const apps: readonly App[] = [
  { family: 'xray', format: 'base64' },
  { family: 'happ', format: 'links' },
  { family: 'mihomo', format: 'mihomo' },
  { family: 'stash', format: 'stash' },
  { family: 'clash', format: 'clash' },
  { family: 'karing', format: 'clash' },
  { family: 'singbox', format: 'singbox' },
  { family: 'singbox', format: 'singbox', version: '1.11.0' },
  { family: 'xray', format: 'xray' },
];

const told: Readonly<Record<Exclude<FeedStatus, 'live'>, readonly [string, string]>> = {
  lapsed: ['Подписка закончилась', 'Subscription ended'],
  paused: ['на паузе', 'paused'],
  revoked: ['отозвана', 'revoked'],
  banned: ['Доступ закрыт', 'Access closed'],
  traffic_used: ['📊 Трафик израсходован — подробнее в боте', '📊 Traffic used up: see the bot'],
  preparing: ['включается', 'turning on'],
  device_limit: ['Слишком много устройств', 'Too many devices'],
  device_unknown: ['не сообщает устройство', 'does not name its device'],
};

interface Entry {
  readonly name: string;
  readonly host: unknown;
}

/** The servers that an app of this format would show. */
function entriesOf(app: App, body: string): readonly Entry[] {
  const text = app.format === 'base64' ? Buffer.from(body, 'base64').toString('utf8') : body;
  switch (app.format) {
    case 'base64':
    case 'links':
      return text.split('\n').map((link) => ({ name: decodeURIComponent(new URL(link).hash.slice(1)), host: new URL(link).host }));
    case 'xray':
      return JSON.parse(text).map(
        (item: { remarks: string; outbounds: readonly { settings: { vnext: readonly { address: string }[] } }[] }) => ({
          name: item.remarks,
          host: `${item.outbounds[0]?.settings.vnext[0]?.address}:1`,
        }),
      );
    case 'singbox':
      return JSON.parse(text)
        .outbounds.filter((outbound: { server?: string }) => outbound.server !== undefined)
        .map((outbound: { tag: string; server: string; server_port: number }) => ({
          name: outbound.tag,
          host: `${outbound.server}:${outbound.server_port}`,
        }));
    default:
      return parse(text).proxies.map((proxy: { name: string; server: string; port: number }) => ({
        name: proxy.name,
        host: `${proxy.server}:${proxy.port}`,
      }));
  }
}

const cases = apps.flatMap((app) =>
  Object.entries(told).map(([status, texts]) => ({
    label: `${app.family} (${app.format}) one entry that says it is ${status}`,
    status,
    app,
    texts,
  })),
);

describe('a subscription without servers to give', () => {
  it.each(cases)('shows $label', ({ status, app, texts: [ru, en] }) => {
    const state: FeedRecord = { ...record, status: status as FeedStatus, links: [linkOf(others.vision)] };
    const english = renderFeed(state, app);
    expect(entriesOf(app, english.body)).toEqual([{ name: expect.stringContaining(en), host: '127.0.0.1:1' }]);
    expect(entriesOf(app, renderFeed({ ...state, language: 'ru' }, app).body)[0]?.name).toContain(ru);
    expect(english.body).not.toContain('vpn.example');
    expect(english.headers).toMatchObject({ 'subscription-userinfo': 'upload=0; download=0; total=0; expire=1798859045' });
    expect(Buffer.from(english.headers['announce']?.replace('base64:', '') ?? '', 'base64').toString('utf8')).toContain(en);
  });

  it('says so in the words of the shop, where it has its own', () => {
    const texts = outsideTexts({ texts: { ru: { 'feed.lapsed': 'Пора продлить: "мой" бот', 'feed.old_app': 'Обновитесь' } } });
    const lapsed: FeedRecord = { ...record, status: 'lapsed', language: 'ru', texts };
    for (const app of apps) {
      expect(entriesOf(app, renderFeed(lapsed, app).body)[0]?.name).toBe('Пора продлить: "мой" бот');
      expect(entriesOf(app, renderFeed({ ...lapsed, language: 'en' }, app).body)[0]?.name).toContain('Subscription ended');
      expect(entriesOf(app, renderFeed({ ...lapsed, status: 'paused' }, app).body)[0]?.name).toContain('на паузе');
    }
    const old: App = { family: 'singbox', format: 'singbox', version: '1.0.0' };
    expect(entriesOf(old, renderFeed({ ...lapsed, status: 'live' }, old).body)[0]?.name).toBe('Обновитесь');
  });

  it('says in headers that the number of devices is why', () => {
    const headersOf = (status: FeedStatus) => renderFeed({ ...record, status }, { family: 'happ', format: 'base64' }).headers;
    expect(headersOf('device_limit')).toMatchObject({
      'x-hwid-active': 'true',
      'x-hwid-max-devices-reached': 'true',
      'x-hwid-limit': 'true',
    });
    expect(headersOf('device_unknown')).toMatchObject({ 'x-hwid-active': 'true', 'x-hwid-not-supported': 'true' });
    expect(Object.keys(headersOf('lapsed')).filter((name) => name.startsWith('x-hwid'))).toEqual([]);
  });

  it('explains too where no server fits the app', () => {
    const onlyKcp: FeedRecord = { ...record, links: [linkOf({ ...others.encrypted, transport: { kind: 'kcp' } })] };
    for (const app of apps) {
      const fits = ['xray', 'happ'].includes(app.family);
      expect(entriesOf(app, renderFeed(onlyKcp, app).body)[0]?.name).toContain(fits ? 'encrypted' : 'does not fit');
    }
  });
});

describe('the headers of a feed', () => {
  const app: App = { family: 'happ', format: 'base64' };

  it('tell usage, end, title, announcement and pace as the apps read them', () => {
    const { headers } = renderFeed(
      {
        ...record,
        title: 'Очень длинное название магазина',
        trafficLimitBytes: 100,
        uploadBytes: 10,
        downloadBytes: 20,
        settings: { ...record.settings, updateHours: 6, announce: { ru: 'да', en: 'yes' }, happHeaders: { routing: 'happ://routing/off' } },
      },
      app,
    );
    const title = 'Очень длинное название ма';
    expect(headers).toEqual({
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': `attachment; filename="vpn.txt"; filename*=UTF-8''${encodeURIComponent(title)}.txt`,
      'subscription-userinfo': 'upload=10; download=20; total=100; expire=1798859045',
      'profile-title': `base64:${Buffer.from(title).toString('base64')}`,
      'profile-update-interval': '6',
      'profile-web-page-url': 'https://shop.example/open/app/t',
      'support-url': 'https://t.me/help',
      announce: 'yes',
      routing: 'happ://routing/off',
    });
  });

  it('give all four numbers where there is no limit and no end', () => {
    expect(renderFeed({ ...record, endsAt: undefined }, app).headers['subscription-userinfo']).toBe(
      'upload=0; download=0; total=0; expire=0',
    );
  });

  it('keep what is for Happ to Happ, and name the type of each format', () => {
    const settings = { ...record.settings, happHeaders: { routing: 'happ://routing/off' } };
    const headersOf = (asked: App) => renderFeed({ ...record, settings }, asked).headers;
    expect(headersOf({ family: 'xray', format: 'base64' })).not.toHaveProperty('routing');
    expect(headersOf({ family: 'mihomo', format: 'mihomo' })).toMatchObject({
      'content-type': 'text/yaml; charset=utf-8',
      'content-disposition': `attachment; filename="Shop"; filename*=UTF-8''Shop`,
    });
    expect(headersOf({ family: 'singbox', format: 'singbox' })['content-type']).toBe('application/json; charset=utf-8');
    expect(headersOf({ family: 'xray', format: 'xray' })['content-type']).toBe('application/json; charset=utf-8');
  });

  it('have no character that must not stand there, whatever the shop is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (title) => {
        const settings = { ...record.settings, announce: { ru: title, en: title } };
        const { headers } = renderFeed({ ...record, title, settings }, app);
        expect(Object.values(headers).filter((value) => !/^[\x20-\x7e]*$/.test(value))).toEqual([]);
      }),
    );
  });

  it('shorten an announcement to what is shown', () => {
    const settings = { ...record.settings, announce: { ru: 'a', en: 'b'.repeat(300) } };
    expect(renderFeed({ ...record, settings }, app).headers['announce']).toBe('b'.repeat(200));
  });
});

describe('the info format', () => {
  it('says in JSON what the page says, and no server', () => {
    const { body } = renderFeed({ ...record, links: [linkOf(others.vision)] }, { family: 'other', format: 'info' });
    expect(JSON.parse(body)).toEqual({
      status: 'live',
      title: 'Shop',
      endsAt: '2027-01-02T03:04:05.000Z',
      uploadBytes: 0,
      downloadBytes: 0,
      trafficLimitBytes: 0,
      webPageUrl: 'https://shop.example/open/app/t',
      supportUrl: 'https://t.me/help',
    });
  });
});
