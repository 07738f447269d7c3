import { createHash } from 'node:crypto';
import type { VectorTable } from './table';

const paymentKey = 'hk_test_payment_key_001';

// Vector HK-1: the text that is signed; on the wire `sign` stands before the last brace.
const text = String.raw`{"type":"payment","uuid":"62f88b36-a9d5-4fa6-aa26-e040c3dbf26d","order_id":"pay_01J9ZK3T7Q","amount":"3.32000000","payment_amount":"3.32000000","payment_amount_usd":"3.32","merchant_amount":"3.25000000","commission":"0.07000000","is_final":true,"status":"paid","from":"TQ3testPayerAddr","wallet_address_uuid":null,"network":"tron","currency":"USDT","payer_currency":"USDT","additional_data":"план\/1м — Тест","txid":"a1b2c3"}`;
const signed = (sign: string, given = text): string => `${given.slice(0, -1)},"sign":"${sign}"}`;

function object(status: string): object {
  return {
    uuid: 'ext-1',
    order_id: 'pay_1',
    amount: '299.00',
    currency: 'RUB',
    payment_status: status,
    payment_amount: '1.65000000',
    payer_amount: '3.30000000',
    url: 'https://pay.heleket.com/pay/ext-1',
  };
}

export const table: VectorTable = {
  code: 'heleket',
  settings: { merchant: '8b03432e-385b-4670-8d06-064591096795', paymentKey },
  otherKey: { paymentKey: 'hk_another_key' },
  proofHeaders: [],
  bodyProof: 'fields',
  good: [
    {
      name: 'HK-1',
      message: { body: signed('6c4ebaf50961fec3da3ecd44b80c759d') },
      events: [
        {
          type: 'paid',
          trusted: true,
          ref: { externalId: '62f88b36-a9d5-4fa6-aa26-e040c3dbf26d', paymentId: 'pay_01J9ZK3T7Q' },
          receivedTotal: { minor: 3_320_000, currency: 'USDT' },
        },
      ],
    },
  ],
  bad: [
    { name: 'HK-1 with slashes not escaped', message: { body: signed('272dbe5bc978e438a1e2fc576a951e3e') }, verdict: 'rejected' },
    { name: 'HK-1 with sorted keys', message: { body: signed('310cda4e61b6577d06fbe3aa77d8e226') }, verdict: 'rejected' },
    { name: 'HK-1 without a sign', message: { body: text }, verdict: 'rejected' },
  ],
  send: {
    form: 'json',
    body: ({ id, reference }) =>
      JSON.stringify({
        type: 'payment',
        uuid: id,
        order_id: reference,
        amount: '299.00',
        payment_amount: '3.30000000',
        payer_amount: '3.30000000',
        is_final: true,
        status: 'paid',
        currency: 'RUB',
        payer_currency: 'USDT',
        network: 'tron',
        txid: 'a1b2c3',
      }),
    // `sign` is put before the last brace, over the text as it stands.
    sign: (raw) => {
      const sign = createHash('md5')
        .update(`${raw.toString('base64')}${paymentKey}`)
        .digest('hex');
      const end = raw.lastIndexOf('}');
      const member = Buffer.from(`,"sign":"${sign}"`);
      const whole = end === -1 ? raw : Buffer.concat([raw.subarray(0, end), member, raw.subarray(end)]);
      return { headers: { 'content-type': 'application/json' }, body: whole };
    },
    paidWords: ['paid', 'paid_over', 'wrong_amount', 'wrong_amount_waiting'],
    claim: (given) => ({ reference: given['order_id'], amount: given['amount'], currency: given['currency'], status: given['status'] }),
  },
  create: {
    currency: 'RUB',
    reply: { text: JSON.stringify({ state: 0, result: object('check') }) },
    request: {
      method: 'POST',
      url: 'https://api.heleket.com/v1/payment',
      headers: { merchant: '8b03432e-385b-4670-8d06-064591096795' },
      body: {
        amount: '299.00',
        currency: 'RUB',
        order_id: 'pay_1',
        url_callback: 'https://shop.example/webhooks/provider',
        url_return: 'https://t.me/shop_bot',
        url_success: 'https://t.me/shop_bot',
        is_payment_multiple: true,
        lifetime: 1_800,
      },
    },
    amountIn: (request) => String(JSON.parse(request.body ?? '{}').amount),
    amounts: ['299.00', '299.50', '0.01', '100000.00'],
    keyIn: (request) => String(JSON.parse(request.body ?? '{}').order_id),
  },
  statuses: {
    reply: (word) => ({ text: JSON.stringify({ state: 0, result: object(word) }) }),
    words: {
      check: 'pending',
      process: 'pending',
      confirm_check: 'pending',
      wrong_amount_waiting: 'underpaid',
      wrong_amount: 'underpaid',
      paid: 'paid',
      paid_over: 'paid',
      cancel: 'expired',
      fail: 'failed',
      system_fail: 'failed',
      refund_process: 'pending',
      refund_fail: 'pending',
      refund_paid: 'refunded',
    },
  },
};
