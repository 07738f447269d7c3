import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { usualFeed } from '../../domain/app';
import type { Device } from '../../domain/device';
import type { FeedRecord } from '../../domain/feedRecord';
import { createApp } from '../app';
import { feedRoutes } from './feed';

const link = 'vless://a@h:1?encryption=none&security=none&type=tcp#1';
const live: FeedRecord = {
  status: 'live',
  language: 'ru',
  title: 'Ласточка VPN',
  endsAt: new Date('2027-01-02T03:04:05Z'),
  supportUrl: undefined,
  webPageUrl: 'https://shop.example/open/app/t',
  feedUrl: 'https://shop.example/sub/live-token-0000000',
  timeZone: 'UTC',
  trafficLimitBytes: 0,
  uploadBytes: 0,
  downloadBytes: 0,
  settings: usualFeed,
  links: [link],
  devices: { subscriptionId: 'sub_1', known: ['known-device-1'] },
};

describe('a download that names its device', () => {
  let server: Server;
  let url: string;
  let record: FeedRecord = live;
  let verdict: () => Promise<'registered' | 'full'>;
  let asked: (readonly [string, Device])[] = [];
  let warnings: string[] = [];
  beforeAll(async () => {
    const feed = feedRoutes({
      clock: { now: () => new Date('2026-12-01T00:00:00Z') },
      loadRecord: () => Promise.resolve(record),
      registerDevice: (subscriptionId, device) => {
        asked.push([subscriptionId, device]);
        return verdict();
      },
      log: { warn: (_fields, message) => warnings.push(message) },
    });
    const handle = createApp({ routers: [feed], log: { error: () => undefined } }).callback();
    server = createServer((request, response) => void handle(request, response));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sub/live-token-0000000`;
  });
  afterAll(() => new Promise((resolve) => void server.close(resolve)));
  beforeEach(() => {
    record = live;
    verdict = () => Promise.resolve('registered');
    asked = [];
    warnings = [];
  });

  async function download(headers: Readonly<Record<string, string>>, method = 'GET'): Promise<{ links: string; headers: Headers }> {
    const reply = await fetch(url, { headers: { 'user-agent': 'Happ/3.1.0', ...headers }, method });
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
    record = { ...live, status: 'lapsed' };
    await download({ 'x-hwid': 'new-device-1' });
    const { devices: _devices, ...unlimited } = live;
    record = unlimited;
    await download({ 'x-hwid': 'new-device-1' });
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
    expect(Object.fromEntries((await download({ 'x-hwid': 'new-device-1' }, 'HEAD')).headers)).toMatchObject(expected);
  });

  it('is served while nothing can be registered, and the log says so', async () => {
    verdict = () => Promise.reject(new Error('connect ECONNREFUSED'));
    expect((await download({ 'x-hwid': 'new-device-1' })).links).toBe(link);
    expect(warnings).toEqual(['a device could not be registered']);
  });
});
