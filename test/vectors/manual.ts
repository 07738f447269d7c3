import type { VectorTable } from './table';

export const table: VectorTable = {
  code: 'manual',
  settings: { requisites: [{ id: 'main', kind: 'card', number: '2200 0000 0000 0001', holder: 'Ivan I.', bank: 'Bank' }] },
  proofHeaders: [],
  bodyProof: 'none',
  // An operator says what came; no message from outside is believed.
  good: [],
  bad: [{ name: 'any message', message: { body: '{}' }, verdict: 'rejected' }],
};
