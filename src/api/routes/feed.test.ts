import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cacheOf, fakeSource, feedRow, serve, type FeedServer } from '../../../test/support/feeds';
import type { FeedRow } from '../../domain/feedRow';

const links = ['vless://a@h:1?encryption=none&security=none&type=tcp#1', 'vless://b@h:2?encryption=none&security=none&type=tcp#2'];
const live = feedRow({ trafficLimitBytes: 1024, usedBytes: 30, keys: [{ serverId: 'nl', links: links.join('\n') }] });

function named(credential: string): string {
  return `vless://${credential}@h:1?encryption=none&security=none&type=tcp#${encodeURIComponent('🇳🇱 Нидерланды')}`;
}

const rows: readonly FeedRow[] = [
  live,
  { ...live, no: 2, token: 'lapsed-token-00000', endsAt: new Date('2026-11-30T23:59:59Z') },
  { ...live, no: 3, token: 'banned-token-00000', isBanned: true, language: 'en' },
  { ...live, no: 4, token: 'fresh-token-000000', keys: [] },
  { ...live, no: 5, token: 'named-token-000000', keys: [{ serverId: 'nl', links: named('11111111-1111-4111-8111-111111111111') }] },
  { ...live, no: 6, token: 'other-token-000000', keys: [{ serverId: 'nl', links: named('no-uuid-at-all') }] },
];

