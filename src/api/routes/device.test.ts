import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { cacheOf, fakeSource, feedRow, feedShop, serve, type FeedServer } from '../../../test/support/feeds';
import { usualFeed } from '../../domain/app';
import type { Device } from '../../domain/device';
import type { FeedRow } from '../../domain/feedRow';

const link = 'vless://a@h:1?encryption=none&security=none&type=tcp#1';
const live = feedRow({ deviceLimit: 1, hwids: ['known-device-1'] });

describe('a download that names its device', () => {
  let server: FeedServer;
  let verdict: () => Promise<'registered' | 'full'>;
  let asked: (readonly [string, Device])[] = [];
  let warnings: string[] = [];
  const rows: readonly FeedRow[] = [
    live,
    { ...live, no: 2, token: 'lapsed-token-00000', endsAt: new Date(0) },
    { ...live, no: 3, token: 'unlimited-token-00', deviceLimit: undefined, hwids: [] },
  ];
  const source = fakeSource(rows);
  beforeAll(async () => {
    server = await serve(await cacheOf(source), {
      registerDevice: (subscriptionId, device) => {
        asked.push([subscriptionId, device]);
        return verdict();
      },
      log: { warn: (_fields, message) => warnings.push(message) },
    });
  });
  afterAll(() => server.close());
  beforeEach(() => {
    verdict = () => Promise.resolve('registered');
    asked = [];
    warnings = [];
  });

  async function download(
    headers: Readonly<Record<string, string>>,
    { method = 'GET', token = live.token } = {},
  ): Promise<{ links: string; headers: Headers }> {
    const reply = await fetch(`${server.url}/sub/${token}`, { headers: { 'user-agent': 'Happ/3.1.0', ...headers }, method });
    expect(reply.status).toBe(200);
    return { links: decodeURIComponent(Buffer.from(await reply.text(), 'base64').toString('utf8')), headers: reply.headers };
  }

  it('is registered with what its app tells, and served', async () => {
    const model = Buffer.from('Телефон \u0085 Ани', 'utf8').toString('latin1');
    const { links, headers } = await download({
      'x-hwid': 'new-device-1',
      'x-device-os': 'iOS',
      'x-ver-os': '18.5',
      'x-device-model': model,
    });
    expect(links).toBe(link);
    expect(headers.get('x-hwid-limit')).toBeNull();
    expect(asked).toEqual([['sub_1', { hwid: 'new-device-1', os: 'iOS', osVersion: '18.5', model: 'Телефон   Ани' }]]);
  });

  it('costs nothing where the device is known, the subscription has no limit or serves nothing, or no device is named', async () => {
    await download({ 'x-hwid': 'known-device-1' });
    for (const hwid of ['short', 'x'.repeat(65), "a'; drop table devices"]) expect((await download({ 'x-hwid': hwid })).links).toBe(link);
    expect((await download({})).links).toBe(link);
    for (const token of ['lapsed-token-00000', 'unlimited-token-00']) await download({ 'x-hwid': 'new-device-1' }, { token });
    expect(asked).toEqual([]);
  });

  it('over the limit gets one entry that explains, and the headers that apps read, by HEAD too', async () => {
    verdict = () => Promise.resolve('full');
    const expected = { 'x-hwid-active': 'true', 'x-hwid-max-devices-reached': 'true', 'x-hwid-limit': 'true' };
    const get = await download({ 'x-hwid': 'new-device-1' });
    expect(Object.fromEntries(get.headers)).toMatchObject(expected);
    expect(get.links).toMatch(/^vless:[^\n]*@127\.0\.0\.1:1\?[^\n]*Слишком много устройств[^\n]*$/);
    expect(Buffer.from((get.headers.get('announce') ?? '').replace('base64:', ''), 'base64').toString()).toContain(
      'Слишком много устройств',
    );
    expect(Object.fromEntries((await download({ 'x-hwid': 'new-device-1' }, { method: 'HEAD' })).headers)).toMatchObject(expected);
  });

  it('is served while nothing can be registered, and the log says so', async () => {
    verdict = () => Promise.reject(new Error('connect ECONNREFUSED'));
    expect((await download({ 'x-hwid': 'new-device-1' })).links).toBe(link);
    expect(warnings).toEqual(['a device could not be registered']);
  });

  it('without a name gets no servers where the shop wants one, with the headers that say so', async () => {
    const strict = await serve(await cacheOf(fakeSource(rows, feedShop({ feed: { ...usualFeed, requireDevice: true } }))));
    const reply = await fetch(`${strict.url}/sub/${live.token}`, { headers: { 'user-agent': 'Happ/3.1.0' } });
    const body = decodeURIComponent(Buffer.from(await reply.text(), 'base64').toString('utf8'));
    const unlimited = await fetch(`${strict.url}/sub/unlimited-token-00`, { headers: { 'user-agent': 'Happ/3.1.0' } });
    await strict.close();
    expect(Object.fromEntries(reply.headers)).toMatchObject({ 'x-hwid-active': 'true', 'x-hwid-not-supported': 'true' });
    expect(body).toContain('не сообщает устройство');
    expect(Buffer.from(await unlimited.text(), 'base64').toString('utf8')).toBe(link);
  });
});
