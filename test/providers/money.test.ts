import { describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { parseDecimal } from '../../src/domain/money';
import { invoiceInput, now, providerWith, webhookOf } from './bench';

describe('amounts', () => {
  it.each(['299', '299.0', '299.00', '299.000000'])('5: "%s" is 299 roubles', (text) => {
    expect(parseDecimal(text, 'RUB')).toEqual({ minor: 29_900, currency: 'RUB' });
  });

  it.each([
    '299.001',
    '2.99e2',
    '-299',
    '+299',
    'Infinity',
    'NaN',
    '',
    ' 299',
    '299 ',
    '0x12b',
    '299.',
    '.5',
    '1,5',
    '99999999999999999999',
  ])('5: "%s" is refused', (text) => {
    expect(() => parseDecimal(text, 'RUB')).toThrow(RangeError);
  });
});

describe('Heleket', () => {
  const settings = { merchant: 'm', paymentKey: 'k' };
  const payment = { uuid: 'u1', order_id: 'pay_1', amount: '299.00', currency: 'RUB', payer_amount: '3.30000000' };
  const ask = (changes: object): Promise<readonly unknown[]> =>
    providerWith('heleket', settings, [{ text: JSON.stringify({ state: 0, result: { ...payment, ...changes } }) }]).provider.fetchStatus({
      paymentId: 'pay_1',
      externalId: 'u1',
      asked: undefined,
      createdAt: now,
    });

  it('15: values what came at the rate of the invoice, rounded down', async () => {
    expect(await ask({ payment_status: 'wrong_amount_waiting', payment_amount: '1.65000000' })).toMatchObject([
      { type: 'underpaid', receivedTotal: { minor: 14_950, currency: 'RUB' } },
    ]);
    expect(await ask({ payment_status: 'paid_over', payment_amount: '6.60000000' })).toMatchObject([
      { type: 'paid', receivedTotal: { minor: 59_800, currency: 'RUB' } },
    ]);
  });

  it('15: "paid" is the whole price even where the coin came a little short', async () => {
    expect(await ask({ payment_status: 'paid', payment_amount: '3.29900000' })).toMatchObject([
      { type: 'paid', receivedTotal: { minor: 29_900, currency: 'RUB' } },
    ]);
  });

  it('15: "wrong_amount" is underpaid and closed', async () => {
    expect(await ask({ payment_status: 'wrong_amount', payment_amount: '1.00000000' })).toMatchObject([
      { type: 'underpaid', receivedTotal: { minor: 9_060, currency: 'RUB' } },
      { type: 'expired' },
    ]);
  });

  it('holds back what waits for a check of its origin', async () => {
    expect(await ask({ payment_status: 'locked' })).toMatchObject([{ type: 'pending', alarm: 'held' }]);
  });
});

describe('YooMoney', () => {
  const official =
    'amount=98.00&codepro=false&currency=643&datetime=2013-12-26T08%3A28%3A34Z&label=ML23045&notification_type=p2p-incoming&operation_id=441361714955017004&sender=41000000000&sha1_hash=ac13833bd6ba9eff1fa9e4bed76f3d6ebb57f6c0&unaccepted=false&withdraw_amount=100.00';

  it('YM-1: takes the official sample and counts what the payer was charged', () => {
    const { provider } = providerWith('yoomoney', { wallet: '41001123456789', secret: 'secret123' });
    const body = `${official}&sign=a452af731650e2c5b39abcdc7c28dd27db7b3b654c2230ad2c386e64afb98605`;
    expect(provider.verifyWebhook(webhookOf({ body }))).toMatchObject({
      events: [
        { type: 'paid', dedupeKey: '441361714955017004', received: { minor: 10_000, currency: 'RUB' }, ref: { paymentId: 'ML23045' } },
      ],
    });
  });

  function signed(fields: Record<string, string>): string {
    const all = {
      amount: '290.03',
      codepro: 'false',
      currency: '643',
      label: 'pay_1',
      notification_type: 'card-incoming',
      operation_id: '9',
      unaccepted: 'false',
      withdraw_amount: '299.00',
      ...fields,
    };
    const text = Object.entries(all)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join('&');
    return `${text}&sign=${createHmac('sha256', 's').update(text).digest('hex')}`;
  }

  it.each([
    ['a test of the address', { test_notification: 'true' }, { kind: 'ignored' }],
    ['another currency', { currency: '840' }, { kind: 'unreadable' }],
    ['money protected by a code', { codepro: 'true' }, { events: [{ type: 'pending', alarm: 'held' }] }],
    ['money not accepted yet', { unaccepted: 'true' }, { events: [{ type: 'pending', alarm: 'held' }] }],
    ['an amount that is none', { withdraw_amount: '2.99e2' }, { kind: 'unreadable' }],
  ])('6: %s buys nothing', (_what, fields, expected) => {
    const { provider } = providerWith('yoomoney', { wallet: '41001123456789', secret: 's' });
    expect(provider.verifyWebhook(webhookOf({ body: signed(fields) }))).toMatchObject(expected);
  });

  it('leads to the form of the wallet with sum and label', async () => {
    const { provider } = providerWith('yoomoney', { wallet: '41001123456789', secret: 's' });
    const { payUrl } = await provider.createInvoice(invoiceInput());
    expect(Object.fromEntries(new URL(payUrl ?? '').searchParams)).toEqual({
      receiver: '41001123456789',
      'quickpay-form': 'button',
      paymentType: 'AC',
      sum: '299.00',
      label: 'pay_1',
      successURL: 'https://t.me/shop_bot',
    });
  });
});

describe('CloudPayments', () => {
  it('CL-1: asks the shop before the money moves, and answers with its codes', () => {
    const settings = { publicId: 'p', apiSecret: 's', mode: 'live' };
    const body = 'TransactionId=1&Amount=299.00&Currency=RUB&InvoiceId=pay_1&AccountId=42&Status=Completed';
    const hmac = createHmac('sha256', 's').update(body).digest('base64');
    const result = providerWith('cloudpayments', settings).provider.verifyWebhook(
      webhookOf({ headers: { 'content-hmac': hmac }, body, slot: 'check' }),
    );
    expect(result).toMatchObject({
      kind: 'question',
      question: { paymentId: 'pay_1', userId: 42, amount: { minor: 29_900, currency: 'RUB' } },
    });
    const answers = (['ok', 'unknown', 'not_yours', 'wrong_amount', 'gone'] as const).map((verdict) =>
      result.kind === 'question' ? result.answer(verdict).body : '',
    );
    expect(answers).toEqual(['{"code":0}', '{"code":10}', '{"code":11}', '{"code":12}', '{"code":20}']);
  });

  it('knows that nobody has tried to pay yet', async () => {
    const { provider } = providerWith('cloudpayments', { publicId: 'p', apiSecret: 's', mode: 'live' }, [
      { text: '{"Success":false,"Message":"Not found"}' },
    ]);
    expect(await provider.fetchStatus({ paymentId: 'pay_1', externalId: 'o1', asked: undefined, createdAt: now })).toEqual([]);
  });

  it('reads a refund together with the payment it belongs to', async () => {
    const settings = { publicId: 'p', apiSecret: 's', mode: 'live' };
    const payment = { TransactionId: 1, Amount: 299, Currency: 'RUB', InvoiceId: 'pay_1', Status: 'Completed', OperationType: 'Payment' };
    const back = { ...payment, TransactionId: 2, Amount: 100, OperationType: 'Refund', PaymentTransactionId: 1 };
    const answers = [back, payment].map((Model) => ({ text: JSON.stringify({ Success: true, Model }) }));
    const { provider } = providerWith('cloudpayments', settings, answers);
    expect(await provider.fetchStatus({ paymentId: 'pay_1', externalId: undefined, asked: undefined, createdAt: now })).toMatchObject([
      { type: 'paid', chargeId: '1' },
      { type: 'refunded', refundId: '2', chargeId: '1', refunded: { minor: 10_000, currency: 'RUB' } },
    ]);
  });
});

describe('Platega', () => {
  it('16: does not make an invoice a second time when the first answer got lost', async () => {
    const { provider, calls } = providerWith('platega', { merchantId: 'm', secret: 's' }, [{}]);
    await expect(provider.createInvoice(invoiceInput({ repeated: true }))).rejects.toMatchObject({ code: 'ProviderRejected' });
    expect(calls).toHaveLength(0);
  });
});

describe('Crypto Pay', () => {
  it('reads the name of an error', async () => {
    const { provider } = providerWith('cryptopay', { token: '12345:AAtest_crypto' }, [
      { status: 400, text: '{"ok":false,"error":{"code":400,"name":"AMOUNT_INVALID"}}' },
    ]);
    await expect(provider.createInvoice(invoiceInput())).rejects.toMatchObject({
      code: 'ProviderRejected',
      message: 'Crypto Pay answered 400 AMOUNT_INVALID',
    });
  });

  it('16: finds the invoice of a lost answer by the payment in it', async () => {
    const invoice = {
      invoice_id: 5,
      currency_type: 'fiat',
      fiat: 'RUB',
      amount: '299',
      status: 'active',
      bot_invoice_url: 'https://t.me/CryptoBot?start=IV5',
      payload: 'pay_1',
    };
    const { provider, calls } = providerWith('cryptopay', { token: '12345:AAtest_crypto' }, [
      { text: JSON.stringify({ ok: true, result: { items: [invoice] } }) },
    ]);
    expect(await provider.createInvoice(invoiceInput({ repeated: true }))).toMatchObject({
      externalId: '5',
      payUrl: 'https://t.me/CryptoBot?start=IV5',
    });
    expect(calls.map((call) => call.url)).toEqual(['https://pay.crypt.bot/api/getInvoices']);
  });
});