describe('GET /sub/<token>', () => {
  let server: FeedServer;
  let base: string;
  const source = fakeSource(rows);
  beforeAll(async () => {
    server = await serve(await cacheOf(source));
    base = server.url;
  });
  afterAll(() => server.close());

  it('gives base64 of the links with the headers that apps read', async () => {
    const reply = await fetch(`${base}/sub/live-token-0000000`);
    expect(
      Buffer.from(await reply.text(), 'base64')
        .toString('utf8')
        .split('\n'),
    ).toEqual(links);
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'subscription-userinfo': 'upload=0; download=30; total=1024; expire=1798859045',
      'profile-title': `base64:${Buffer.from('Ласточка VPN').toString('base64')}`,
      'profile-update-interval': '12',
      'support-url': 'https://t.me/help',
      'profile-web-page-url': 'https://shop.example/open/app/live-token-0000000',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    });
  });

  it.each(['named-token-000000', 'other-token-000000'])(
    'gives %s names of servers in every script, and the length in bytes',
    async (token) => {
      const reply = await fetch(`${base}/sub/${token}`, { headers: { 'user-agent': 'mihomo/1.19.28' } });
      const body = Buffer.from(await reply.arrayBuffer());
      expect(body.toString('utf8')).toContain('🇳🇱 Нидерланды');
      expect(reply.headers.get('content-length')).toBe(String(body.length));
    },
  );

  it('answers HEAD like GET, and 304 to its own tag', async () => {
    const get = await fetch(`${base}/sub/live-token-0000000`);
    const head = await fetch(`${base}/sub/live-token-0000000`, { method: 'HEAD' });
    const drop = (reply: Response): Record<string, string> => {
      // How the connection goes on is between the client and Node.
      const { date: _date, connection: _connection, 'keep-alive': _keepAlive, ...rest } = Object.fromEntries(reply.headers);
      return rest;
    };
    expect(drop(head)).toEqual(drop(get));
    // Node's fetch would add "no-cache" of its own, which asks for a full answer.
    const again = await fetch(`${base}/sub/live-token-0000000`, {
      headers: { 'if-none-match': get.headers.get('etag') ?? '', 'cache-control': 'max-age=0' },
    });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect((await fetch(`${base}/sub/lapsed-token-00000`)).headers.get('etag')).not.toBe(get.headers.get('etag'));
  });

  it.each([
    ['lapsed-token-00000', 'Подписка закончилась'],
    ['banned-token-00000', 'Access closed'],
    ['fresh-token-000000', 'Доступ включается'],
  ])('gives %s one entry that explains, and no server', async (token, text) => {
    const reply = await fetch(`${base}/sub/${token}`);
    const body = Buffer.from(await reply.text(), 'base64').toString('utf8');
    expect(reply.status).toBe(200);
    expect(body.split('\n')).toHaveLength(1);
    expect(decodeURIComponent(body)).toContain(text);
    expect(body).toContain('@127.0.0.1:1?');
    const expire = Math.floor((rows.find((row) => row.token === token)?.endsAt?.getTime() ?? 0) / 1_000);
    expect(reply.headers.get('subscription-userinfo')).toContain(`expire=${expire}`);
  });

  it('answers every token that opens nothing alike, and asks nobody about one that cannot be a token', async () => {
    const shown = await Promise.all(
      ['unknown-token-00000', 'short', 'with%20space-00000000', 'x'.repeat(65)].map(async (token) => {
        const reply = await fetch(`${base}/sub/${token}`);
        const { date: _date, ...headers } = Object.fromEntries(reply.headers);
        return JSON.stringify([reply.status, headers, await reply.text()]);
      }),
    );
    expect(new Set(shown).size).toBe(1);
    const before = source.calls.length;
    await fetch(`${base}/sub/short`);
    expect(source.calls.length).toBe(before);
  });

  it.each([
    ['/sub/live-token-0000000', 'SFA/1.12.4 (412; sing-box 1.12.4)', 'application/json; charset=utf-8'],
    ['/sub/live-token-0000000', 'mihomo/1.19.28', 'text/yaml; charset=utf-8'],
    ['/sub/live-token-0000000', 'something new', 'text/plain; charset=utf-8'],
    ['/sub/live-token-0000000/singbox', 'something new', 'application/json; charset=utf-8'],
    ['/sub/live-token-0000000?format=clash', 'something new', 'text/yaml; charset=utf-8'],
    ['/sub/live-token-0000000/links?format=clash', 'something new', 'text/plain; charset=utf-8'],
    ['/sub/live-token-0000000?format=nonsense', 'mihomo/1.19.28', 'text/yaml; charset=utf-8'],
    ['/sub/lapsed-token-00000/xray', '', 'application/json; charset=utf-8'],
  ])('gives %s to "%s" as %s, and HEAD the same headers', async (path, userAgent, type) => {
    const headers = { 'user-agent': userAgent };
    const [get, head] = await Promise.all([fetch(`${base}${path}`, { headers }), fetch(`${base}${path}`, { headers, method: 'HEAD' })]);
    expect([get.status, head.status, get.headers.get('content-type')]).toEqual([200, 200, type]);
    for (const name of ['content-type', 'content-length', 'etag', 'subscription-userinfo', 'profile-title', 'vary']) {
      expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)]);
    }
  });

  it('gives a person the page, HEAD its headers, and a preview bot nothing that opens anything', async () => {
    const headers = { 'user-agent': 'Mozilla/5.0 (iPhone)', accept: 'text/html,*/*' };
    const reply = await fetch(`${base}/sub/live-token-0000000`, { headers });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await reply.text()).toContain('href="happ://add/https://shop.example/sub/live-token-0000000"');
    const head = await fetch(`${base}/sub/live-token-0000000`, { headers, method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(reply.headers.get('content-length'));
    for (const bot of ['TelegramBot (like TwitterBot)', 'Mozilla/5.0 (compatible; SomeNewBot/1.0)']) {
      const preview = await fetch(`${base}/sub/live-token-0000000`, { headers: { ...headers, 'user-agent': bot } });
      expect(await preview.text()).not.toMatch(/live-token|vless:/);
    }
  });

  it('tells a person with an unknown token what to do, and 404', async () => {
    const headers = { 'user-agent': 'Mozilla/5.0 (iPhone)', accept: 'text/html,*/*', 'accept-language': 'ru' };
    const replies = await Promise.all(
      ['unknown-token-00000', 'short'].map(async (token) => {
        const reply = await fetch(`${base}/sub/${token}`, { headers });
        return [reply.status, await reply.text()];
      }),
    );
    expect(replies[0]).toEqual([404, expect.stringContaining('Ссылка не работает')]);
    expect(replies[1]).toEqual(replies[0]);
  });

  it('knows no other word at the end of the path', async () => {
    const replies = await Promise.all(
      ['/sub/live-token-0000000/nonsense', '/sub/live-token-0000000/__proto__', '/sub/unknown-token-00000/clash'].map(async (path) => {
        const reply = await fetch(`${base}${path}`);
        return [reply.status, await reply.text()];
      }),
    );
    expect(replies).toEqual([
      [404, 'Not found'],
      [404, 'Not found'],
      [404, 'Not found'],
    ]);
  });

  it('tells who guesses tokens to stop, and goes on serving those that open something', async () => {
    const guarded = await serve(await cacheOf(fakeSource([live])), { limits: { perToken: 5, misses: 3 } });
    const ask = async (path: string): Promise<Response> => fetch(`${guarded.url}/sub/${path}`, { headers: { 'user-agent': 'Happ/3.1.0' } });
    await ask(live.token);
    const guesses = [];
    for (let turn = 0; turn < 5; turn += 1) guesses.push((await ask(`guess-number-0000${turn}`)).status);
    expect(guesses).toEqual([404, 404, 404, 429, 429]);
    const statuses = [];
    for (let turn = 0; turn < 5; turn += 1) statuses.push((await ask(live.token)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 429]);
    const refused = await ask(live.token);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await guarded.close();
  });
});
