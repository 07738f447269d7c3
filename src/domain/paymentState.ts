import type { Money } from './money';
import { isPaid, type PaymentEvent, type PaymentEventType, type PaymentState } from './payment';

/** What one event asks of the shop beyond the new state. */
export type PaymentAction =
  | 'none'
  /** Enough money came for the order. */
  | 'money'
  /** Part of the money came. */
  | 'part'
  /** Fits nothing: an operator has to look. */
  | 'quarantine'
  /** Money went back. */
  | 'refund'
  /** The payer's bank took money back, or gave it again. */
  | 'dispute';

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

function refused(state: PaymentState): Partial<Rows> {
  const row: Row = { to: state, action: 'quarantine' };
  return { refunded: row, dispute_opened: row, dispute_won: row, dispute_lost: row, renewed: row };
}

function waiting(state: 'created' | 'pending'): Rows {
  return stay(state, {
    ...refused(state),
    pending: { to: 'pending', action: 'none' },
    paid: { to: 'paid', action: 'money' },
    underpaid: { to: 'underpaid', action: 'part' },
    expired: { to: 'expired', action: 'none' },
    cancelled: { to: 'cancelled', action: 'none' },
    failed: { to: 'failed', action: 'none' },
  });
}

// Money that comes after the end is late, never lost.
function closed(state: 'expired' | 'cancelled' | 'failed' | 'underpaid_closed'): Rows {
  return stay(state, {
    ...refused(state),
    paid: { to: 'paid_late', action: 'money' },
    underpaid: { to: 'underpaid', action: 'part' },
  });
}

function paid(state: 'paid' | 'paid_late' | 'partially_refunded' | 'disputed'): Rows {
  return stay(state, {
    paid: { to: state === 'disputed' ? 'paid' : state, action: 'money' },
    underpaid: { to: state, action: 'part' },
    refunded: { to: 'refunded', action: 'refund' },
    dispute_opened: { to: 'disputed', action: 'dispute' },
    dispute_won: { to: state === 'disputed' ? 'paid' : state, action: state === 'disputed' ? 'dispute' : 'none' },
    dispute_lost: { to: 'refunded', action: 'refund' },
    renewed: { to: state, action: 'money' },
  });
}

/** The whole table: every state × every event. */
const table: Readonly<Record<PaymentState, Rows>> = {
  created: waiting('created'),
  pending: waiting('pending'),
  underpaid: stay('underpaid', {
    ...refused('underpaid'),
    paid: { to: 'paid', action: 'money' },
    underpaid: { to: 'underpaid', action: 'part' },
    expired: { to: 'underpaid_closed', action: 'none' },
    cancelled: { to: 'underpaid_closed', action: 'none' },
    failed: { to: 'underpaid_closed', action: 'none' },
    refunded: { to: 'refunded', action: 'refund' },
  }),
  underpaid_closed: closed('underpaid_closed'),
  expired: closed('expired'),
  cancelled: closed('cancelled'),
  failed: { ...closed('failed'), pending: { to: 'pending', action: 'none' }, expired: { to: 'expired', action: 'none' } },
  paid: paid('paid'),
  paid_late: paid('paid_late'),
  partially_refunded: paid('partially_refunded'),
  disputed: paid('disputed'),
  refunded: stay('refunded', { paid: { to: 'refunded', action: 'money' }, underpaid: { to: 'refunded', action: 'part' } }),
};

/** State after `event` and what it asks for; total over state and event. */
export function nextPaymentState(state: PaymentState, event: PaymentEventType): Row {
  return table[state][event];
}

/** Share of the price, in per cent, that may come above it and stay with the shop. */
const toleratedPercent = 1;

/** How what arrived compares with what was asked. `excess` goes to the balance. */
export function judgeAmount(
  asked: Money,
  received: Money,
  unitMinor: number,
): { readonly verdict: 'enough'; readonly excess: number } | { readonly verdict: 'less' | 'other_currency' } {
  if (received.currency !== asked.currency) return { verdict: 'other_currency' };
  if (received.minor < asked.minor) return { verdict: 'less' };
  const over = received.minor - asked.minor;
  const tolerated = over * 100 <= asked.minor * toleratedPercent || over <= unitMinor;
  return { verdict: 'enough', excess: tolerated ? 0 : over };
}

export interface PaymentFacts {
  readonly state: PaymentState;
  /** Charges that are booked already. */
  readonly chargeIds: readonly string[];
}

/** A thing to do, in order; the caller does all of them in one transaction. */
export type PaymentDecision =
  | { readonly kind: 'money'; readonly event: PaymentEvent; readonly chargeId: string; readonly received: Money; readonly first: boolean }
  | { readonly kind: 'quarantine'; readonly event: PaymentEvent; readonly reason: string }
  | { readonly kind: 'refund'; readonly event: PaymentEvent };

export interface Folded {
  readonly state: PaymentState;
  readonly decisions: readonly PaymentDecision[];
}

// Money first: whatever order events arrive in, a payment is paid before it is refunded or closed.
const applyOrder: Readonly<Record<PaymentEventType, number>> = {
  paid: 0,
  renewed: 1,
  underpaid: 2,
  pending: 3,
  method_saved: 3,
  subscription_state: 3,
  wake_up: 3,
  failed: 4,
  cancelled: 5,
  expired: 6,
  dispute_opened: 7,
  dispute_won: 8,
  dispute_lost: 9,
  refunded: 10,
};

function decide(state: PaymentState, event: PaymentEvent, known: ReadonlySet<string>): { state: PaymentState; decision?: PaymentDecision } {
  const { to, action } = nextPaymentState(state, event.type);
  if (action === 'none') return { state: to };
  if (action === 'refund') return { state: to, decision: { kind: 'refund', event } };
  if (action === 'quarantine' || action === 'dispute')
    return { state: to, decision: { kind: 'quarantine', event, reason: `${event.type}_of_${state}` } };
  if (event.chargeId === undefined || event.received === undefined) {
    return { state, decision: { kind: 'quarantine', event, reason: 'money_without_charge' } };
  }
  if (known.has(event.chargeId)) return { state: isPaid(state) || state === 'refunded' ? state : to };
  const first = !isPaid(state) && state !== 'refunded';
  return { state: to, decision: { kind: 'money', event, chargeId: event.chargeId, received: event.received, first } };
}

/**
 * Folds trusted events that were not applied yet into the payment. The same set of events gives the same end in any order and with any
 * repetition; one charge makes one decision.
 */
export function foldPayment(facts: PaymentFacts, events: readonly PaymentEvent[]): Folded {
  const known = new Set(facts.chargeIds);
  const decisions: PaymentDecision[] = [];
  let state = facts.state;
  const sorted = [...events].sort(
    (a, b) =>
      applyOrder[a.type] - applyOrder[b.type] ||
      (a.chargeId ?? '').localeCompare(b.chargeId ?? '') ||
      a.dedupeKey.localeCompare(b.dedupeKey),
  );
  for (const event of sorted) {
    const step = decide(state, event, known);
    state = step.state;
    if (step.decision === undefined) continue;
    decisions.push(step.decision);
    if (step.decision.kind === 'money') known.add(step.decision.chargeId);
  }
  return { state, decisions };
}
