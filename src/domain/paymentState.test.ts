import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PaymentEvent, PaymentEventType, PaymentState } from './payment';
import { foldPayment, judgeAmount, nextPaymentState } from './paymentState';

function event(type: PaymentEventType, id: string, chargeId?: string): PaymentEvent {
  return {
    provider: 'yookassa',
    dedupeKey: `${type}:${id}`,
    type,
    trusted: true,
    ref: { externalId: 'x' },
    ...(chargeId === undefined ? {} : { chargeId, received: { minor: 29_900, currency: 'RUB' } }),
    live: true,
  };
}

describe('the payment state machine', () => {
  it('6: takes money in every state and never forgets that it came', () => {
    const states: readonly PaymentState[] = ['created', 'pending', 'underpaid', 'underpaid_closed', 'expired', 'cancelled', 'failed'];
    for (const state of states) {
      const { to, action } = nextPaymentState(state, 'paid');
      expect(action).toBe('money');
      expect(['paid', 'paid_late']).toContain(to);
    }
    for (const state of ['paid', 'paid_late', 'partially_refunded'] as const) {
      for (const type of ['pending', 'expired', 'cancelled', 'failed'] as const)
        expect(nextPaymentState(state, type)).toEqual({ to: state, action: 'none' });
    }
  });

  it('9: paid and canceled in both orders end in paid', () => {
    const paid = event('paid', '1', 'c1');
    const cancelled = event('cancelled', '1');
    for (const events of [
      [paid, cancelled],
      [cancelled, paid],
    ])
      expect(foldPayment({ state: 'pending', chargeIds: [] }, events).state).toBe('paid');
  });

  it('10: a refund of money that never came goes to the operator', () => {
    expect(foldPayment({ state: 'pending', chargeIds: [] }, [event('refunded', '1')]).decisions).toMatchObject([
      { kind: 'quarantine', reason: 'refunded_of_pending' },
    ]);
  });

  it('13: two charges of one payment make one first and one second money', () => {
    const folded = foldPayment({ state: 'pending', chargeIds: [] }, [event('paid', '1', 'c1'), event('paid', '2', 'c2')]);
    expect(folded.decisions).toMatchObject([
      { kind: 'money', chargeId: 'c1', first: true },
      { kind: 'money', chargeId: 'c2', first: false },
    ]);
  });

  it('a charge that is booked already makes no decision', () => {
    expect(foldPayment({ state: 'paid', chargeIds: ['c1'] }, [event('paid', '1', 'c1')])).toEqual({ state: 'paid', decisions: [] });
  });

  it('18: any order and repetition of the same events ends the same, with one first money', () => {
    const all = [
      event('pending', '1'),
      event('paid', '1', 'c1'),
      event('cancelled', '1'),
      event('expired', '1'),
      event('failed', '1'),
      event('refunded', '1'),
    ];
    const sets = fc.array(fc.constantFrom(...all), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(sets, fc.infiniteStream(fc.nat()), (events, random) => {
        const shuffled = [...events]
          .map((entry) => ({ entry, key: random.next().value ?? 0 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ entry }) => entry);
        const unique = [...new Map(events.map((entry) => [entry.dedupeKey, entry])).values()];
        const first = foldPayment({ state: 'pending', chargeIds: [] }, unique);
        const second = foldPayment({ state: 'pending', chargeIds: [] }, shuffled);
        expect(second.state).toBe(first.state);
        expect(second.decisions.filter((decision) => decision.kind === 'money')).toHaveLength(
          unique.some((entry) => entry.type === 'paid') ? 1 : 0,
        );
      }),
    );
  });
});

describe('judgeAmount', () => {
  const asked = { minor: 29_900, currency: 'RUB' };
  it.each([
    [29_900, { verdict: 'enough', excess: 0 }],
    [29_899, { verdict: 'less' }],
    [30_000, { verdict: 'enough', excess: 0 }],
    [30_199, { verdict: 'enough', excess: 0 }],
    [30_200, { verdict: 'enough', excess: 300 }],
    [59_800, { verdict: 'enough', excess: 29_900 }],
  ])('5: of %d kopecks for 299 RUB', (minor, verdict) => {
    expect(judgeAmount(asked, { minor, currency: 'RUB' }, 100)).toEqual(verdict);
  });

  it('5: of another currency is never enough', () => {
    expect(judgeAmount(asked, { minor: 99_999_999, currency: 'USD' }, 100)).toEqual({ verdict: 'other_currency' });
  });
});
