import type { Money } from './money';
import { isPaid, type PaymentEvent, type PaymentEventType, type PaymentState } from './payment';
import { nextPaymentState } from './paymentState';

export interface PaymentFacts {
  readonly state: PaymentState;
  readonly asked: Money;
  /** Money of this payment that waits for the rest, in minor units of what was asked. */
  readonly heldMinor: number;
  /** Everything that came and everything that went back, in the same units. */
  readonly receivedMinor: number;
  readonly refundedMinor: number;
  /** Charges and refunds that are booked already. */
  readonly chargeIds: readonly string[];
  readonly refundIds: readonly string[];
}

/** A thing to do, in order; the caller does all of them in one transaction. */
export type PaymentDecision =
  | {
      readonly kind: 'money';
      readonly event: PaymentEvent;
      readonly chargeId: string;
      readonly received: Money;
      /** `whole`: with it everything that was asked is there. `part`: more has to come. `second`: everything was there before. `renewal`: the next period. */
      readonly share: 'whole' | 'part' | 'second' | 'renewal';
    }
  | { readonly kind: 'quarantine'; readonly event: PaymentEvent; readonly reason: QuarantineReason }
  | { readonly kind: 'refund'; readonly event: PaymentEvent; readonly refundId: string; readonly amount: Money; readonly isFull: boolean }
  | { readonly kind: 'dispute'; readonly event: PaymentEvent; readonly step: 'opened' | 'won' }
  | { readonly kind: 'saved'; readonly event: PaymentEvent };

export type QuarantineReason =
  | 'other_currency'
  | 'other_price'
  | 'money_without_charge'
  | 'refund_of_nothing'
  | 'dispute_of_nothing'
  | 'unknown_payment';

export interface Folded {
  readonly state: PaymentState;
  readonly decisions: readonly PaymentDecision[];
  /** Events that speak of money which has not come yet; they stay open. */
  readonly early: readonly PaymentEvent[];
}

interface Fold {
  state: PaymentState;
  held: number;
  received: number;
  refunded: number;
  readonly charges: Set<string>;
  readonly refunds: Set<string>;
  readonly decisions: PaymentDecision[];
  readonly early: PaymentEvent[];
}

// Money first: whatever order events arrive in, a payment is paid before it is refunded or closed.
const applyOrder: Readonly<Record<PaymentEventType, number>> = {
  underpaid: 0,
  paid: 1,
  renewed: 2,
  pending: 3,
  method_saved: 3,
  wake_up: 3,
  subscription_state: 4,
  failed: 4,
  cancelled: 5,
  expired: 6,
  dispute_opened: 7,
  dispute_won: 8,
  dispute_lost: 9,
  refunded: 10,
};

/** Sums that grow, and the end of the period that is paid for, in the order they came to be. */
function stepOf(event: PaymentEvent): number {
  return event.receivedTotal?.minor ?? event.refundedTotal?.minor ?? (event.periodEnd === undefined ? 0 : Date.parse(event.periodEnd));
}

function inOrder(a: PaymentEvent, b: PaymentEvent): number {
  return applyOrder[a.type] - applyOrder[b.type] || stepOf(a) - stepOf(b) || a.dedupeKey.localeCompare(b.dedupeKey);
}

function wrongMoney(event: PaymentEvent, asked: Money): QuarantineReason | undefined {
  const amount = event.received ?? event.receivedTotal;
  if (event.chargeId === undefined || amount === undefined) return 'money_without_charge';
  if (amount.currency !== asked.currency) return 'other_currency';
  const told = event.asked;
  if (told === undefined) return undefined;
  return told.currency === asked.currency && told.minor === asked.minor ? undefined : 'other_price';
}

/** The charge that an event tells of: its own, or, from a provider that counts, what is new in the sum. */
function chargeOf(fold: Fold, event: PaymentEvent): { id: string; minor: number } | undefined {
  const { chargeId = '', received, receivedTotal } = event;
  const total = receivedTotal?.minor;
  const id = received === undefined && total !== undefined ? `${chargeId}:${total}` : chargeId;
  const minor = received === undefined ? (total ?? 0) - fold.received : received.minor;
  return fold.charges.has(id) || minor <= 0 ? undefined : { id, minor };
}

