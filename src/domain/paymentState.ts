import type { PaymentEventType, PaymentState } from './payment';

/** What one event asks of the shop beyond the new state. */
export type PaymentAction =
  | 'none'
  /** Money came; whether it is enough, the sum of the charges says. */
  | 'money'
  /** It speaks of money that has not come yet: it waits a while, then an operator has to look. */
  | 'early'
  /** Money went back. */
  | 'refund'
  /** The payer's bank took money back, or gave it again. */
  | 'dispute'
  /** A way of paying may be used again, or not any more. */
  | 'saved';

interface Row {
  readonly to: PaymentState;
  readonly action: PaymentAction;
}

type Rows = Readonly<Record<PaymentEventType, Row>>;

function stay(state: PaymentState, changes: Partial<Rows>): Rows {
  const same: Row = { to: state, action: 'none' };
  return {
    pending: same,
    paid: same,
    underpaid: same,
    expired: same,
    cancelled: same,
    failed: same,
    refunded: same,
    dispute_opened: same,
    dispute_won: same,
    dispute_lost: same,
    renewed: same,
    subscription_state: same,
    method_saved: same,
    wake_up: same,
    ...changes,
  };
}

function early(state: PaymentState): Partial<Rows> {
  const row: Row = { to: state, action: 'early' };
  return { refunded: row, dispute_opened: row, dispute_won: row, dispute_lost: row };
}

function waiting(state: 'created' | 'pending'): Rows {
  return stay(state, {
    ...early(state),
    pending: { to: 'pending', action: 'none' },
    paid: { to: 'paid', action: 'money' },
    renewed: { to: 'paid', action: 'money' },
    underpaid: { to: 'underpaid', action: 'money' },
    expired: { to: 'expired', action: 'none' },
    cancelled: { to: 'cancelled', action: 'none' },
    failed: { to: 'failed', action: 'none' },
    method_saved: { to: state, action: 'saved' },
    subscription_state: { to: state, action: 'saved' },
  });
}

// Money that comes after the end is late, never lost.
function closed(state: 'expired' | 'cancelled' | 'failed' | 'underpaid_closed'): Rows {
  return stay(state, {
    ...early(state),
    paid: { to: 'paid_late', action: 'money' },
    renewed: { to: 'paid_late', action: 'money' },
    underpaid: { to: 'underpaid', action: 'money' },
    method_saved: { to: state, action: 'saved' },
    subscription_state: { to: state, action: 'saved' },
  });
}

function paid(state: 'paid' | 'paid_late' | 'partially_refunded' | 'disputed'): Rows {
  const isDisputed = state === 'disputed';
  return stay(state, {
    paid: { to: state, action: 'money' },
    renewed: { to: state, action: 'money' },
    underpaid: { to: state, action: 'money' },
    refunded: { to: 'refunded', action: 'refund' },
    dispute_opened: { to: 'disputed', action: isDisputed ? 'none' : 'dispute' },
    dispute_won: { to: isDisputed ? 'paid' : state, action: isDisputed ? 'dispute' : 'early' },
    dispute_lost: { to: 'refunded', action: 'refund' },
    method_saved: { to: state, action: 'saved' },
    subscription_state: { to: state, action: 'saved' },
  });
}

/** The whole table: every state × every event. A refund of a part stays `partially_refunded`; that only the sums can tell. */
const table: Readonly<Record<PaymentState, Rows>> = {
  created: waiting('created'),
  pending: waiting('pending'),
  underpaid: stay('underpaid', {
    paid: { to: 'paid', action: 'money' },
    renewed: { to: 'paid', action: 'money' },
    underpaid: { to: 'underpaid', action: 'money' },
    expired: { to: 'underpaid_closed', action: 'none' },
    cancelled: { to: 'underpaid_closed', action: 'none' },
    failed: { to: 'underpaid_closed', action: 'none' },
    refunded: { to: 'refunded', action: 'refund' },
    dispute_opened: { to: 'underpaid', action: 'early' },
    dispute_won: { to: 'underpaid', action: 'early' },
    dispute_lost: { to: 'refunded', action: 'refund' },
    method_saved: { to: 'underpaid', action: 'saved' },
    subscription_state: { to: 'underpaid', action: 'saved' },
  }),
  underpaid_closed: {
    ...closed('underpaid_closed'),
    refunded: { to: 'refunded', action: 'refund' },
    dispute_lost: { to: 'refunded', action: 'refund' },
  },
  expired: closed('expired'),
  cancelled: closed('cancelled'),
  failed: { ...closed('failed'), pending: { to: 'pending', action: 'none' }, expired: { to: 'expired', action: 'none' } },
  paid: paid('paid'),
  paid_late: paid('paid_late'),
  partially_refunded: paid('partially_refunded'),
  disputed: paid('disputed'),
  refunded: stay('refunded', {
    paid: { to: 'refunded', action: 'money' },
    renewed: { to: 'refunded', action: 'money' },
    underpaid: { to: 'refunded', action: 'money' },
    refunded: { to: 'refunded', action: 'refund' },
    dispute_lost: { to: 'refunded', action: 'refund' },
    method_saved: { to: 'refunded', action: 'saved' },
    subscription_state: { to: 'refunded', action: 'saved' },
  }),
};

/** State after `event` and what it asks for; total over state and event. */
export function nextPaymentState(state: PaymentState, event: PaymentEventType): Row {
  return table[state][event];
}
