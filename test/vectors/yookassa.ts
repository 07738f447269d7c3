import type { VectorTable } from './table';

const body = JSON.stringify({
  type: 'notification',
  event: 'payment.succeeded',
  object: { id: 'ext-1', metadata: { payment_id: 'pay_1' } },
});

function payment(status: string, changes: object = {}): object {
  const confirmation = { type: 'redirect', confirmation_url: 'https://yoomoney.ru/checkout/1' };
  return {
    id: 'ext-1',
    status,
    amount: { value: '299.00', currency: 'RUB' },
    metadata: { payment_id: 'pay_1' },
    confirmation,
    test: false,
    ...changes,
  };
}

export const table: VectorTable = {
  code: 'yookassa',
  // Vector YK-1: user name and password of HTTP Basic.
  settings: { shopId: '100500', secretKey: 'test_secret_key_abc', mode: 'live' },
  proofHeaders: [],
  bodyProof: 'none',
  good: [
    {
      name: 'a notice from an address of YK-2',
      message: { body, remoteIp: '185.71.76.31' },
      events: [{ type: 'wake_up', trusted: false, ref: { externalId: 'ext-1', paymentId: 'pay_1' } }],
    },
  ],
  bad: [
    { name: 'a notice from another address', message: { body, remoteIp: '185.71.76.32' }, verdict: 'rejected' },
    {
      name: 'a notice about a payout',
      message: { body: body.replace('payment.', 'payout.'), remoteIp: '185.71.76.31' },
      verdict: 'ignored',
    },
  ],
  send: {
    form: 'json',
    body: ({ id, reference }) =>
      JSON.stringify({
        type: 'notification',
        event: 'payment.succeeded',
        object: {
          id,
          status: 'succeeded',
          paid: true,
          amount: { value: '299.00', currency: 'RUB' },
          metadata: { payment_id: reference },
        },
      }),
    // Nothing but the address vouches for it.
    sign: (raw) => ({ headers: { 'content-type': 'application/json' }, body: raw }),
    paidWords: [],
  },
  create: {
    currency: 'RUB',
    reply: { text: JSON.stringify(payment('pending')) },
    request: {
      method: 'POST',
      url: 'https://api.yookassa.ru/v3/payments',
      headers: { authorization: 'Basic MTAwNTAwOnRlc3Rfc2VjcmV0X2tleV9hYmM=', 'idempotence-key': 'pay_1-1' },
      body: {
        amount: { value: '299.00', currency: 'RUB' },
        capture: true,
        confirmation: { type: 'redirect', return_url: 'https://t.me/shop_bot' },
        description: '1 month',
        metadata: { payment_id: 'pay_1' },
        merchant_customer_id: '42',
      },
    },
    amountIn: (request) => String(JSON.parse(request.body ?? '{}').amount.value),
    amounts: ['299.00', '299.50', '0.01', '100000.00'],
    keyIn: (request) => String(request.headers?.['idempotence-key']),
  },
  statuses: {
    reply: (word) => ({ text: JSON.stringify(payment(word)) }),
    words: { pending: 'pending', succeeded: 'paid' },
    testReply: { text: JSON.stringify(payment('succeeded', { test: true })) },
  },
};
