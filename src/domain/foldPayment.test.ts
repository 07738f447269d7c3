import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { excessOf, foldPayment, worthOf, type PaymentDecision, type PaymentFacts } from './foldPayment';
import type { Money } from './money';
import type { PaymentEvent, PaymentEventType } from './payment';

const asked: Money = { minor: 29_900, currency: 'RUB' };
const rub = (minor: number): Money => ({ minor, currency: 'RUB' });
const fresh: PaymentFacts = { state: 'pending', asked, heldMinor: 0, receivedMinor: 0, refundedMinor: 0, chargeIds: [], refundIds: [] };
const waits = (): boolean => true;

function event(type: PaymentEventType, key: string, fields: Partial<PaymentEvent> = {}): PaymentEvent {
  return { provider: 'p', dedupeKey: key, type, trusted: true, ref: { externalId: 'x' }, live: true, ...fields };
}
const paid = (charge: string, minor = 29_900): PaymentEvent => event('paid', `paid:${charge}`, { chargeId: charge, received: rub(minor) });
const counted = (total: number): PaymentEvent =>
  event(total >= 29_900 ? 'paid' : 'underpaid', `total:${total}`, { chargeId: 'u', receivedTotal: rub(total) });

function kinds(decisions: readonly PaymentDecision[]): readonly string[] {
  return decisions.map((decision) => (decision.kind === 'money' ? decision.share : decision.kind));
}

