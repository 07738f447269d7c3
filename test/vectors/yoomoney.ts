import { createHmac } from 'node:crypto';
import type { VectorTable } from './table';

// Vector YM-2.
const fields =
  'amount=290.03&codepro=false&currency=643&datetime=2026-06-01T10%3A20%3A30Z&label=pay_01J9ZK3T7Q&notification_type=card-incoming&operation_id=904035776918098009&sender=&unaccepted=false&withdraw_amount=299.00';
const sign = '3437285cdb1421495854c2ec041f16ddaec066f5e763f5cdb1b94b595499bd9b';

// Vector YM-1, the official sample, and its older signature YM-4.
const official =
  'amount=98.00&codepro=false&currency=643&datetime=2013-12-26T08%3A28%3A34Z&label=ML23045&notification_type=p2p-incoming&operation_id=441361714955017004&sender=41000000000&sha1_hash=ac13833bd6ba9eff1fa9e4bed76f3d6ebb57f6c0&unaccepted=false&withdraw_amount=100.00';

/** Percent-encoding of RFC 3986, 2.3. */
function encode(value: string): string {
  return encodeURIComponent(value).replaceAll(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}

export const table: VectorTable = {
  code: 'yoomoney',
  settings: { wallet: '41001123456789', secret: 'ym_secret_test_77' },
  otherKey: { secret: 'ym_other_secret' },
  proofHeaders: [],
  bodyProof: 'fields',
  good: [
    {
      name: 'YM-2',
      message: { body: `${fields}&sign=${sign}` },
      events: [
        {
          type: 'paid',
          trusted: true,
          dedupeKey: '904035776918098009',
          ref: { paymentId: 'pay_01J9ZK3T7Q' },
          received: { minor: 29_900, currency: 'RUB' },
        },
      ],
    },
  ],
  bad: [
    { name: 'YM-2 without a sign', message: { body: fields }, verdict: 'rejected' },
    { name: 'YM-2 with a field twice', message: { body: `${fields}&label=pay_other&sign=${sign}` }, verdict: 'rejected' },
    { name: 'YM-4: the older hash alone', message: { body: official }, verdict: 'rejected' },
  ],
  send: {
    form: 'form',
    body: ({ id, reference, now }) =>
      new URLSearchParams({
        notification_type: 'card-incoming',
        operation_id: id,
        amount: '290.03',
        withdraw_amount: '299.00',
        currency: '643',
        datetime: now.toISOString(),
        sender: '',
        codepro: 'false',
        unaccepted: 'false',
        label: reference,
      }).toString(),
    sign: (raw) => {
      const all = [...new URLSearchParams(raw.toString('utf8')).entries()].filter(([name]) => name !== 'sign');
      const text = all
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => `${name}=${encode(value)}`)
        .join('&');
      const hmac = createHmac('sha256', 'ym_secret_test_77').update(text).digest('hex');
      return { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: Buffer.concat([raw, Buffer.from(`&sign=${hmac}`)]) };
    },
    paidWords: ['false'],
    claim: (given) => ({
      reference: given['label'],
      amount: given['withdraw_amount'],
      currency: given['currency'] === '643' ? 'RUB' : given['currency'],
      status: given['codepro'],
    }),
  },
};
