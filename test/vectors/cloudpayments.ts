import { createHmac } from 'node:crypto';
import type { VectorTable } from './table';

const apiSecret = 'cp_api_secret_test_9d1e';

// Vector CL-1.
const body =
  'TransactionId=897749645&Amount=299.00&Currency=RUB&PaymentAmount=299.00&PaymentCurrency=RUB&DateTime=2026-01-01+00%3A00%3A00&CardFirstSix=424242&CardLastFour=4242&CardType=Visa&CardExpDate=12%2F30&TestMode=1&Status=Completed&OperationType=Payment&GatewayName=Test&InvoiceId=pay_01J9ZK3T7Q&AccountId=42&Description=%D0%9F%D0%BE%D0%B4%D0%BF%D0%B8%D1%81%D0%BA%D0%B0+1+%D0%BC%D0%B5%D1%81&Token=tk_test_1';
const hmac = 'lt955W74h9jkaUx+zC5Us6LjLo99z+ZvtWvH6h2cFJQ=';

function operation(status: string, changes: object = {}): object {
  const fields = {
    TransactionId: 897_749_645,
    Amount: 299,
    Currency: 'RUB',
    InvoiceId: 'pay_1',
    AccountId: '42',
    Status: status,
    OperationType: 'Payment',
    TestMode: false,
  };
  return { Success: true, Message: null, Model: { ...fields, ...changes } };
}

export const table: VectorTable = {
  code: 'cloudpayments',
  settings: { publicId: 'pk_test_1', apiSecret, mode: 'live' },
  otherKey: { apiSecret: 'cp_other_secret' },
  proofHeaders: ['content-hmac'],
  bodyProof: 'raw',
  good: [
    {
      name: 'CL-1 (of a test, so it does not count)',
      message: { headers: { 'content-hmac': hmac }, body, slot: 'pay' },
      events: [
        { type: 'paid', trusted: true, live: false, chargeId: '897749645', received: { minor: 29_900, currency: 'RUB' } },
        { type: 'method_saved', savedMethod: { id: 'tk_test_1', title: 'Visa *4242' } },
      ],
    },
    {
      name: 'a refusal of the bank, after which the payer may try again',
      message: { headers: { 'content-hmac': hmac }, body, slot: 'fail' },
      events: [{ type: 'pending' }],
    },
    {
      name: 'a refund',
      message: { headers: { 'content-hmac': hmac }, body, slot: 'refund' },
      events: [{ type: 'refunded', refundId: '897749645', refunded: { minor: 29_900, currency: 'RUB' } }],
    },
    {
      name: 'a hold that was let go',
      message: { headers: { 'content-hmac': hmac }, body, slot: 'cancel' },
      events: [{ type: 'cancelled' }],
    },
    {
      name: 'a confirmed hold',
      message: { headers: { 'content-hmac': hmac }, body, slot: 'confirm' },
      events: [{ type: 'paid' }, { type: 'method_saved' }],
    },
  ],
  bad: [
    { name: 'news of a subscription', message: { headers: { 'content-hmac': hmac }, body, slot: 'recurrent' }, verdict: 'ignored' },
    {
      name: 'CL-1 with the hash of the decoded body',
      message: { headers: { 'content-hmac': 'tveZkYlws3sdIYDkBMjqgFDsVdUGBNcif7mPgXh7cGs=' }, body, slot: 'pay' },
      verdict: 'rejected',
    },
  ],
  send: {
    slot: 'pay',
    form: 'form',
    body: ({ id, reference }) =>
      `TransactionId=${id}&Amount=299.00&Currency=RUB&InvoiceId=${reference}&AccountId=1&TestMode=0&Status=Completed&OperationType=Payment&Token=tk1`,
    sign: (raw) => {
      const hash = createHmac('sha256', apiSecret).update(raw).digest('base64');
      return { headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-hmac': hash }, body: raw };
    },
    // A notice of the slot "pay" is of money unless it says otherwise.
    paidWords: ['Completed', ''],
    claim: (given) => ({
      reference: given['InvoiceId'],
      amount: given['Amount'],
      currency: given['Currency'],
      status: given['Status'] ?? '',
    }),
  },
  create: {
    currency: 'RUB',
    reply: {
      text: JSON.stringify({ Success: true, Model: { Id: 'f2K8LV6reGE9WBFn', Url: 'https://orders.cloudpayments.ru/d/f2K8LV6reGE9WBFn' } }),
    },
    request: {
      method: 'POST',
      url: 'https://api.cloudpayments.ru/orders/create',
      headers: { authorization: `Basic ${Buffer.from('pk_test_1:cp_api_secret_test_9d1e').toString('base64')}`, 'x-request-id': 'pay_1-1' },
      body: {
        Amount: 299,
        Currency: 'RUB',
        Description: '1 month',
        InvoiceId: 'pay_1',
        AccountId: '42',
        RequireConfirmation: false,
        SuccessRedirectUrl: 'https://t.me/shop_bot',
        FailRedirectUrl: 'https://t.me/shop_bot',
      },
    },
    amountIn: (request) => String(JSON.parse(request.body ?? '{}').Amount),
    amounts: ['299', '299.5', '0.01', '100000'],
    keyIn: (request) => String(request.headers?.['x-request-id']),
  },
  statuses: {
    reply: (word) => ({ text: JSON.stringify(operation(word)) }),
    words: { AwaitingAuthentication: 'pending', Completed: 'paid', Cancelled: 'cancelled', Declined: 'pending' },
    testReply: { text: JSON.stringify(operation('Completed', { TestMode: true })) },
  },
};
