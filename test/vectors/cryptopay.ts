import { createHash, createHmac } from 'node:crypto';
import type { VectorTable } from './table';

const token = '12345:AAtest_crypto_pay_token';

// Vector CP-1.
const body = String.raw`{"update_id":7,"update_type":"invoice_paid","request_date":"2026-01-01T00:00:00.000Z","payload":{"invoice_id":528890,"hash":"IVDoTcNBYEfk","currency_type":"fiat","fiat":"RUB","amount":"299.00","paid_asset":"USDT","paid_amount":"3.31","paid_fiat_rate":"90.33","fee_asset":"USDT","fee_amount":0.0993,"status":"paid","payload":"{\"tx_id\":\"pay_01J9ZK3T7Q\"}","paid_at":"2026-01-01T00:00:00.000Z"}}`;
const signature = 'deae716977b0f7fa187c5171644c800d20ffd5e51ec9939cea03e6d56e0e4f3e';
const receivedAt = '2026-01-01T00:00:05.000Z';

function invoice(status: string): object {
  return {
    invoice_id: 528_890,
    currency_type: 'fiat',
    fiat: 'RUB',
    amount: '299',
    status,
    bot_invoice_url: 'https://t.me/CryptoBot?start=IV1',
    payload: 'pay_1',
  };
}

export const table: VectorTable = {
  code: 'cryptopay',
  settings: { token },
  otherKey: { token: '54321:BBtest_crypto_pay_token' },
  proofHeaders: ['crypto-pay-api-signature'],
  bodyProof: 'raw',
  good: [
    {
      name: 'CP-1',
      message: { headers: { 'crypto-pay-api-signature': signature }, body, receivedAt },
      events: [
        {
          type: 'paid',
          trusted: true,
          dedupeKey: 'paid:528890',
          chargeId: '528890',
          asked: { minor: 29_900, currency: 'RUB' },
          received: { minor: 29_900, currency: 'RUB' },
        },
      ],
    },
  ],
  bad: [
    {
      name: 'CP-1 with the hex text of the hash as key',
      message: {
        headers: { 'crypto-pay-api-signature': 'cb187d54c09adbee1cc4287162163c4010b2cb806e7ab1e3e510e6dbf0e45463' },
        body,
        receivedAt,
      },
      verdict: 'rejected',
    },
    {
      name: 'CP-1 replayed a week later',
      message: { headers: { 'crypto-pay-api-signature': signature }, body, receivedAt: '2026-01-08T00:00:00.000Z' },
      verdict: 'rejected',
    },
  ],
  send: {
    form: 'json',
    body: ({ id, reference, now }) =>
      JSON.stringify({
        update_id: 1,
        update_type: 'invoice_paid',
        request_date: now.toISOString(),
        payload: {
          invoice_id: Number(id),
          hash: 'IV1',
          currency_type: 'fiat',
          fiat: 'RUB',
          amount: '299.00',
          paid_asset: 'USDT',
          paid_amount: '3.31',
          status: 'paid',
          payload: reference,
        },
      }),
    sign: (raw) => {
      const hmac = createHmac('sha256', createHash('sha256').update(token).digest()).update(raw).digest('hex');
      return { headers: { 'content-type': 'application/json', 'crypto-pay-api-signature': hmac }, body: raw };
    },
    paidWords: ['paid'],
    claim: ({ payload }) => {
      const given = Object(payload) as Record<string, unknown>;
      const currency = given['currency_type'] === 'fiat' ? given['fiat'] : given['asset'];
      return { reference: given['payload'], amount: given['amount'], currency, status: given['status'] };
    },
  },
  create: {
    currency: 'RUB',
    reply: { text: JSON.stringify({ ok: true, result: invoice('active') }) },
    request: {
      method: 'POST',
      url: 'https://pay.crypt.bot/api/createInvoice',
      headers: { 'crypto-pay-api-token': token },
      body: {
        currency_type: 'fiat',
        fiat: 'RUB',
        amount: '299.00',
        description: '1 month',
        payload: 'pay_1',
        paid_btn_name: 'openBot',
        paid_btn_url: 'https://t.me/shop_bot',
        expires_in: 1_800,
      },
    },
    amountIn: (request) => String(JSON.parse(request.body ?? '{}').amount),
    amounts: ['299.00', '299.50', '0.01', '100000.00'],
  },
  statuses: {
    reply: (word) => ({ text: JSON.stringify({ ok: true, result: { items: [invoice(word)] } }) }),
    words: { active: 'pending', paid: 'paid', expired: 'expired' },
  },
};
