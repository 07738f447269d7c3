import { describe, expect, it } from '@jest/globals';
import { HttpFailure } from '../../src/http';
import { exponentOf } from '../../src/domain/money';
import type { WebhookResult } from '../../src/payments/provider';
import { tables } from '../vectors/index';
import type { Message, VectorTable } from '../vectors/table';
import { invoiceInput, now, providerWith, webhookOf } from './bench';

function verdictOn(table: VectorTable, message: Message, settings: object = table.settings): WebhookResult {
  return providerWith(table.code, settings).provider.verifyWebhook(webhookOf(message));
}

/** Whether a message had any effect that is believed. */
function isBelieved(result: WebhookResult): boolean {
  return result.kind === 'question' || (result.kind === 'events' && result.events.some((event) => event.trusted));
}

const signed = tables.filter((table) => table.otherKey !== undefined && table.good.length > 0);
const sealed = tables.filter((table) => table.bodyProof !== 'none');
const creating = tables.flatMap((table) => (table.create === undefined ? [] : [{ table, create: table.create }]));
const asking = tables.flatMap((table) => (table.statuses === undefined ? [] : [{ table, statuses: table.statuses }]));

describe.each(tables)('webhook of $code', (table) => {
  it('2: takes every good message of its table', () => {
    for (const { message, events } of table.good) {
      const result = verdictOn(table, message);
      expect(result).toMatchObject({ kind: 'events', events });
      expect('ack' in result && result.ack.status).toBe(200);
    }
    expect(table.good.length > 0).toBe(providerWith(table.code, table.settings).provider.capabilities.webhookProof !== 'none');
  });

  it.each([...table.bad, { name: 'an empty body without proof', message: { body: '' }, verdict: undefined }])(
    '2: $name has no effect',
    ({ message, verdict }) => {
      const result = verdictOn(table, message);
      expect(isBelieved(result)).toBe(false);
      if (verdict !== undefined) expect(result.kind).toBe(verdict);
    },
  );

  it('2: a body that is not UTF-8, or far too deep, has no effect', () => {
    const { provider } = providerWith(table.code, table.settings);
    for (const body of [
      Buffer.from([0xff, 0xfe, 0x7b]),
      Buffer.from('['.repeat(100_000)),
      Buffer.from('{"__proto__":{"status":"paid"}}'),
    ]) {
      const result = provider.verifyWebhook({ ...webhookOf({ body: '' }), body });
      expect(isBelieved(result)).toBe(false);
    }
  });
});

describe.each(signed)('proof of $code', (table) => {
  it.each(table.good)('2: $name is refused under the key of another merchant', ({ message }) => {
    expect(verdictOn(table, message, { ...table.settings, ...table.otherKey }).kind).toBe('rejected');
  });

  it.each(table.good)('2: $name is refused without a header of its proof, with it twice, and with it empty', ({ message }) => {
    for (const name of table.proofHeaders) {
      const lower = Object.fromEntries(Object.entries(message.headers ?? {}).map(([key, value]) => [key.toLowerCase(), value]));
      const given = lower[name];
      expect(given).toBeDefined();
      const { [name]: _, ...others } = lower;
      const value = String(given);
      for (const headers of [
        others,
        { ...others, [name]: [value, value] },
        { ...others, [name]: '' },
        { ...others, [name]: `${value} ` },
      ]) {
        expect(verdictOn(table, { ...message, headers })).toMatchObject({ kind: 'rejected', why: 'auth' });
      }
    }
  });
});

describe.each(sealed)('signed body of $code', (table) => {
  it.each(table.good)('2: $name is refused with any byte changed, and, where the raw body is signed, when written anew', ({ message }) => {
    const { provider } = providerWith(table.code, table.settings);
    const webhook = webhookOf(message);
    for (let index = 0; index < webhook.body.length; index += 1) {
      const body = Buffer.from(webhook.body);
      body.writeUInt8((body[index] ?? 0) ^ 1, index);
      expect(isBelieved(provider.verifyWebhook({ ...webhook, body }))).toBe(false);
    }
    const again = provider.verifyWebhook({ ...webhook, body: Buffer.from(`${message.body} `) });
    if (table.bodyProof === 'raw') expect(again.kind).toBe('rejected');
  });
});

