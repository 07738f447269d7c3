import { describe, expect, it } from '@jest/globals';
import type { WebhookResult } from '../../src/payments/provider';
import { tables } from '../vectors/index';
import type { Message, Sending, VectorTable } from '../vectors/table';
import { now, providerWith, webhookOf } from './bench';

interface Case {
  readonly code: string;
  readonly table: VectorTable;
  readonly send: Sending;
}

const cases: readonly Case[] = tables.flatMap((table) => (table.send === undefined ? [] : [{ code: table.code, table, send: table.send }]));
const signing = cases.filter(({ table }) => table.bodyProof !== 'none');
const decimal = signing.filter(({ send }) => send.minor !== true);

/** A message as the provider would have signed it, with a part of its body written otherwise. */
function told({ table, send }: Case, change: (body: string) => string, settings: object = table.settings): WebhookResult {
  const whole = send.body({ id: '528890', reference: 'pay_1', now });
  const changed = change(whole);
  const { headers, body } = send.sign(Buffer.from(changed), now);
  const ours: Message = { headers, body: body.toString('utf8'), ...(send.slot === undefined ? {} : { slot: send.slot }) };
  const open = table.code === 'yookassa' ? { ...settings, ipRanges: ['203.0.113.0/24'] } : settings;
  return providerWith(table.code, open).provider.verifyWebhook(webhookOf(ours));
}

/** What a message says first: of the money. */
function firstOf(result: WebhookResult | undefined): unknown {
  return result?.kind === 'events' ? result.events[0] : result;
}

/** Replaces the first occurrence; a text that is not there would test nothing. */
function replaced(from: string, to: string): (body: string) => string {
  return (body) => {
    expect(body).toContain(from);
    return body.replace(from, to);
  };
}

/** Where the amount that counts stands in each body. */
const amountIn: Readonly<Record<string, (amount: string) => [string, string]>> = {
  cryptopay: (amount) => ['"amount":"299.00"', `"amount":"${amount}"`],
  heleket: (amount) => ['"amount":"299.00"', `"amount":"${amount}"`],
  cloudpayments: (amount) => ['Amount=299.00', `Amount=${amount}`],
  yoomoney: (amount) => ['withdraw_amount=299.00', `withdraw_amount=${amount}`],
};

const wordIn: Readonly<Record<string, [string, string]>> = {
  cryptopay: ['"status":"paid"', '"status":"half_paid"'],
  heleket: ['"status":"paid"', '"status":"half_paid"'],
  stripe: ['"payment_status":"paid"', '"payment_status":"half_paid"'],
  cloudpayments: ['Status=Completed', 'Status=HalfPaid'],
};

describe.each(decimal)('5: amounts that $code signs', (given) => {
  const write = amountIn[given.code] ?? ((): [string, string] => ['none', 'none']);

  it.each(['299', '299.0', '299.00', '299.000000'])('"%s" is 299 roubles', (text) => {
    const result = told(given, replaced(...write(text)));
    const money = { minor: 29_900, currency: 'RUB' };
    expect(firstOf(result)).toMatchObject(given.code === 'heleket' ? { receivedTotal: money } : { received: money });
  });

  it.each(['299.001', '2.99e2', '-299', 'Infinity', '99999999999999999999'])('"%s" is kept for the operator and buys nothing', (text) => {
    expect(told(given, replaced(...write(text))).kind).toBe('unreadable');
  });

  it.each([
    ['298.99', 29_899],
    ['299.01', 29_901],
  ])('"%s" is just that, and the order was asked for another', (text, minor) => {
    const result = told(given, replaced(...write(text)));
    const money = { minor, currency: 'RUB' };
    // A wallet cannot know what was asked; everybody else says it, so that another sum is seen.
    expect(firstOf(result)).toMatchObject(given.code === 'yoomoney' ? { received: money } : { asked: money });
  });
});

describe('3: words', () => {
  it.each(signing.filter(({ code }) => wordIn[code] !== undefined))('$code: a signed status that nobody knows is no money', (given) => {
    const result = told(given, replaced(...(wordIn[given.code] ?? ['none', 'none'])));
    expect(result).toMatchObject({ events: [{ type: 'pending', alarm: 'unknown_word' }] });
    expect(JSON.stringify(result)).not.toContain('received');
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('heleket: "%s" is a word like any other', (word) => {
    const given = signing.find(({ code }) => code === 'heleket');
    expect(given).toBeDefined();
    const result = given === undefined ? undefined : told(given, replaced('"status":"paid"', `"status":"${word}"`));
    expect(result).toMatchObject({ events: [{ type: 'pending', alarm: 'unknown_word' }] });
  });
});

describe('6: tests on a live shop', () => {
  it.each([
    ['stripe', '"livemode":true', '"livemode":false'],
    ['cloudpayments', 'TestMode=0', 'TestMode=1'],
  ])('%s: a signed payment of a test does not count', (code, from, to) => {
    const given = signing.find((entry) => entry.code === code);
    const result = given === undefined ? undefined : told(given, (body) => body.replaceAll(from, to));
    expect(firstOf(result)).toMatchObject({ type: 'paid', live: false });
  });
});

/** The same message, sent to the shop of another merchant. */
const others: Readonly<Record<string, object>> = {
  cloudpayments: { apiSecret: 'of_another' },
  cryptopay: { token: '54321:BBtest_crypto_pay_token' },
  heleket: { paymentKey: 'of_another' },
  platega: { merchantId: '99999999-2222-4333-8444-555555555555' },
  stripe: { webhookSecret: 'whsec_of_another' },
  ton: { address: `0:${'cd'.repeat(32)}` },
  yoomoney: { secret: 'of_another' },
};

describe('2: another merchant', () => {
  it.each(cases.filter(({ code }) => code !== 'yookassa'))('$code: a good message for somebody else has no effect here', (given) => {
    const settings = { ...given.table.settings, ...others[given.code] };
    expect(told(given, (body) => body).kind).toBe('events');
    expect(['rejected', 'ignored']).toContain(told(given, (body) => body, settings).kind);
  });

  it('yookassa: a payment that is not of this shop is not known to its provider, so nothing is believed', async () => {
    const given = cases.find(({ code }) => code === 'yookassa');
    expect(given === undefined ? undefined : told(given, (body) => body)).toMatchObject({ events: [{ type: 'wake_up', trusted: false }] });
    const { provider } = providerWith('yookassa', { shopId: '1', secretKey: 's', mode: 'live' }, [
      { status: 404, text: '{"type":"error"}' },
    ]);
    expect(await provider.fetchStatus({ paymentId: 'pay_1', externalId: 'foreign', asked: undefined, createdAt: now })).toEqual([]);
  });
});

describe('2: proofs that stand in a header', () => {
  const withHeaders = cases.filter(({ table }) => table.proofHeaders.length > 0);

  it.each(withHeaders)('$code: with any one byte of a proof changed nothing is believed', ({ table, send }) => {
    const { headers, body } = send.sign(Buffer.from(send.body({ id: '528890', reference: 'pay_1', now })), now);
    for (const name of table.proofHeaders) {
      const value = headers[name] ?? '';
      expect(value.length).toBeGreaterThan(0);
      for (let index = 0; index < value.length; index += 1) {
        const changed = `${value.slice(0, index)}${value[index] === 'x' ? 'y' : 'x'}${value.slice(index + 1)}`;
        const message = { headers: { ...headers, [name]: changed }, body: body.toString('utf8'), slot: send.slot ?? '' };
        expect(providerWith(table.code, table.settings).provider.verifyWebhook(webhookOf(message)).kind).toBe('rejected');
      }
    }
  });
});
