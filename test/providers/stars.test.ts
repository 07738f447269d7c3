import { describe, expect, it } from '@jest/globals';
import type { HttpRequest } from '../../src/http';
import type { PaymentProvider } from '../../src/payments/provider';
import { eventsFromUpdate } from '../../src/payments/stars';
import { invoiceInput, providerWith } from './bench';

const charge = {
  currency: 'XTR',
  total_amount: 150,
  invoice_payload: 'pay_1',
  telegram_payment_charge_id: 'stx1',
  provider_payment_charge_id: '',
};
const message = { message_id: 1, date: 1, chat: { id: 77, type: 'private' }, from: { id: 77, is_bot: false, first_name: 'A' } };

function provider(results: readonly object[]): { calls: readonly HttpRequest[]; stars: PaymentProvider } {
  const { provider: stars, calls } = providerWith(
    'stars',
    { rubPerStar: '1.80' },
    results.map((result) => ({ text: JSON.stringify(result) })),
  );
  return { calls, stars };
}

describe('Telegram Stars', () => {
  it('reads the proof of a payment from an update', () => {
    expect(eventsFromUpdate({ update_id: 1, message: { ...message, successful_payment: charge } })).toEqual([
      {
        provider: 'stars',
        type: 'paid',
        trusted: true,
        dedupeKey: 'charge:stx1',
        ref: { paymentId: 'pay_1' },
        chargeId: 'stx1',
        received: { minor: 150, currency: 'XTR' },
        payerTelegramId: 77,
        live: true,
      },
    ]);
  });

  it.each([{}, { message }, { message: { ...message, successful_payment: { ...charge, currency: 'RUB' } } }, { callback_query: {} }, null])(
    'finds no payment in %j',
    (update) => {
      expect(eventsFromUpdate(update)).toEqual([]);
    },
  );

  it('14: gives the same key to a charge found by an update and by the list', async () => {
    const transaction = {
      id: 'stx1',
      amount: 150,
      date: 1_800_000_000,
      source: { type: 'user', invoice_payload: 'pay_1', user: { id: 77 } },
    };
    const { stars } = provider([
      { ok: true, result: { transactions: [transaction, { ...transaction, source: undefined, receiver: transaction.source }] } },
    ]);
    const listed = await stars.listSince?.(new Date(0), undefined);
    const [told] = eventsFromUpdate({ message: { ...message, successful_payment: charge } });
    expect(listed?.events[0]).toEqual(told);
    expect(listed?.events[1]).toMatchObject({ type: 'refunded', dedupeKey: 'refunded:stx1' });
    expect(listed?.cursor).toBeUndefined();
  });

  it('14: tells the first charge of a subscription from its renewals, with the end that each pays for', () => {
    const first = { ...charge, is_recurring: true, is_first_recurring: true, subscription_expiration_date: 1_800_000_000 };
    expect(eventsFromUpdate({ message: { ...message, successful_payment: first } })).toMatchObject([
      { type: 'paid', chargeId: 'stx1', periodEnd: '2027-01-15T08:00:00.000Z' },
      { type: 'method_saved', savedMethod: { id: 'stx1', renewsItself: true }, periodEnd: '2027-01-15T08:00:00.000Z' },
    ]);
    const renewal = { ...first, telegram_payment_charge_id: 'stx2', is_first_recurring: undefined };
    expect(eventsFromUpdate({ message: { ...message, successful_payment: renewal } })).toMatchObject([
      { type: 'renewed', chargeId: 'stx2', ref: { paymentId: 'pay_1' }, periodEnd: '2027-01-15T08:00:00.000Z' },
    ]);
  });

  it.each([
    ['active', { goesOn: true }],
    ['canceled', { goesOn: false }],
    ['failed', { goesOn: false }],
    ['half_alive', { alarm: 'unknown_word' }],
  ])('reads the state "%s" of a subscription', (state, expected) => {
    const update = { update_id: 7, subscription: { user: { id: 77 }, invoice_payload: 'pay_1', state } };
    expect(eventsFromUpdate(update)).toMatchObject([{ type: 'subscription_state', ref: { paymentId: 'pay_1' }, ...expected }]);
  });

  it('asks for a subscription of 30 days where the buyer agreed, and ends it by its first charge', async () => {
    const { stars, calls } = provider([
      { ok: true, result: 'https://t.me/$abc' },
      { ok: true, result: true },
    ]);
    await stars.createInvoice(invoiceInput({ price: { minor: 167, currency: 'XTR' }, saveMethod: true }));
    await stars.cancelSubscription?.({ methodId: 'stx1', payerTelegramId: 77 });
    expect(JSON.parse(calls[0]?.body ?? '')).toMatchObject({ subscription_period: 2_592_000 });
    expect(calls[1]?.url).toMatch(/editUserStarSubscription$/);
    expect(JSON.parse(calls[1]?.body ?? '')).toEqual({ user_id: 77, telegram_payment_charge_id: 'stx1', is_canceled: true });
  });

  it('asks page by page and leaves out what is older', async () => {
    const old = { id: 'a', amount: 1, date: 100, source: { type: 'user', invoice_payload: 'p' } };
    const { stars, calls } = provider([{ ok: true, result: { transactions: Array.from({ length: 100 }, () => old) } }]);
    expect(await stars.listSince?.(new Date(200_000), '100')).toEqual({ events: [], cursor: '200' });
    expect(JSON.parse(calls[0]?.body ?? '')).toEqual({ offset: 100, limit: 100 });
  });

  it('makes an invoice link for whole Stars with the payment as its payload', async () => {
    const { stars, calls } = provider([{ ok: true, result: 'https://t.me/$abc' }]);
    const description = 'A plan with a title that is far longer than what fits';
    const invoice = await stars.createInvoice(invoiceInput({ price: { minor: 167, currency: 'XTR' }, description }));
    expect(invoice).toEqual({ payUrl: 'https://t.me/$abc', asked: { minor: 167, currency: 'XTR' } });
    const body = JSON.parse(calls[0]?.body ?? '');
    expect(body).toMatchObject({ payload: 'pay_1', currency: 'XTR', provider_token: '', prices: [{ amount: 167 }] });
    expect(body.title.length).toBeLessThanOrEqual(32);
  });

  it('takes "already refunded" for done, and keeps the token out of every error', async () => {
    const refund = {
      paymentId: 'pay_1',
      externalId: undefined,
      chargeId: 'stx1',
      payerTelegramId: 77,
      amount: { minor: 150, currency: 'XTR' },
      key: 'k',
    };
    expect(
      await provider([{ ok: false, error_code: 400, description: 'Bad Request: CHARGE_ALREADY_REFUNDED' }]).stars.refund?.(refund),
    ).toMatchObject({ state: 'done' });
    const error: unknown = await provider([{ ok: false, error_code: 401, description: 'Unauthorized' }])
      .stars.check()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ProviderMisconfigured' });
    expect(String(error)).not.toContain('1:test');
  });
});
