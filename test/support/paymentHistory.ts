import fc from 'fast-check';
import type { Money } from '../../src/domain/money';
import type { PaymentEvent, PaymentEventType } from '../../src/domain/payment';

/** What happened to one payment at its provider, in numbers that shrink well. */
export interface HistorySpec {
  /** `counted`: the provider tells the sum so far, as Heleket does; `listed`: each charge by itself. */
  readonly style: 'listed' | 'counted';
  /** How refunds are told: each by itself, or the sum of a charge so far. */
  readonly refundStyle: 'parts' | 'totals';
  /** Charges in thousandths of what was asked. */
  readonly charges: readonly number[];
  readonly refunds: readonly { readonly charge: number; readonly permille: number }[];
  readonly dispute: { readonly charge: number; readonly end: 'open' | 'won' | 'lost' } | undefined;
  readonly noise: readonly Noise[];
  /** The same charge is told of by a webhook and by an answer, under two keys. */
  readonly isToldTwice: boolean;
}

type Noise = Extract<PaymentEventType, 'pending' | 'failed' | 'cancelled' | 'expired' | 'wake_up' | 'subscription_state'>;
const noises: readonly Noise[] = ['pending', 'failed', 'cancelled', 'expired', 'wake_up', 'subscription_state'];

/** Everything valid that a provider can tell of one payment. */
export const historySpec: fc.Arbitrary<HistorySpec> = fc.record({
  style: fc.constantFrom('listed', 'counted'),
  refundStyle: fc.constantFrom('parts', 'totals'),
  charges: fc.array(fc.oneof(fc.constantFrom(1_000, 500, 999, 1_003, 1_010, 2_000, 1), fc.integer({ min: 1, max: 1_500 })), {
    maxLength: 4,
  }),
  refunds: fc.array(fc.record({ charge: fc.nat(3), permille: fc.oneof(fc.constant(1_000), fc.integer({ min: 1, max: 999 })) }), {
    maxLength: 3,
  }),
  dispute: fc.option(fc.record({ charge: fc.nat(3), end: fc.constantFrom('open', 'won', 'lost') }), { nil: undefined }),
  noise: fc.subarray([...noises]),
  isToldTwice: fc.boolean(),
});

/** The provider's own book of a payment, and what it tells of it, in the order in which it happened. */
export interface History {
  readonly events: readonly PaymentEvent[];
  readonly charges: readonly number[];
  readonly received: number;
  readonly refunded: number;
}

export interface Target {
  readonly provider: string;
  readonly paymentId: string;
  readonly asked: Money;
}

interface Book {
  readonly spec: HistorySpec;
  readonly target: Target;
  readonly charges: { readonly id: string; readonly minor: number; refunded: number }[];
  readonly events: PaymentEvent[];
}

function tell(book: Book, type: PaymentEventType, fields: Partial<PaymentEvent> & { readonly key: string }): void {
  const { provider, paymentId } = book.target;
  const { key, ...rest } = fields;
  book.events.push({ provider, type, trusted: true, live: true, ref: { paymentId }, dedupeKey: `${paymentId}:${key}`, ...rest });
}

function receive(book: Book): void {
  const { spec, target } = book;
  const { currency } = target.asked;
  let total = 0;
  for (const [index, permille] of spec.charges.entries()) {
    const minor = Math.max(1, Math.floor((target.asked.minor * permille) / 1_000));
    const id = `${target.paymentId}-c${index}`;
    total += minor;
    book.charges.push({ id, minor, refunded: 0 });
    const type = total >= target.asked.minor ? 'paid' : 'underpaid';
    const money =
      spec.style === 'counted'
        ? { chargeId: target.paymentId, receivedTotal: { minor: total, currency } }
        : { chargeId: id, received: { minor, currency } };
    tell(book, spec.style === 'counted' ? type : 'paid', { key: `money:${index}`, ...money });
    if (spec.isToldTwice) tell(book, spec.style === 'counted' ? type : 'paid', { key: `answer:${index}`, ...money });
  }
}

function giveBack(book: Book): void {
  const { spec, target, charges } = book;
  const { currency } = target.asked;
  for (const [index, { charge, permille }] of spec.refunds.entries()) {
    const from = charges[charge % charges.length];
    if (from === undefined || from.refunded === from.minor) continue;
    const minor = Math.max(1, Math.floor(((from.minor - from.refunded) * permille) / 1_000));
    from.refunded += minor;
    const what =
      spec.refundStyle === 'parts'
        ? { refundId: `${from.id}-r${index}`, refunded: { minor, currency } }
        : { refundedTotal: { minor: from.refunded, currency } };
    tell(book, 'refunded', { key: `refund:${index}`, chargeId: from.id, ...what });
  }
  const { dispute } = spec;
  const disputed = dispute === undefined ? undefined : charges[dispute.charge % charges.length];
  if (dispute === undefined || disputed === undefined || disputed.refunded === disputed.minor) return;
  tell(book, 'dispute_opened', { key: 'opened', chargeId: disputed.id });
  if (dispute.end === 'open') return;
  tell(book, dispute.end === 'won' ? 'dispute_won' : 'dispute_lost', { key: dispute.end, chargeId: disputed.id });
  if (dispute.end === 'lost') disputed.refunded = disputed.minor;
}

// Who counts gives back everything or nothing, and names no charge.
function giveAllBack(book: Book): void {
  if (book.spec.refunds.length === 0 || book.charges.length === 0) return;
  const minor = book.charges.reduce((sum, charge) => sum + charge.minor, 0);
  for (const charge of book.charges) charge.refunded = charge.minor;
  tell(book, 'refunded', { key: 'refund', refundedTotal: { minor, currency: book.target.asked.currency } });
}

/** Plays a spec at a payment's provider. */
export function playHistory(spec: HistorySpec, target: Target): History {
  const book: Book = { spec, target, charges: [], events: [] };
  for (const type of spec.noise) tell(book, type, { key: `noise:${type}` });
  receive(book);
  if (spec.style === 'counted') giveAllBack(book);
  else giveBack(book);
  return {
    events: book.events,
    charges: book.charges.map((charge) => charge.minor),
    received: book.charges.reduce((sum, charge) => sum + charge.minor, 0),
    refunded: book.charges.reduce((sum, charge) => sum + charge.refunded, 0),
  };
}

/** How often and when each event is delivered: the numbers of the batches it is in. */
export const deliveryPlan: fc.Arbitrary<readonly (readonly number[])[]> = fc.array(fc.array(fc.nat(7), { minLength: 1, maxLength: 3 }), {
  maxLength: 30,
  size: 'max',
});

/** Events in batches, as a plan says; every event is in at least one. */
export function deliver<Entry>(
  events: readonly Entry[],
  plan: readonly (readonly number[])[],
  isReversed: boolean,
): readonly (readonly Entry[])[] {
  const batches: Entry[][] = Array.from({ length: 8 }, () => []);
  for (const [index, event] of events.entries()) for (const batch of plan[index] ?? [0]) batches[batch]?.push(event);
  const filled = batches.filter((batch) => batch.length > 0);
  return isReversed ? filled.map((batch) => batch.toReversed()) : filled;
}