function takeMoney(fold: Fold, event: PaymentEvent, asked: Money): void {
  const wrong = wrongMoney(event, asked);
  if (wrong !== undefined) {
    fold.decisions.push({ kind: 'quarantine', event, reason: wrong });
    return;
  }
  const charge = chargeOf(fold, event);
  if (charge === undefined) return;
  fold.charges.add(charge.id);
  fold.received += charge.minor;
  const money = { event, chargeId: charge.id, received: { minor: charge.minor, currency: asked.currency } };
  if (isPaid(fold.state) || fold.state === 'refunded') {
    fold.decisions.push({ kind: 'money', ...money, share: event.type === 'renewed' ? 'renewal' : 'second' });
    return;
  }
  fold.held += charge.minor;
  const isWhole = fold.held >= asked.minor;
  fold.state = nextPaymentState(fold.state, isWhole ? 'paid' : 'underpaid').to;
  if (isWhole) fold.held = 0;
  fold.decisions.push({ kind: 'money', ...money, share: isWhole ? 'whole' : 'part' });
}

function takeBack(fold: Fold, event: PaymentEvent, asked: Money): void {
  const everything = fold.received - fold.refunded;
  // Where no sum is told, it is what was asked, not what a second payment brought.
  const total = event.refundedTotal?.minor ?? Math.min(asked.minor, fold.received);
  const told = event.refunded?.minor ?? total - fold.refunded;
  const refundId = event.refundId ?? `total:${event.chargeId ?? event.dedupeKey}:${fold.refunded + told}`;
  const minor = Math.min(told, everything);
  if (fold.refunds.has(refundId) || minor <= 0) return;
  fold.refunds.add(refundId);
  fold.refunded += minor;
  const isFull = fold.refunded >= fold.received;
  fold.state = isFull ? 'refunded' : fold.state === 'disputed' ? 'disputed' : 'partially_refunded';
  fold.decisions.push({ kind: 'refund', event, refundId, amount: { minor, currency: asked.currency }, isFull });
}

function apply(fold: Fold, event: PaymentEvent, context: { asked: Money; mayWait: boolean }): void {
  const { to, action } = nextPaymentState(fold.state, event.type);
  switch (action) {
    case 'none':
      fold.state = to;
      return;
    case 'money':
      takeMoney(fold, event, context.asked);
      return;
    case 'refund':
      takeBack(fold, event, context.asked);
      return;
    case 'dispute':
      fold.state = to;
      fold.decisions.push({ kind: 'dispute', event, step: event.type === 'dispute_won' ? 'won' : 'opened' });
      return;
    case 'saved':
      fold.decisions.push({ kind: 'saved', event });
      return;
    case 'early':
      if (context.mayWait) fold.early.push(event);
      else if (!isPaid(fold.state)) {
        fold.decisions.push({ kind: 'quarantine', event, reason: event.type === 'refunded' ? 'refund_of_nothing' : 'dispute_of_nothing' });
      }
  }
}

/**
 * Folds trusted events that were not applied yet into the payment. The same set of events gives the same money in any order and with any
 * repetition; one charge makes one decision. What comes before the money it speaks of is early and stays open while it may wait.
 */
export function foldPayment(facts: PaymentFacts, events: readonly PaymentEvent[], mayWait: (event: PaymentEvent) => boolean): Folded {
  const fold: Fold = {
    state: facts.state,
    held: facts.heldMinor,
    received: facts.receivedMinor,
    refunded: facts.refundedMinor,
    charges: new Set(facts.chargeIds),
    refunds: new Set(facts.refundIds),
    decisions: [],
    early: [],
  };
  const sorted = [...events].sort(inOrder);
  for (const event of sorted) apply(fold, event, { asked: facts.asked, mayWait: mayWait(event) });
  return { state: fold.state, decisions: fold.decisions, early: fold.early };
}

/** Share of the price, in per cent, that may come above it and stay with the shop. */
const toleratedPercent = 1;

/** What came above a price and goes to the balance: nothing while it is within 1 % or within one unit of the currency. Minor units. */
export function excessOf(due: Money, worth: Money, unitMinor: number): number {
  const over = worth.minor - due.minor;
  const isTolerated = over * 100 <= due.minor * toleratedPercent || over <= unitMinor;
  return isTolerated ? 0 : over;
}

/** Part of a price that part of what was asked is worth; together the parts are worth exactly the price. */
export function worthOf(partMinor: number, asked: Money, price: Money): Money {
  const minor = (BigInt(partMinor) * BigInt(price.minor)) / BigInt(asked.minor);
  return { minor: Number(minor), currency: price.currency };
}