describe.each(creating)('making an invoice at $table.code', ({ table, create }) => {
  const scale = 10 ** exponentOf(create.currency);
  const price = (units: number): { minor: number; currency: string } => ({ minor: Math.round(units * scale), currency: create.currency });

  it('1: sends the documented request', async () => {
    const { provider, calls } = providerWith(table.code, table.settings, [create.reply]);
    await provider.createInvoice(invoiceInput({ price: price(299) }));
    const call = calls[0];
    expect(call).toMatchObject({ method: create.request.method, url: create.request.url });
    expect(call?.headers).toMatchObject(create.request.headers);
    const body = call?.body ?? '';
    expect(body.startsWith('{') ? JSON.parse(body) : body).toEqual(create.request.body);
  });

  it.each([299, 299.5, 0.01, 100_000].map((units, index) => ({ units, text: create.amounts[index] })))(
    '1: writes $units as "$text"',
    async ({ units, text }) => {
      const { provider, calls } = providerWith(table.code, table.settings, [create.reply]);
      await provider.createInvoice(invoiceInput({ price: price(units) })).catch(() => undefined);
      const call = calls[0];
      expect(call === undefined ? undefined : create.amountIn(call)).toBe(text);
    },
  );

  it('1: makes a repeat the same call and another attempt another', async () => {
    const { keyIn } = create;
    const { provider, calls } = providerWith(table.code, table.settings, [create.reply]);
    for (const attempt of [1, 1, 2])
      await provider.createInvoice(invoiceInput({ attempt, price: price(299), paymentId: `pay_${attempt}` }));
    const keys = keyIn === undefined ? ['none', 'none', 'other'] : calls.map(keyIn);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).not.toBe(keys[0]);
    expect(keyIn === undefined).toBe(provider.capabilities.createIdempotent === 'none');
  });

  it('1: sends the very same request when a call with a key is repeated later', async () => {
    const { provider, calls } = providerWith(table.code, table.settings, [create.reply]);
    for (const seconds of [0, 20])
      await provider.createInvoice(invoiceInput({ price: price(299), now: new Date(now.getTime() + seconds * 1_000) }));
    const isSame = provider.capabilities.createIdempotent === 'key';
    if (isSame) expect(calls[1]).toEqual(calls[0]);
    expect(calls).toHaveLength(2);
  });

  it.each([
    { what: 'no answer', answer: new HttpFailure('unknown', 'timeout'), code: 'ProviderUnknownOutcome' },
    { what: 'no connection', answer: new HttpFailure('not-sent', 'refused'), code: 'ProviderUnavailable' },
    { what: '401', answer: { status: 401, text: '{}' }, code: 'ProviderMisconfigured' },
    { what: '429', answer: { status: 429, headers: { 'retry-after': '7' }, text: '{}' }, code: 'ProviderUnavailable' },
    { what: '500', answer: { status: 500, text: '' }, code: 'ProviderUnknownOutcome' },
    { what: '400', answer: { status: 400, text: '{}' }, code: 'ProviderRejected' },
    { what: 'a page of a proxy', answer: { status: 200, text: '<html>' }, code: 'ProviderContract' },
  ])('1: $what is $code', async ({ answer, code }) => {
    const { provider } = providerWith(table.code, table.settings, [answer]);
    await expect(provider.createInvoice(invoiceInput({ price: price(299) }))).rejects.toMatchObject({
      code,
      ...('headers' in answer ? { retryAfterMs: 7_000 } : {}),
    });
  });
});

describe.each(asking)('asking $table.code', ({ table, statuses }) => {
  const ref = {
    paymentId: 'pay_1',
    externalId: 'ext-1',
    asked: { minor: 29_900, currency: 'RUB' },
    createdAt: new Date('2025-12-31T23:59:00.000Z'),
  };

  it.each(Object.entries(statuses.words))('3: "%s" is %s', async (word, type) => {
    const { provider } = providerWith(table.code, table.settings, [statuses.reply(word)]);
    const events = await provider.fetchStatus(ref);
    expect(events[0]).toMatchObject({ type, trusted: true });
    expect(events[0]?.alarm).toBeUndefined();
  });

  it('3: a word nobody knows stays pending and is told to the operators', async () => {
    const { provider } = providerWith(table.code, table.settings, [statuses.reply('half_paid_maybe')]);
    expect((await provider.fetchStatus(ref))[0]).toMatchObject({ type: 'pending', alarm: 'unknown_word' });
  });

  it('6: money of a test does not count on a live shop', async () => {
    const { testReply } = statuses;
    const { provider } = providerWith(table.code, table.settings, [testReply ?? statuses.reply('none')]);
    const [event] = await provider.fetchStatus(ref);
    expect(event?.live).toBe(testReply === undefined);
  });
});
