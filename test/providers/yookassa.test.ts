import { beforeEach, describe, expect, it } from '@jest/globals';
import { ShopError } from '../../src/errors';
import type { HttpReply } from '../../src/http';
import type { PaymentProvider, RawWebhook } from '../../src/payments/provider';
import { invoiceInput, now, providerWith, webhookOf } from './bench';

const created = {
  id: '2e1f6d4c-000f-5000-8000-1a2b3c4d5e6f',
  status: 'pending',
  amount: { value: '299.00', currency: 'RUB' },
  confirmation: { confirmation_url: 'https://yoomoney.ru/pay/1' },
};
const settings = { shopId: '100500', secretKey: 'test_secret_key_abc', mode: 'live' };
const asked = { minor: 29_900, currency: 'RUB' };

function yookassa(answers: readonly Partial<HttpReply>[], changes: object = {}): PaymentProvider {
  return providerWith('yookassa', { ...settings, ...changes }, answers).provider;
}

function webhook(changes: Partial<RawWebhook> = {}): RawWebhook {
  const body = { type: 'notification', event: 'payment.succeeded', object: { id: created.id, metadata: { payment_id: 'pay_1' } } };
  return { ...webhookOf({ body: JSON.stringify(body), remoteIp: '185.71.76.1' }), ...changes };
}

describe('YooKassa, creating', () => {
  it('sends a receipt whose lines add up to the amount, to the buyer or else to the shop', async () => {
    const receipt = { email: 'cash@shop.example', vatCode: 1 };
    const { provider, calls } = providerWith('yookassa', { ...settings, receipt }, [{ text: JSON.stringify(created) }]);
    await provider.createInvoice(invoiceInput());
    await provider.createInvoice(invoiceInput({ email: 'buyer@mail.example' }));
    const [first, second] = calls.map((call) => JSON.parse(call.body ?? '').receipt);
    expect(first).toMatchObject({
      customer: { email: 'cash@shop.example' },
      items: [{ quantity: 1, amount: { value: '299.00', currency: 'RUB' }, vat_code: 1 }],
    });
    expect(second).toMatchObject({ customer: { email: 'buyer@mail.example' } });
    expect(yookassa([], { receipt: { vatCode: 1 } }).capabilities.needsReceiptContact).toBe(true);
    expect(provider.capabilities.needsReceiptContact).toBe(false);
  });

  it('offers the Faster Payments System as a choice of its own', async () => {
    const { provider, calls } = providerWith('yookassa', { ...settings, sbp: true }, [{ text: JSON.stringify(created) }]);
    await provider.createInvoice(invoiceInput({ choice: 'sbp' }));
    expect(provider.capabilities.choices).toEqual(['sbp']);
    expect(JSON.parse(calls[0]?.body ?? '')).toMatchObject({ payment_method_data: { type: 'sbp' } });
  });

  it('never tells what an answer held', async () => {
    for (const answer of [
      { status: 400, text: '{"description":"canary"}' },
      { status: 500, text: 'canary' },
      { text: '{"id":1,"canary":2}' },
    ]) {
      const error: unknown = await yookassa([answer])
        .createInvoice(invoiceInput())
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ShopError);
      expect(String(error)).not.toContain('canary');
    }
  });

  it('keeps a card only where the buyer agreed, and charges it again without a page', async () => {
    const saved = {
      ...created,
      status: 'succeeded',
      payment_method: { id: 'pm1', type: 'bank_card', saved: true, title: 'Bank card *4444' },
    };
    const { provider, calls } = providerWith('yookassa', { ...settings, saveMethods: true }, [
      { text: JSON.stringify(created) },
      { text: JSON.stringify(saved) },
    ]);
    await provider.createInvoice(invoiceInput({ saveMethod: true }));
    expect(JSON.parse(calls[0]?.body ?? '')).toMatchObject({ save_payment_method: true });
    const events = await provider.chargeSaved?.({ ...invoiceInput(), methodId: 'pm1' });
    expect(JSON.parse(calls[1]?.body ?? '')).toMatchObject({ payment_method_id: 'pm1', capture: true });
    expect(JSON.parse(calls[1]?.body ?? '').confirmation).toBeUndefined();
    expect(events).toMatchObject([{ type: 'paid' }, { type: 'method_saved', savedMethod: { id: 'pm1', title: 'Bank card *4444' } }]);
  });
});

describe('YooKassa, webhooks', () => {
  const { provider, calls } = providerWith('yookassa', settings, [{}]);

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
      expect(calls).toHaveLength(0);
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
    return yookassa([{ text: JSON.stringify({ ...answer, ...changes }) }], { mode }).fetchStatus({
      paymentId: 'pay_1',
      externalId: created.id,
      asked,
      createdAt: now,
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
    const { provider, calls } = providerWith('yookassa', settings, [
      { text: JSON.stringify({ items: [{ ...created, id: 'other' }], next_cursor: 'c2' }) },
      { text: JSON.stringify({ items: [{ ...created, status: 'succeeded', metadata: { payment_id: 'pay_1' } }] }) },
    ]);
    const events = await provider.fetchStatus({
      paymentId: 'pay_1',
      externalId: undefined,
      asked,
      createdAt: new Date('2026-01-01T00:01:00Z'),
    });
    expect(events).toMatchObject([{ type: 'paid', ref: { externalId: created.id } }]);
    expect(calls[0]?.url).toContain('created_at.gte=2026-01-01T00%3A00%3A00.000Z');
    expect(calls[1]?.url).toContain('cursor=c2');
  });

  it('says nothing of a payment the provider does not know', async () => {
    expect(await yookassa([{ status: 404 }]).fetchStatus({ paymentId: 'p', externalId: 'x', asked, createdAt: now })).toEqual([]);
  });
});