describe('folding a payment', () => {
  it('9: paid and canceled in both orders end in money taken', () => {
    for (const events of [
      [paid('c1'), event('cancelled', 'x')],
      [event('cancelled', 'x'), paid('c1')],
    ]) {
      const folded = foldPayment(fresh, events, waits);
      expect(folded.state).toBe('paid');
      expect(kinds(folded.decisions)).toEqual(['whole']);
    }
  });

  it('13: several charges: parts add up, and what comes after is a second payment', () => {
    const folded = foldPayment(fresh, [paid('c1', 10_000), paid('c2', 19_900), paid('c3', 500)], waits);
    expect(kinds(folded.decisions)).toEqual(['part', 'whole', 'second']);
    expect(folded.state).toBe('paid');
  });

  it('15: a provider that counts: each new sum is the difference, an old one is nothing', () => {
    const folded = foldPayment(fresh, [counted(29_900), counted(10_000), counted(10_000)], waits);
    expect(folded.decisions).toMatchObject([
      { share: 'part', received: rub(10_000) },
      { share: 'whole', received: rub(19_900) },
    ]);
    const late = foldPayment({ ...fresh, state: 'paid', receivedMinor: 29_900, chargeIds: ['u:29900'] }, [counted(10_000)], waits);
    expect(late.decisions).toEqual([]);
  });

  it('16: one unit less is a part', () => {
    expect(foldPayment(fresh, [paid('c1', 29_899)], waits)).toMatchObject({ state: 'underpaid', decisions: [{ share: 'part' }] });
  });

  it.each([
    ['another currency', { chargeId: 'c', received: { minor: 29_900, currency: 'USD' } }, 'other_currency'],
    ['another price than was asked', { chargeId: 'c', received: asked, asked: rub(100) }, 'other_price'],
    ['no charge', {}, 'money_without_charge'],
  ])('5: money of %s is put aside and pays nothing', (_what, fields, reason) => {
    const folded = foldPayment(fresh, [event('paid', 'k', fields)], waits);
    expect(folded).toMatchObject({ state: 'pending', decisions: [{ kind: 'quarantine', reason }] });
  });

  it('10: a refund before its money waits for it, and for ever it does not', () => {
    const refund = event('refunded', 'r', { refundedTotal: asked, chargeId: 'c1' });
    expect(foldPayment(fresh, [refund], waits)).toMatchObject({ decisions: [], early: [refund] });
    expect(foldPayment(fresh, [refund], () => false).decisions).toMatchObject([{ kind: 'quarantine', reason: 'refund_of_nothing' }]);
    expect(kinds(foldPayment(fresh, [refund, paid('c1')], waits).decisions)).toEqual(['whole', 'refund']);
  });

  it('10: a second refund event changes nothing, and never more goes back than came', () => {
    const facts = { ...fresh, state: 'refunded' as const, receivedMinor: 29_900, refundedMinor: 29_900, chargeIds: ['c1'] };
    expect(foldPayment(facts, [event('refunded', 'r2', { refundedTotal: asked })], waits).decisions).toEqual([]);
    const twice = foldPayment(fresh, [paid('c1'), event('refunded', 'r', { refundId: 'r', refunded: rub(99_999) })], waits);
    expect(twice.decisions[1]).toMatchObject({ kind: 'refund', amount: asked, isFull: true });
  });

  it('a dispute suspends, is won back, or ends as a refund', () => {
    const opened = event('dispute_opened', 'd1', { chargeId: 'c1' });
    expect(foldPayment(fresh, [opened, paid('c1')], waits)).toMatchObject({ state: 'disputed' });
    expect(foldPayment(fresh, [event('dispute_won', 'd2'), opened, paid('c1')], waits)).toMatchObject({ state: 'paid' });
    expect(foldPayment(fresh, [event('dispute_lost', 'd2'), opened, paid('c1')], waits)).toMatchObject({ state: 'refunded' });
  });

  // What one payment at one provider can really bring, with the money it means.
  const sets: readonly { readonly events: readonly PaymentEvent[]; readonly received: number; readonly refunded: number }[] = [
    { events: [event('pending', 'a'), paid('c1'), event('cancelled', 'b'), event('expired', 'c')], received: 29_900, refunded: 0 },
    { events: [paid('c1', 10_000), paid('c2', 9_900), paid('c3', 10_000), event('failed', 'f')], received: 29_900, refunded: 0 },
    { events: [counted(5_000), counted(20_000), counted(29_900), counted(35_000)], received: 35_000, refunded: 0 },
    {
      events: [paid('c1'), event('refunded', 'r1', { refundedTotal: rub(100) }), event('refunded', 'r2', { refundedTotal: asked })],
      received: 29_900,
      refunded: 29_900,
    },
    {
      events: [
        paid('c1'),
        event('refunded', 'r1', { refundId: 'r1', refunded: rub(100) }),
        event('refunded', 'r2', { refundId: 'r2', refunded: rub(200) }),
      ],
      received: 29_900,
      refunded: 300,
    },
    { events: [paid('c1'), paid('c2'), event('dispute_opened', 'd'), event('dispute_lost', 'e')], received: 59_800, refunded: 29_900 },
    { events: [paid('c1'), event('dispute_opened', 'd'), event('dispute_won', 'e')], received: 29_900, refunded: 0 },
  ];

  /** Applies batches one after another, as they come in, and gives back what stays early, as the inbox does. */
  function live(batches: readonly (readonly PaymentEvent[])[]): { received: number; refunded: number; wholes: number } {
    let facts: PaymentFacts = fresh;
    let open: readonly PaymentEvent[] = [];
    let wholes = 0;
    for (const batch of batches) {
      const folded = foldPayment(facts, [...open, ...batch], waits);
      open = folded.early;
      let { heldMinor, receivedMinor, refundedMinor } = facts;
      const chargeIds = [...facts.chargeIds];
      const refundIds = [...facts.refundIds];
      for (const decision of folded.decisions) {
        if (decision.kind === 'money') {
          chargeIds.push(decision.chargeId);
          receivedMinor += decision.received.minor;
          heldMinor = decision.share === 'part' ? heldMinor + decision.received.minor : 0;
          if (decision.share === 'whole') wholes += 1;
        }
        if (decision.kind === 'refund') {
          refundIds.push(decision.refundId);
          refundedMinor += decision.amount.minor;
        }
      }
      facts = { ...facts, state: folded.state, heldMinor, receivedMinor, refundedMinor, chargeIds, refundIds };
    }
    return { received: facts.receivedMinor, refunded: facts.refundedMinor, wholes };
  }

  it('18: any order, any cut into batches and any repetition of a valid set ends in the same money, and pays once', () => {
    const plan = fc.constantFrom(...sets).chain((set) =>
      fc.record({
        set: fc.constant(set),
        order: fc.shuffledSubarray([...set.events], { minLength: set.events.length, maxLength: set.events.length }),
        repeats: fc.array(fc.constantFrom(...set.events), { maxLength: 6 }),
        cuts: fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
      }),
    );
    fc.assert(
      fc.property(plan, ({ set, order, repeats, cuts }) => {
        const batches: PaymentEvent[][] = [[]];
        for (const [index, entry] of [...order, ...repeats].entries()) {
          if (cuts[index] === true) batches.push([]);
          batches.at(-1)?.push(entry);
        }
        expect(live(batches)).toEqual({ received: set.received, refunded: set.refunded, wholes: 1 });
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('sums', () => {
  it.each([
    [29_900, 0],
    [30_000, 0],
    [30_199, 0],
    [30_200, 300],
    [59_800, 29_900],
  ])('3: of %d kopecks for 299 RUB, %d go to the balance', (minor, excess) => {
    expect(excessOf(asked, rub(minor), 100)).toBe(excess);
  });

  it('parts of a price in another currency are worth, together, exactly the price', () => {
    const nano: Money = { minor: 1_196_000_000, currency: 'TON' };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100_000_000 }), { minLength: 1, maxLength: 12 }), (parts) => {
        let sum = 0;
        let worth = 0;
        for (const part of [...parts, nano.minor]) {
          const next = Math.min(nano.minor, sum + part);
          worth += worthOf(next, nano, asked).minor - worthOf(sum, nano, asked).minor;
          sum = next;
        }
        expect(worth).toBe(asked.minor);
      }),
    );
  });
});
