import { expect, it } from '@jest/globals';
import { shownPaymentState, type AttemptFacts } from './paymentLine';

const waiting: AttemptFacts = { state: 'pending', order: 'open', isChosen: true, isSubmitted: false };

it.each<[string, Partial<AttemptFacts>, string]>([
  ['is waited for while its order is open', {}, 'pending'],
  ['is being prepared until the provider has answered', { state: 'created' }, 'created'],
  ['is replaced once another attempt was chosen', { isChosen: false }, 'replaced'],
  ['is replaced once another order took the place of its own', { order: 'superseded' }, 'replaced'],
  ['is replaced where an earlier attempt has paid the order', { order: 'paid' }, 'replaced'],
  ['is replaced also before the provider has answered', { state: 'created', isChosen: false }, 'replaced'],
  ['stays replaced when the provider has closed it', { state: 'cancelled', isChosen: false }, 'replaced'],
  ['was not paid where its order expired', { order: 'expired' }, 'expired'],
  ['is cancelled with its order', { order: 'cancelled' }, 'cancelled'],
  ['is cancelled where the provider did that', { state: 'cancelled' }, 'cancelled'],
  ['is cancelled where the provider did that before its order expired', { state: 'cancelled', order: 'expired' }, 'cancelled'],
  ['that declined stays so', { state: 'failed', isChosen: false }, 'failed'],
  ['by a transfer that was sent is looked for', { isSubmitted: true }, 'checking'],
  ['by a transfer that was sent is looked for, also after another was chosen', { isSubmitted: true, isChosen: false }, 'checking'],
  ['that was paid is paid, whatever became of its order', { state: 'paid', order: 'superseded', isChosen: false }, 'paid'],
  ['that was paid late is paid', { state: 'paid_late', order: 'expired' }, 'paid_late'],
  ['in part is so until its money went elsewhere', { state: 'underpaid', isChosen: false }, 'underpaid'],
])('an attempt to pay %s', (_what, changes, shown) => {
  expect(shownPaymentState({ ...waiting, ...changes })).toBe(shown);
});
