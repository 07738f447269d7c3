import type { VectorTable } from './table';

export const table: VectorTable = {
  code: 'stars',
  settings: { rubPerStar: '1.80' },
  proofHeaders: [],
  bodyProof: 'none',
  // Stars are told by updates of the bot; a webhook of their own they do not have.
  good: [],
  bad: [{ name: 'any message', message: { body: '{"update_id":1}' }, verdict: 'rejected' }],
  create: {
    currency: 'XTR',
    reply: { text: JSON.stringify({ ok: true, result: 'https://t.me/$invoice' }) },
    request: {
      method: 'POST',
      url: 'https://api.telegram.org/bot1:test/createInvoiceLink',
      headers: {},
      body: {
        title: '1 month',
        description: '1 month',
        payload: 'pay_1',
        provider_token: '',
        currency: 'XTR',
        prices: [{ label: '1 month', amount: 299 }],
      },
    },
    amountIn: (request) => String(JSON.parse(request.body ?? '{}').prices[0].amount),
    amounts: ['299', '300', '0', '100000'],
  },
};
