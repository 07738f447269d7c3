import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { counts, orderByCard, post } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';
import { demoShop } from '../../sandbox/demoShop';

function sendRaw(url: string, body: Buffer, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const call = request(url, { method: 'POST', headers }, (reply) => {
      reply.resume();
      resolve(reply.statusCode ?? 0);
    });
    call.on('error', () => resolve(0));
    call.end(body);
  });
}

describe('webhooks that are not what they should be', () => {
  let shop: TestShop;
  let url: string;
  beforeAll(async () => {
    shop = await openTestShop();
    url = `${shop.apiUrl}/webhooks/yookassa`;
  });
  afterAll(() => shop.close());

  async function events(): Promise<number> {
    return (await shop.db('payment_events')).length;
  }

  it('malformed: 400, nothing stored', async () => {
    const before = await events();
    expect(await sendRaw(url, Buffer.from('{"type":"notif'), {})).toBe(400);
    expect(await sendRaw(url, Buffer.from('[]'), {})).toBe(400);
    expect(await post(url, { type: 'notification', event: 'payment.succeeded', object: {} })).toBe(400);
    expect(await events()).toBe(before);
  });

  it('larger than 256 kB: 413, whether its length is said or not', async () => {
    const large = Buffer.alloc(256 * 1024 + 1, 0x20);
    expect(await sendRaw(url, large, { 'content-length': String(large.length) })).toBe(413);
    expect(await sendRaw(url, large, { 'transfer-encoding': 'chunked' })).toBe(413);
  });

  it('compressed: refused, so that nothing unpacks it', async () => {
    expect(await sendRaw(url, Buffer.from('x'), { 'content-encoding': 'gzip' })).toBe(413);
  });

  it('for a provider that is not there: 404; by GET: 405', async () => {
    expect(await post(`${shop.apiUrl}/webhooks/nobody`)).toBe(404);
    expect((await fetch(url)).status).toBe(405);
  });

  it('forged, with a true form and a payment that was not made: the provider is asked, and nothing changes', async () => {
    const buyer = shop.buyer();
    const { paymentId } = await orderByCard(shop, buyer);
    const before = await counts(shop.db);
    const payment: { external_id: string } = await shop.db('payments').where({ id: paymentId }).first('external_id');
    const forged = {
      type: 'notification',
      event: 'payment.succeeded',
      object: { id: payment.external_id, status: 'succeeded', paid: true, amount: { value: '299.00', currency: 'RUB' } },
    };
    expect(await post(url, forged)).toBe(200);
    expect(
      await post(url, { ...forged, object: { id: '00000000-0000-4000-8000-000000000000', metadata: { payment_id: paymentId } } }),
    ).toBe(200);
    await until('the forged events are dealt with', async () => {
      const rows: readonly { applied_at: Date | null }[] = await shop.db('payment_events').where({ trusted: false });
      return rows.length === 2 && rows.every((row) => row.applied_at !== null);
    });
    expect(await counts(shop.db)).toEqual(before);
    const state: { state: string } = await shop.db('payments').where({ id: paymentId }).first('state');
    expect(state.state).toBe('pending');
  });

  it('answers 503 and nothing else while Postgres cannot store them', async () => {
    await shop.db.raw('alter table payment_events rename to payment_events_away');
    try {
      expect(await post(url, { type: 'notification', event: 'payment.succeeded', object: { id: 'a' } })).toBe(503);
    } finally {
      await shop.db.raw('alter table payment_events_away rename to payment_events');
    }
  });
});

describe('a shop that takes real money', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: demoShop.replace('mode: test', 'mode: live'), yookassaTest: true });
  });
  afterAll(() => shop.close());

  it('gives nothing for a test payment', async () => {
    const buyer = shop.buyer();
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await until('the event is dealt with', async () => {
      const row: unknown = await shop.db('payment_events').where({ trusted: true, type: 'paid' }).whereNotNull('applied_at').first('id');
      return row !== undefined;
    });
    expect(await counts(shop.db)).toMatchObject({ charges: 0, grants: 0, subscriptions: 0, transactions: 0 });
  });
});

describe('a webhook from an address that is not the provider’s', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: demoShop.replace('    ipRanges: [127.0.0.1]\n', '') });
  });
  afterAll(() => shop.close());

  it('is refused with 403, loopback included, and stores nothing', async () => {
    const body = { type: 'notification', event: 'payment.succeeded', object: { id: 'a' } };
    expect(await post(`${shop.apiUrl}/webhooks/yookassa`, body)).toBe(403);
    expect(await post(`${shop.apiUrl}/webhooks/yookassa`, body, { 'x-forwarded-for': '185.71.76.1' })).toBe(403);
    expect(await shop.db('payment_events')).toHaveLength(0);
  });
});
