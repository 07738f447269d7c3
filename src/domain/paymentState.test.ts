import { describe, expect, it } from '@jest/globals';
import type { PaymentEventType, PaymentState } from './payment';
import { nextPaymentState } from './paymentState';

const states: readonly PaymentState[] = [
  'created',
  'pending',
  'underpaid',
  'underpaid_closed',
  'paid',
  'paid_late',
  'partially_refunded',
  'refunded',
  'disputed',
  'expired',
  'cancelled',
  'failed',
];
const events: readonly PaymentEventType[] = [
  'pending',
  'paid',
  'underpaid',
  'expired',
  'cancelled',
  'failed',
  'refunded',
  'dispute_opened',
  'dispute_won',
  'dispute_lost',
  'renewed',
  'subscription_state',
  'method_saved',
  'wake_up',
];
const moneyIn: readonly PaymentState[] = ['paid', 'paid_late', 'partially_refunded', 'disputed'];

describe('the table of payment states', () => {
  it('6: has a row for every state and event', () => {
    for (const state of states) for (const event of events) expect(states).toContain(nextPaymentState(state, event).to);
  });

  it('6: takes money in every state and never forgets that it came', () => {
    for (const state of states) expect(nextPaymentState(state, 'paid').action).toBe('money');
    for (const state of ['created', 'pending', 'underpaid'] as const) expect(nextPaymentState(state, 'paid').to).toBe('paid');
    for (const state of ['expired', 'cancelled', 'failed', 'underpaid_closed'] as const) {
      expect(nextPaymentState(state, 'paid').to).toBe('paid_late');
    }
  });

  it('6: never leads from money back to none', () => {
    for (const state of moneyIn) {
      for (const event of ['pending', 'expired', 'cancelled', 'failed'] as const) {
        expect(nextPaymentState(state, event)).toEqual({ to: state, action: 'none' });
      }
    }
  });

  it('6: closes what was paid in part, and lets a payer try again after a refusal', () => {
    for (const event of ['expired', 'cancelled', 'failed'] as const)
      expect(nextPaymentState('underpaid', event).to).toBe('underpaid_closed');
    expect(nextPaymentState('failed', 'pending').to).toBe('pending');
  });

  it('6: what speaks of money that has not come is early, never believed', () => {
    for (const state of ['created', 'pending', 'expired', 'cancelled', 'failed'] as const) {
      for (const event of ['refunded', 'dispute_opened', 'dispute_won', 'dispute_lost'] as const) {
        expect(nextPaymentState(state, event)).toEqual({ to: state, action: 'early' });
      }
    }
  });

  it('6: a wake-up changes nothing, the state of a subscription only what is kept', () => {
    for (const state of states) {
      expect(nextPaymentState(state, 'wake_up')).toEqual({ to: state, action: 'none' });
      expect(nextPaymentState(state, 'subscription_state')).toEqual({ to: state, action: 'saved' });
    }
  });

  it('6: a dispute is won back or lost', () => {
    expect(nextPaymentState('paid', 'dispute_opened')).toEqual({ to: 'disputed', action: 'dispute' });
    expect(nextPaymentState('disputed', 'dispute_won')).toEqual({ to: 'paid', action: 'dispute' });
    expect(nextPaymentState('disputed', 'dispute_lost')).toEqual({ to: 'refunded', action: 'refund' });
  });
});
