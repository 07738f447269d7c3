import type { Money } from './money';
import { isPaid, type PaymentEvent, type PaymentEventType, type PaymentState } from './payment';
import { nextPaymentState } from './paymentState';

/** Money that came for a payment, with what went back of it, in minor units. */
export interface KnownCharge {
  readonly chargeId: string;
  readonly minor: number;
  readonly refundedMinor: number;
}

export interface PaymentFacts {
  readonly state: PaymentState;
  readonly asked: Money;
  /** Money of this payment that waits for the rest, in minor units of what was asked. */
  readonly heldMinor: number;
  /** Whether a part may wait for the rest; where it may not (the order is closed), each part goes its own way. */
  readonly keepsParts: boolean;
  /** Charges and refunds that are booked already. */
  readonly charges: readonly KnownCharge[];
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
  | {
      readonly kind: 'refund';
      readonly event: PaymentEvent;
      readonly refundId: string;
      readonly amount: Money;
      /** How much of it is of which charge. */
      readonly parts: readonly { readonly chargeId: string; readonly minor: number }[];
    }
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

interface Charge {
  readonly id: string;
  readonly minor: number;
  refunded: number;
}

interface Fold {
  state: PaymentState;
  held: number;
  readonly charges: Map<string, Charge>;
  readonly refunds: Set<string>;
  readonly decisions: PaymentDecision[];
  readonly early: PaymentEvent[];
}

interface Context {
  readonly asked: Money;
  readonly keepsParts: boolean;
  readonly mayWait: boolean;
}

const receivedOf = (charges: Iterable<Charge>): number => [...charges].reduce((sum, charge) => sum + charge.minor, 0);
const refundedOf = (charges: Iterable<Charge>): number => [...charges].reduce((sum, charge) => sum + charge.refunded, 0);

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
  const minor = received === undefined ? (total ?? 0) - receivedOf(fold.charges.values()) : received.minor;
  return fold.charges.has(id) || minor <= 0 ? undefined : { id, minor };
}

function takeMoney(fold: Fold, event: PaymentEvent, { asked, keepsParts }: Context): void {
  const wrong = wrongMoney(event, asked);
  if (wrong !== undefined) {
    fold.decisions.push({ kind: 'quarantine', event, reason: wrong });
    return;
  }
  const charge = chargeOf(fold, event);
  if (charge === undefined) return;
  fold.charges.set(charge.id, { ...charge, refunded: 0 });
  const money = { event, chargeId: charge.id, received: { minor: charge.minor, currency: asked.currency } };
  if (isPaid(fold.state) || fold.state === 'refunded') {
    if (fold.state === 'refunded') fold.state = 'partially_refunded';
    fold.decisions.push({ kind: 'money', ...money, share: event.type === 'renewed' ? 'renewal' : 'second' });
    return;
  }
  const sum = (keepsParts ? fold.held : 0) + charge.minor;
  const isWhole = sum >= asked.minor;
  fold.state = nextPaymentState(fold.state, isWhole ? 'paid' : 'underpaid').to;
  fold.held = isWhole ? 0 : sum;
  fold.decisions.push({ kind: 'money', ...money, share: isWhole ? 'whole' : 'part' });
}

/** The charges that a refund or a dispute is about: the one it names, or all; undefined when it names one that has not come. */
function chargesOf(fold: Fold, event: PaymentEvent): readonly Charge[] | undefined {
  const { chargeId } = event;
  const all = [...fold.charges.values()];
  if (chargeId === undefined) return all;
  // A provider that counts names one charge, which came in several sums.
  const named = all.filter(({ id }) => id === chargeId || id.startsWith(`${chargeId}:`));
  return named.length === 0 ? undefined : named;
}

/** What went back in all of these charges: what is told, else all of the one that is named, else what was asked. */
function totalBack(charges: readonly Charge[], event: PaymentEvent, asked: Money): number {
  const received = receivedOf(charges);
  return event.refundedTotal?.minor ?? (event.chargeId === undefined ? Math.min(asked.minor, received) : received);
}

function shareOut(charges: readonly Charge[], minor: number): { chargeId: string; minor: number }[] {
  let left = minor;
  const parts: { chargeId: string; minor: number }[] = [];
  for (const charge of charges) {
    const part = Math.min(left, charge.minor - charge.refunded);
    if (part <= 0) continue;
    charge.refunded += part;
    left -= part;
    parts.push({ chargeId: charge.id, minor: part });
  }
  return parts;
}

function stateAfterRefund(fold: Fold, event: PaymentEvent): PaymentState {
  const all = [...fold.charges.values()];
  if (refundedOf(all) >= receivedOf(all)) return 'refunded';
  if (!isPaid(fold.state)) return 'underpaid_closed';
  return fold.state === 'disputed' && event.type !== 'dispute_lost' ? 'disputed' : 'partially_refunded';
}

