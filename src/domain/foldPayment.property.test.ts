import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deliver, deliveryPlan, historySpec, playHistory, type HistorySpec } from '../../test/support/paymentHistory';
import { foldPayment, type KnownCharge, type PaymentDecision, type PaymentFacts } from './foldPayment';
import type { PaymentEvent, PaymentState } from './payment';

const target = { provider: 'p', paymentId: 'pay', asked: { minor: 29_900, currency: 'RUB' } } as const;

interface Outcome {
  readonly received: number;
  readonly refunded: number;
  /** How often everything that was asked was there for the first time: the order is delivered so often. */
  readonly wholes: number;
  /** What went to the balance: second charges and what came above the price. */
  readonly balance: number;
  readonly charges: readonly KnownCharge[];
  readonly state: PaymentState;
  readonly disputes: number;
  readonly putAside: readonly string[];
}

interface Shop {
  facts: PaymentFacts;
  open: readonly PaymentEvent[];
  readonly seen: Set<string>;
  wholes: number;
  balance: number;
  disputes: number;
  readonly putAside: string[];
}

function takeMoney(shop: Shop, decision: Extract<PaymentDecision, { kind: 'money' }>): void {
  const { chargeId, received, share } = decision;
  const { facts } = shop;
  const isKept = share === 'part' && facts.keepsParts;
  const held = facts.heldMinor + received.minor;
  if (share === 'whole') {
    shop.wholes += 1;
    shop.balance += held - facts.asked.minor;
  } else if (!isKept) shop.balance += received.minor;
  const charges = [...facts.charges, { chargeId, minor: received.minor, refundedMinor: 0 }];
  shop.facts = { ...facts, charges, heldMinor: isKept ? held : share === 'second' ? facts.heldMinor : 0 };
}

function carryOut(shop: Shop, decision: PaymentDecision): void {
  if (decision.kind === 'money') takeMoney(shop, decision);
  if (decision.kind === 'dispute') shop.disputes += 1;
  if (decision.kind !== 'refund') return;
  const charges = shop.facts.charges.map((charge) => {
    const part = decision.parts.find((entry) => entry.chargeId === charge.chargeId)?.minor ?? 0;
    return { ...charge, refundedMinor: charge.refundedMinor + part };
  });
  shop.facts = { ...shop.facts, charges, refundIds: [...shop.facts.refundIds, decision.refundId], heldMinor: 0 };
}

// As the inbox does: a message is taken once, and what is early is folded again with whatever comes next.
function apply(shop: Shop, batch: readonly PaymentEvent[], mayWait: boolean): void {
  const fresh = batch.filter((event, index) => !shop.seen.has(event.dedupeKey) && batch.indexOf(event) === index);
  for (const event of fresh) shop.seen.add(event.dedupeKey);
  const folded = foldPayment(shop.facts, [...shop.open, ...fresh], () => mayWait);
  shop.open = folded.early;
  for (const decision of folded.decisions) {
    if (decision.kind === 'quarantine') shop.putAside.push(decision.reason);
    carryOut(shop, decision);
  }
  shop.facts = { ...shop.facts, state: folded.state };
}

// Late or in time is a matter of when the end was heard of, not of money.
const alike: Partial<Record<PaymentState, PaymentState>> = {
  paid_late: 'paid',
  underpaid_closed: 'underpaid',
  cancelled: 'pending',
  expired: 'pending',
  failed: 'pending',
};

function outcomeOf(batches: readonly (readonly PaymentEvent[])[], keepsParts: boolean): Outcome {
  const facts: PaymentFacts = { state: 'pending', asked: target.asked, heldMinor: 0, keepsParts, charges: [], refundIds: [] };
  const shop: Shop = { facts, open: [], seen: new Set(), wholes: 0, balance: 0, disputes: 0, putAside: [] };
  for (const batch of batches) apply(shop, batch, true);
  // What waited has waited long enough.
  apply(shop, [], false);
  const charges = shop.facts.charges.toSorted((a, b) => a.chargeId.localeCompare(b.chargeId));
  const sum = (pick: (charge: KnownCharge) => number): number => charges.reduce((total, charge) => total + pick(charge), 0);
  return {
    received: sum((charge) => charge.minor),
    refunded: sum((charge) => charge.refundedMinor),
    wholes: shop.wholes,
    balance: shop.balance,
    charges,
    state: alike[shop.facts.state] ?? shop.facts.state,
    disputes: shop.disputes,
    putAside: shop.putAside,
  };
}

const runs = fc.record({ spec: historySpec, plan: deliveryPlan, isReversed: fc.boolean() });
const settings = { numRuns: 10_000 } as const;

describe('18: any order, any cut into batches and any repetition of what a provider can tell', () => {
  it('gives the money of the provider book, pays once, and ends as when told in order', () => {
    fc.assert(
      fc.property(runs, ({ spec, plan, isReversed }) => {
        const history = playHistory(spec, target);
        const outcome = outcomeOf(deliver(history.events, plan, isReversed), true);
        expect({ received: outcome.received, refunded: outcome.refunded }).toEqual({
          received: history.received,
          refunded: history.refunded,
        });
        const isPaid = history.received >= target.asked.minor;
        expect(outcome.wholes).toBe(isPaid ? 1 : 0);
        // Only a dispute about money that never sufficed is left to an operator.
        expect(outcome.putAside.filter((reason) => isPaid || reason !== 'dispute_of_nothing')).toEqual([]);
        if (isPaid) expect(outcome.balance).toBe(history.received - target.asked.minor);
        const inOrder = outcomeOf(
          history.events.map((event) => [event]),
          true,
        );
        // Which sums a counting provider was heard to tell is chance; what they add up to is not.
        const charges = spec.style === 'counted' ? outcome.charges : inOrder.charges;
        expect({ ...outcome, disputes: 0 }).toEqual({ ...inOrder, charges, disputes: 0 });
      }),
      settings,
    );
  });

  it('gives the same for an order that is closed, where every part goes its own way', () => {
    const listed = runs.map((run) => ({ ...run, spec: { ...run.spec, style: 'listed' } satisfies HistorySpec }));
    fc.assert(
      fc.property(listed, ({ spec, plan, isReversed }) => {
        const history = playHistory(spec, target);
        const outcome = outcomeOf(deliver(history.events, plan, isReversed), false);
        expect({ received: outcome.received, refunded: outcome.refunded }).toEqual({
          received: history.received,
          refunded: history.refunded,
        });
        const isPaid = history.charges.some((minor) => minor >= target.asked.minor);
        expect(outcome.wholes).toBe(isPaid ? 1 : 0);
        expect(outcome.balance).toBe(history.received - (isPaid ? target.asked.minor : 0));
      }),
      settings,
    );
  });
});
