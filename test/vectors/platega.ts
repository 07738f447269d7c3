import type { VectorTable } from './table';

const merchantId = '11111111-2222-4333-8444-555555555555';
const headers = { 'x-merchantid': merchantId, 'x-secret': 'pg_secret_test' };
const body = JSON.stringify({ id: 'ext-1', amount: 299, currency: 'RUB', status: 'CONFIRMED', paymentMethod: 2, payload: 'pay_1' });

function answer(status: string): object {
  return { id: 'ext-1', status, paymentDetails: { amount: 299, currency: 'RUB' }, payload: 'pay_1' };
}

export const table: VectorTable = {
  code: 'platega',
  // Vector PG-1.
  settings: { merchantId, secret: 'pg_secret_test' },
  otherKey: { secret: 'pg_other_secret' },
  proofHeaders: ['x-merchantid', 'x-secret'],
  bodyProof: 'none',
  good: [
    {
      name: 'PG-1',
      message: { headers: { 'X-MerchantId': merchantId, 'X-SECRET': 'pg_secret_test' }, body },
      events: [{ type: 'wake_up', trusted: false, ref: { externalId: 'ext-1', paymentId: 'pay_1' } }],
    },
    { name: 'PG-1 in lower case', message: { headers, body }, events: [{ type: 'wake_up', trusted: false }] },
  ],
  bad: [
    {
      name: 'PG-1 with a secret one character longer',
      message: { headers: { ...headers, 'x-secret': 'pg_secret_testX' }, body },
      verdict: 'rejected',
    },
    { name: 'an empty ping without headers', message: { body: '' }, verdict: 'ignored' },
    { name: 'a body without an id', message: { headers, body: '{}' }, verdict: 'unreadable' },
  ],
  send: {
    form: 'json',
    body: ({ id, reference }) =>
      JSON.stringify({ id, amount: 299, currency: 'RUB', status: 'CONFIRMED', paymentMethod: 2, payload: reference }),
    sign: (raw) => ({ headers, body: raw }),
    paidWords: [],
  },
  create: {
    currency: 'RUB',
    reply: {
      text: JSON.stringify({ transactionId: 'ext-1', url: 'https://pay.platega.io/ext-1', status: 'PENDING', expiresIn: '00:15:00' }),
    },
    request: {
      method: 'POST',
      url: 'https://app.platega.io/v2/transaction/process',
      headers,
      body: {
        paymentDetails: { amount: 299, currency: 'RUB' },
        description: '1 month',
        return: 'https://t.me/shop_bot',
        failedUrl: 'https://t.me/shop_bot',
        payload: 'pay_1',
      },
    },
    amountIn: (request) => String(JSON.parse(request.body ?? '{}').paymentDetails.amount),
    amounts: ['299', '299.5', '0.01', '100000'],
  },
  statuses: {
    reply: (word) => ({ text: JSON.stringify(answer(word)) }),
    words: {
      PENDING: 'pending',
      CONFIRMED: 'paid',
      CANCELED: 'cancelled',
      CHARGEBACKED: 'dispute_lost',
      FAILED: 'failed',
      EXPIRED: 'expired',
      INPROGRESS: 'pending',
    },
  },
};
