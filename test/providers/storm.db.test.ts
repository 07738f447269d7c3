import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from '../../src/api/app';
import { paymentWebhookRoutes } from '../../src/api/routes/paymentWebhooks';
import { addressList } from '../../src/addresses';
import { systemClock } from '../../src/clock';
import { applyRetention } from '../../src/db/retention';
import type { PaymentEvent } from '../../src/domain/payment';
import { storeEvents, storeUnreadable } from '../../src/inbox/paymentEvents';
import type { WebhookResult } from '../../src/payments/provider';
import { createTestDatabase, type TestDatabase } from '../support/stack';
import { providerWith } from './bench';

const storm = 200;
const keptPerDay = 50;
const dayMs = 86_400_000;

describe('a storm of messages', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  async function unreadable(now: Date, from: number): Promise<void> {
    const clock = { ...systemClock, now: () => now };
    for (let index = from; index < from + storm; index += 1) {
      const evidence = { digest: `digest-${index}`, sealed: 'sealed', why: 'no event' };
      await storeUnreadable({ db: database.db, clock }, 'stripe', evidence);
    }
  }

  it('E9: that are authentic and unreadable leaves a few bodies a day and one alert, which counts them', async () => {
    const today = new Date();
    await unreadable(today, 0);
    expect(await database.db('payment_events').where({ result: 'unreadable' })).toHaveLength(keptPerDay);
    const alerts: readonly object[] = await database.db('alerts').select('key', 'count');
    expect(alerts).toEqual([{ key: 'provider-format:stripe', count: storm }]);
    await unreadable(new Date(today.getTime() + dayMs + 1_000), storm);
    expect(await database.db('payment_events').where({ result: 'unreadable' })).toHaveLength(2 * keptPerDay);
    await applyRetention(database.db, new Date(today.getTime() + 91 * dayMs - dayMs / 2));
    expect(await database.db('payment_events').where({ result: 'unreadable' })).toHaveLength(keptPerDay);
  });

  it('E10: with ever new status words raises one alert per word, until they are too many to be words', async () => {
    const event = (index: number): PaymentEvent => ({
      provider: 'cryptopay',
      type: 'pending',
      trusted: true,
      dedupeKey: `word${index}:1`,
      ref: {},
      live: true,
      detail: `word${index}`,
      alarm: 'unknown_word',
    });
    for (let index = 0; index < storm; index += 1) await storeEvents({ db: database.db, clock: systemClock }, [event(index)]);
    const alerts: readonly { key: string; count: number }[] = await database
      .db('alerts')
      .whereRaw('starts_with(key, ?)', ['provider-word:cryptopay:'])
      .select('key', 'count');
    expect(alerts).toHaveLength(21);
    expect(alerts.find((alert) => alert.key === 'provider-word:cryptopay:more')?.count).toBe(storm - 20);
  });
});

describe('the route', () => {
  const lines: { level: string; fields: Record<string, unknown> }[] = [];
  let now = new Date();
  let result: WebhookResult | Error;
  let kept = 0;
  let server: Server;
  let url = '';
  beforeAll(async () => {
    const note = (level: string) => (fields: object) => void lines.push({ level, fields: { ...fields } });
    const { provider } = providerWith('stripe', { secretKey: 'k', webhookSecret: 'whsec_1', mode: 'live' });
    const verifyWebhook = (): WebhookResult => {
      if (result instanceof Error) throw result;
      return result;
    };
    const routes = paymentWebhookRoutes({
      provider: () => Promise.resolve({ ...provider, verifyWebhook }),
      store: () => Promise.resolve({ tell: () => Promise.resolve() }),
      keepUnreadable: () => {
        kept += 1;
        return Promise.resolve();
      },
      judge: () => Promise.resolve('ok'),
      trustedProxies: addressList([]),
      clock: { ...systemClock, now: () => now },
      log: { warn: note('warn'), error: note('error') },
    });
    const handle = createApp({ routers: [routes], log: { error: note('error') } }).callback();
    server = createServer((request, response) => void handle(request, response));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    // A listening TCP server has an AddressInfo.
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/stripe`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  });

  const send = async (): Promise<number> => (await fetch(url, { method: 'POST', body: '{}' })).status;

  it('E8: logs what it refuses a few times a minute, then how much it left out', async () => {
    result = { kind: 'rejected', why: 'auth', ack: { status: 403, body: '', contentType: 'text/plain' } };
    for (let index = 0; index < 30; index += 1) expect(await send()).toBe(403);
    expect(lines).toHaveLength(5);
    now = new Date(now.getTime() + 61_000);
    await send();
    expect(lines.at(-1)?.fields).toMatchObject({ leftOut: 25, verdict: 'rejected' });
  });

  it('answers 400 to a message that cannot even be judged, and says so in the log', async () => {
    result = new RangeError('too deep');
    lines.length = 0;
    expect(await send()).toBe(400);
    expect(lines.map((line) => line.level)).toContain('error');
  });

  it.each([
    ['a text that cannot be kept', { dedupeKey: 'paid:\u0000' }],
    ['half a character', { detail: '\ud800' }],
    ['an endless id', { chargeId: 'x'.repeat(301) }],
    ['money that is less than nothing', { received: { minor: -1, currency: 'RUB' } }],
    ['money that is no whole number', { asked: { minor: 0.5, currency: 'RUB' } }],
  ])('E9: keeps an authentic message with %s for the operator, and believes nothing of it', async (_what, changes) => {
    const event: PaymentEvent = { provider: 'stripe', type: 'paid', trusted: true, dedupeKey: 'paid:1', ref: {}, live: true, ...changes };
    const ack = { status: 200, body: '', contentType: 'text/plain' };
    kept = 0;
    result = { kind: 'events', events: [event], ack };
    expect(await send()).toBe(400);
    expect(kept).toBe(1);
    result = { kind: 'events', events: [{ ...event, trusted: false }], ack };
    expect(await send()).toBe(400);
    expect(kept).toBe(1);
  });
});
