import type { VectorTable } from './table';

const wallet = '0:abababababababababababababababababababababababababababababababab';
const hash = 'c1'.repeat(32);
const body = JSON.stringify({ account_id: wallet, lt: 46_000_000_001, tx_hash: hash });

export const table: VectorTable = {
  code: 'ton',
  // One of the four spellings of the address of 2.5.
  settings: { address: 'EQCrq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq8Uk', rate: { fixed: '250' }, webhookToken: 'ton_hook_token' },
  otherKey: { webhookToken: 'ton_other_token' },
  proofHeaders: ['authorization'],
  bodyProof: 'none',
  good: [
    {
      name: 'a notice',
      message: { headers: { authorization: 'Bearer ton_hook_token' }, body },
      events: [{ type: 'wake_up', trusted: false, ref: { externalId: hash } }],
    },
  ],
  bad: [
    { name: 'a notice while no token is configured', message: { headers: { authorization: 'Bearer ' }, body }, verdict: 'rejected' },
    {
      name: 'a notice about another wallet',
      message: { headers: { authorization: 'Bearer ton_hook_token' }, body: body.replace('abab', 'acac') },
      verdict: 'ignored',
    },
    {
      name: 'a notice without a transaction',
      message: { headers: { authorization: 'Bearer ton_hook_token' }, body: '{}' },
      verdict: 'unreadable',
    },
  ],
  send: {
    form: 'json',
    body: ({ id }) => JSON.stringify({ account_id: wallet, lt: Number(id), tx_hash: id.padStart(64, '0') }),
    sign: (raw) => ({ headers: { authorization: 'Bearer ton_hook_token' }, body: raw }),
    paidWords: [],
  },
};