interface Back {
  readonly charges: readonly Charge[];
  readonly refundId: string;
  /** What the event says went back beyond what is known, and what can still go back, in minor units. */
  readonly told: number;
  readonly left: number;
}

function backOf(fold: Fold, event: PaymentEvent, asked: Money): Back {
  const named = chargesOf(fold, event);
  const charges = named ?? [...fold.charges.values()];
  const before = refundedOf(named ?? []);
  const told = event.refunded?.minor ?? totalBack(charges, event, asked) - before;
  const refundId = event.refundId ?? `total:${event.chargeId ?? event.dedupeKey}:${before + told}`;
  return { charges, refundId, told, left: receivedOf(charges) - refundedOf(charges) };
}

function takeBack(fold: Fold, event: PaymentEvent, { asked, mayWait }: Context): void {
  const { charges, refundId, told, left } = backOf(fold, event, asked);
  if (fold.refunds.has(refundId) || told <= 0) return;
  // More went back than came so far, or the rest of the payment is still awaited.
  if (mayWait && (told > left || !isPaid(fold.state))) {
    fold.early.push(event);
    return;
  }
  const minor = Math.min(told, left);
  if (minor <= 0) return;
  fold.refunds.add(refundId);
  const parts = shareOut(charges, minor);
  fold.state = stateAfterRefund(fold, event);
  fold.held = 0;
  fold.decisions.push({ kind: 'refund', event, refundId, amount: { minor, currency: asked.currency }, parts });
  if (told > left) fold.decisions.push({ kind: 'quarantine', event, reason: 'refund_of_nothing' });
}

function settleDispute(fold: Fold, event: PaymentEvent, to: PaymentState): void {
  const step = event.type === 'dispute_won' ? 'won' : 'opened';
  const charges = chargesOf(fold, event) ?? [...fold.charges.values()];
  // The end of a dispute may be heard of first: what went back already is not disputed any more.
  if (step === 'opened' && refundedOf(charges) >= receivedOf(charges)) return;
  fold.state = step === 'won' && refundedOf(fold.charges.values()) > 0 ? 'partially_refunded' : to;
  fold.decisions.push({ kind: 'dispute', event, step });
}

const speaksOfMoney: ReadonlySet<PaymentEventType> = new Set(['refunded', 'dispute_opened', 'dispute_won', 'dispute_lost']);

function putEarly(fold: Fold, event: PaymentEvent, mayWait: boolean): void {
  if (mayWait) fold.early.push(event);
  else if (!isPaid(fold.state)) {
    fold.decisions.push({ kind: 'quarantine', event, reason: event.type === 'refunded' ? 'refund_of_nothing' : 'dispute_of_nothing' });
  }
}

function apply(fold: Fold, event: PaymentEvent, context: Context): void {
  if (context.mayWait && speaksOfMoney.has(event.type) && chargesOf(fold, event) === undefined) {
    fold.early.push(event);
    return;
  }
  const { to, action } = nextPaymentState(fold.state, event.type);
  switch (action) {
    case 'none':
      fold.state = to;
      return;
    case 'money':
      takeMoney(fold, event, context);
      return;
    case 'refund':
      takeBack(fold, event, context);
      return;
    case 'dispute':
      settleDispute(fold, event, to);
      return;
    case 'saved':
      fold.decisions.push({ kind: 'saved', event });
      return;
    case 'early':
      putEarly(fold, event, context.mayWait);
  }
}

function openFold(facts: PaymentFacts): Fold {
  return {
    state: facts.state,
    held: facts.heldMinor,
    charges: new Map(
      facts.charges.map(({ chargeId, minor, refundedMinor }) => [chargeId, { id: chargeId, minor, refunded: refundedMinor }]),
    ),
    refunds: new Set(facts.refundIds),
    decisions: [],
    early: [],
  };
}

/**
 * Folds trusted events that were not applied yet into the payment. The same set of events gives the same money in any order and with any
 * repetition; one charge makes one decision. What comes before the money it speaks of is early and stays open while it may wait.
 */
export function foldPayment(facts: PaymentFacts, events: readonly PaymentEvent[], mayWait: (event: PaymentEvent) => boolean): Folded {
  const fold = openFold(facts);
  const { asked, keepsParts } = facts;
  const sorted = [...events].sort(inOrder);
  for (const event of sorted) apply(fold, event, { asked, keepsParts, mayWait: mayWait(event) });
  return { state: fold.state, decisions: fold.decisions, early: fold.early };
}
