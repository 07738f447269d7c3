import { createHmac } from 'node:crypto';
import type { VectorTable } from './table';

// Vector ST-1.
const body =
  '{"id":"evt_1TEST","object":"event","type":"checkout.session.completed","data":{"object":{"id":"cs_test_1","object":"checkout.session","client_reference_id":"pay_01J9ZK3T7Q","payment_status":"paid","amount_total":29900,"currency":"rub"}}}';
const good = 'aa4a23410196cb20e41d9b1c458560ff4ccc1e0d1b447dc2bc0abf0a19f6a972';
const signedAt = 1_767_225_600;
const at = (seconds: number): string => new Date((signedAt + seconds) * 1_000).toISOString();
const header = `t=${signedAt},v1=${good}`;

function session(status: string, changes: object = {}): object {
  const fields = {
    id: 'ext-1',
    object: 'checkout.session',
    client_reference_id: 'pay_1',
    payment_status: 'unpaid',
    status,
    amount_total: 29_900,
    currency: 'rub',
    livemode: true,
  };
  return { ...fields, ...changes };
}

const paid = {
  type: 'paid',
  trusted: true,
  ref: { externalId: 'cs_test_1', paymentId: 'pay_01J9ZK3T7Q' },
  received: { minor: 29_900, currency: 'RUB' },
} as const;

export const table: VectorTable = {
  code: 'stripe',
  settings: { secretKey: 'sk_live_1', webhookSecret: 'whsec_test_4f8b2c', mode: 'live' },
  otherKey: { webhookSecret: 'whsec_other' },
  proofHeaders: ['stripe-signature'],
  bodyProof: 'raw',
  good: [
    { name: 'ST-1, 299 s old', message: { headers: { 'stripe-signature': header }, body, receivedAt: at(299) }, events: [paid] },
    { name: 'ST-1, 300 s old', message: { headers: { 'stripe-signature': header }, body, receivedAt: at(300) }, events: [paid] },
    {
      name: 'ST-1 with two signatures, one of them good',
      message: { headers: { 'stripe-signature': `t=${signedAt},v0=xx,v1=bad,v1=${good}` }, body, receivedAt: at(1) },
      events: [paid],
    },
  ],
  bad: [
    { name: 'ST-1, 301 s old', message: { headers: { 'stripe-signature': header }, body, receivedAt: at(301) }, verdict: 'rejected' },
    {
      name: 'ST-1 with v0 only',
      message: { headers: { 'stripe-signature': `t=${signedAt},v0=${good}` }, body, receivedAt: at(1) },
      verdict: 'rejected',
    },
  ],
  send: {
    form: 'json',
    body: ({ id, reference }) =>
      JSON.stringify({
        id: `evt_${id}`,
        object: 'event',
        type: 'checkout.session.completed',
        livemode: true,
        data: {
          object: {
            id,
            object: 'checkout.session',
            client_reference_id: reference,
            payment_status: 'paid',
            status: 'complete',
            amount_total: 29_900,
            currency: 'rub',
            livemode: true,
          },
        },
      }),
    sign: (raw, now) => {
      const at = Math.floor(now.getTime() / 1_000);
      const hmac = createHmac('sha256', 'whsec_test_4f8b2c').update(`${at}.`).update(raw).digest('hex');
      return { headers: { 'content-type': 'application/json', 'stripe-signature': `t=${at},v1=${hmac}` }, body: raw };
    },
    paidWords: ['paid', 'no_payment_required'],
    claim: ({ data }) => {
      const given = Object(Object(data).object) as Record<string, unknown>;
      const metadata = Object(given['metadata']) as Record<string, unknown>;
      const currency = typeof given['currency'] === 'string' ? given['currency'].toUpperCase() : undefined;
      const reference = given['client_reference_id'] ?? metadata['payment_id'];
      return { reference, amount: given['amount_total'], currency, status: given['payment_status'] };
    },
    minor: true,
  },
  create: {
    currency: 'RUB',
    reply: { text: JSON.stringify(session('open', { url: 'https://checkout.stripe.com/c/pay/ext-1' })) },
    request: {
      method: 'POST',
      url: 'https://api.stripe.com/v1/checkout/sessions',
      headers: { authorization: 'Bearer sk_live_1', 'idempotency-key': 'pay_1-1' },
      body: [
        'mode=payment',
        'line_items[0][quantity]=1',
        'line_items[0][price_data][currency]=rub',
        'line_items[0][price_data][unit_amount]=29900',
        'line_items[0][price_data][product_data][name]=1%20month',
        'success_url=https%3A%2F%2Ft.me%2Fshop_bot',
        'cancel_url=https%3A%2F%2Ft.me%2Fshop_bot',
        'client_reference_id=pay_1',
        'metadata[payment_id]=pay_1',
        'payment_intent_data[metadata][payment_id]=pay_1',
        'expires_at=1767228010',
      ].join('&'),
    },
    amountIn: (request) => /unit_amount]=(\d+)/.exec(request.body ?? '')?.[1] ?? 'none',
    amounts: ['29900', '29950', '1', '10000000'],
    keyIn: (request) => String(request.headers?.['idempotency-key']),
  },
  statuses: {
    reply: (word) => ({ text: JSON.stringify(word === 'paid' ? session('complete', { payment_status: 'paid' }) : session(word)) }),
    words: { open: 'pending', complete: 'pending', expired: 'expired', paid: 'paid' },
    testReply: { text: JSON.stringify(session('complete', { payment_status: 'paid', livemode: false })) },
  },
};
