import { beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../clock';
import { ShopError } from '../../errors';
import { HttpFailure, type HttpClient, type HttpReply, type HttpRequest } from '../../http';
import type { CreateInvoiceInput, RawWebhook } from '../provider';
import { createYookassa } from './provider';
import { yookassaSettings } from './settings';

const created = {
  id: '2e1f6d4c-000f-5000-8000-1a2b3c4d5e6f',
  status: 'pending',
  amount: { value: '299.00', currency: 'RUB' },
  confirmation: { confirmation_url: 'https://yoomoney.ru/pay/1' },
};

function fakeHttp(answers: readonly (Partial<HttpReply> | Error)[]): HttpClient & { readonly calls: HttpRequest[] } {
  const calls: HttpRequest[] = [];
  return {
    calls,
    close: () => Promise.resolve(),
    send(request) {
      const answer = answers[Math.min(calls.length, answers.length - 1)] ?? {};
      calls.push(request);
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve({ status: 200, headers: {}, text: '', ...answer });
    },
  };
}

const settings = yookassaSettings.parse({ shopId: '100500', secretKey: 'test_secret_key_abc', mode: 'live' });

function input(changes: Partial<CreateInvoiceInput> = {}): CreateInvoiceInput {
  return {
    paymentId: 'pay_1',
    attempt: 1,
    price: { minor: 29_900, currency: 'RUB' },
    description: '1 month',
    language: 'en',
    userId: 42,
    expiresAt: new Date(),
    returnUrl: 'https://t.me/shop_bot',
    ...changes,
  };
}

function webhook(changes: Partial<RawWebhook> = {}): RawWebhook {
  const body = { type: 'notification', event: 'payment.succeeded', object: { id: created.id, metadata: { payment_id: 'pay_1' } } };
  return {
    method: 'POST',
    slot: undefined,
    query: '',
    headers: {},
    body: Buffer.from(JSON.stringify(body)),
    remoteIp: '185.71.76.1',
    receivedAt: new Date(),
    ...changes,
  };
}

describe('YooKassa, creating', () => {
  it.each([
    [29_900, '299.00'],
    [29_950, '299.50'],
    [1, '0.01'],
    [10_000_000, '100000.00'],
  ])('1: asks for %d kopecks as "%s", with one key per attempt and the documented form', async (minor, value) => {
    const http = fakeHttp([{ text: JSON.stringify(created) }]);
    await createYookassa(settings, { http, clock: systemClock }).createInvoice(input({ price: { minor, currency: 'RUB' }, attempt: 2 }));
    const call = http.calls[0];
    expect(call).toMatchObject({ method: 'POST', url: 'https://api.yookassa.ru/v3/payments' });
    // Vector YK-1: user name and password of HTTP Basic.
    expect(call?.headers).toMatchObject({ authorization: 'Basic MTAwNTAwOnRlc3Rfc2VjcmV0X2tleV9hYmM=', 'idempotence-key': 'pay_1-2' });
    expect(JSON.parse(call?.body ?? '')).toEqual({
      amount: { value, currency: 'RUB' },
      capture: true,
      confirmation: { type: 'redirect', return_url: 'https://t.me/shop_bot' },
      description: '1 month',
      metadata: { payment_id: 'pay_1' },
      merchant_customer_id: '42',
    });
  });

  it('sends a receipt whose lines add up to the amount', async () => {
    const http = fakeHttp([{ text: JSON.stringify(created) }]);
    const withReceipt = {
      ...settings,
      receipt: { email: 'cash@shop.example', vatCode: 1, paymentSubject: 'service', paymentMode: 'full_payment' },
    };
    await createYookassa(withReceipt, { http, clock: systemClock }).createInvoice(input());
    expect(JSON.parse(http.calls[0]?.body ?? '')).toMatchObject({
      receipt: {
        customer: { email: 'cash@shop.example' },
        items: [{ quantity: 1, amount: { value: '299.00', currency: 'RUB' }, vat_code: 1 }],
      },
    });
  });

  it.each([
    ['ProviderUnavailable', new HttpFailure('not-sent', 'ECONNREFUSED')],
    ['ProviderUnknownOutcome', new HttpFailure('unknown', 'timeout')],
    ['ProviderMisconfigured', { status: 401 }],
    ['ProviderUnavailable', { status: 429, headers: { 'retry-after': '7' } }],
    ['ProviderRejected', { status: 400, text: '{"code":"invalid_request","description":"canary","parameter":"amount"}' }],
    ['ProviderUnknownOutcome', { status: 500, text: 'canary' }],
    ['ProviderContract', { status: 200, text: '<html>canary</html>' }],
    ['ProviderContract', { status: 200, text: '{"id":1,"canary":2}' }],
  ] as const)('1: fails with %s, and never tells what the answer held', async (code, answer) => {
    const provider = createYookassa(settings, { http: fakeHttp([answer]), clock: systemClock });
    const error: unknown = await provider.createInvoice(input()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ShopError);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain('canary');
    if (code === 'ProviderUnavailable' && 'headers' in answer) expect(error).toMatchObject({ retryAfterMs: 7_000 });
  });
});

describe('YooKassa, webhooks', () => {
  const http = fakeHttp([{}]);
  const provider = createYookassa(settings, { http, clock: systemClock });

  it.each([
    '185.71.76.0',
    '185.71.76.31',
    '185.71.77.31',
    '77.75.153.127',
    '77.75.154.128',
    '77.75.154.255',
    '77.75.156.11',
    '77.75.156.35',
    '2a02:5180::1',
    '::ffff:77.75.156.11',
  ])('YK-2: takes one from %s, as a wake-up that proves nothing', (remoteIp) => {
    const result = provider.verifyWebhook(webhook({ remoteIp }));
    expect(result).toMatchObject({
      kind: 'events',
      ack: { status: 200 },
      events: [{ type: 'wake_up', trusted: false, ref: { externalId: created.id, paymentId: 'pay_1' } }],
    });
  });

  it.each(['185.71.76.32', '77.75.153.128', '77.75.154.127', '77.75.156.12', '2001:db8::1', '8.8.8.8', '127.0.0.1', 'not-an-ip', ''])(
    'YK-2, 17: refuses one from "%s" without asking anybody',
    (remoteIp) => {
      expect(provider.verifyWebhook(webhook({ remoteIp }))).toMatchObject({
        kind: 'rejected',
        why: 'auth',
        ack: { status: 403, body: '' },
      });
      expect(http.calls).toHaveLength(0);
    },
  );

  it.each(['', '{', '[]', 'null', '{"type":"notification"}', '{"type":"other","event":"payment.succeeded","object":{"id":"1"}}'])(
    'refuses the body %s',
    (body) => {
      expect(provider.verifyWebhook(webhook({ body: Buffer.from(body) }))).toMatchObject({
        kind: 'rejected',
        why: 'malformed',
        ack: { status: 400 },
      });
    },
  );

  it('reads the payment of a refund, and ignores what is about no payment', () => {
    const refund = { type: 'notification', event: 'refund.succeeded', object: { id: 'r1', payment_id: 'p1' } };
    expect(provider.verifyWebhook(webhook({ body: Buffer.from(JSON.stringify(refund)) }))).toMatchObject({
      events: [{ ref: { externalId: 'p1' } }],
    });
    const payout = { type: 'notification', event: 'payout.succeeded', object: { id: 'x' } };
    expect(provider.verifyWebhook(webhook({ body: Buffer.from(JSON.stringify(payout)) })).kind).toBe('ignored');
  });
});

describe('YooKassa, asking', () => {
  let answer: Record<string, unknown>;
  beforeEach(() => {
    answer = { ...created, metadata: { payment_id: 'pay_1' } };
  });

  async function eventsFor(changes: Record<string, unknown>, mode: 'live' | 'test' = 'live'): Promise<unknown> {
    const http = fakeHttp([{ text: JSON.stringify({ ...answer, ...changes }) }]);
    return createYookassa({ ...settings, mode }, { http, clock: systemClock }).fetchStatus({
      paymentId: 'pay_1',
      externalId: created.id,
      createdAt: new Date(),
    });
  }

  it.each([
    ['pending', {}, 'pending'],
    ['waiting_for_capture', {}, 'pending'],
    ['succeeded', {}, 'paid'],
    ['canceled', { cancellation_details: { party: 'yoo_money', reason: 'expired_on_confirmation' } }, 'expired'],
    ['canceled', { cancellation_details: { party: 'merchant', reason: 'canceled_by_merchant' } }, 'cancelled'],
    ['canceled', { cancellation_details: { party: 'payment_network', reason: 'insufficient_funds' } }, 'failed'],
    ['a_new_word', {}, 'pending'],
  ])('3: reads the status %s', async (status, details, type) => {
    expect(await eventsFor({ status, ...details })).toMatchObject([{ type, trusted: true }]);
  });

  it('17: believes the amount, the metadata and the status of the answer alone', async () => {
    expect(await eventsFor({ status: 'succeeded', amount: { value: '298.99', currency: 'RUB' } })).toMatchObject([
      { type: 'paid', chargeId: created.id, received: { minor: 29_899, currency: 'RUB' }, ref: { paymentId: 'pay_1' } },
    ]);
  });

  it('6: marks test money on a live shop, and takes it on a test shop', async () => {
    expect(await eventsFor({ status: 'succeeded', test: true })).toMatchObject([{ live: false }]);
    expect(await eventsFor({ status: 'succeeded', test: true }, 'test')).toMatchObject([{ live: true }]);
  });

  it('tells of a refund beside the payment', async () => {
    const events = await eventsFor({ status: 'succeeded', refunded_amount: { value: '100.00', currency: 'RUB' } });
    expect(events).toMatchObject([{ type: 'paid' }, { type: 'refunded', refundedTotal: { minor: 10_000, currency: 'RUB' } }]);
  });

  it('16: finds a payment whose answer got lost by the id in its metadata, over several pages', async () => {
    const http = fakeHttp([
      { text: JSON.stringify({ items: [{ ...created, id: 'other' }], next_cursor: 'c2' }) },
      { text: JSON.stringify({ items: [{ ...created, status: 'succeeded', metadata: { payment_id: 'pay_1' } }] }) },
    ]);
    const provider = createYookassa(settings, { http, clock: systemClock });
    const events = await provider.fetchStatus({ paymentId: 'pay_1', externalId: undefined, createdAt: new Date('2026-01-01T00:01:00Z') });
    expect(events).toMatchObject([{ type: 'paid', ref: { externalId: created.id } }]);
    expect(http.calls[0]?.url).toContain('created_at.gte=2026-01-01T00%3A00%3A00.000Z');
    expect(http.calls[1]?.url).toContain('cursor=c2');
  });

  it('says nothing of a payment the provider does not know', async () => {
    const http = fakeHttp([{ status: 404 }]);
    expect(
      await createYookassa(settings, { http, clock: systemClock }).fetchStatus({ paymentId: 'p', externalId: 'x', createdAt: new Date() }),
    ).toEqual([]);
  });
});
