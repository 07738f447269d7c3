import { describe, expect, it } from '@jest/globals';
import { foldPayment, type KnownCharge, type PaymentDecision, type PaymentFacts } from './foldPayment';
import type { Money } from './money';
import type { PaymentEvent, PaymentEventType } from './payment';

const asked: Money = { minor: 29_900, currency: 'RUB' };
const rub = (minor: number): Money => ({ minor, currency: 'RUB' });
const fresh: PaymentFacts = { state: 'pending', asked, heldMinor: 0, keepsParts: true, charges: [], refundIds: [] };
const known = (chargeId: string, minor: number, refundedMinor = 0): KnownCharge => ({ chargeId, minor, refundedMinor });
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
    const late = foldPayment({ ...fresh, state: 'paid', charges: [known('u:29900', 29_900)] }, [counted(10_000)], waits);
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
    const facts = { ...fresh, state: 'refunded' as const, charges: [known('c1', 29_900, 29_900)] };
    expect(foldPayment(facts, [event('refunded', 'r2', { refundedTotal: asked })], waits).decisions).toEqual([]);
    const tooMuch = [paid('c1'), event('refunded', 'r', { refundId: 'r', refunded: rub(99_999) })];
    expect(foldPayment(fresh, tooMuch, waits)).toMatchObject({ state: 'paid', early: [{ dedupeKey: 'r' }] });
    expect(foldPayment(fresh, tooMuch, () => false).decisions.slice(1)).toMatchObject([
      { kind: 'refund', amount: asked },
      { kind: 'quarantine', reason: 'refund_of_nothing' },
    ]);
  });

  it('10: each charge is given back by itself, whatever was given back of another', () => {
    const back = (charge: string): PaymentEvent => event('refunded', `back:${charge}`, { chargeId: charge, refundedTotal: asked });
    const folded = foldPayment(fresh, [paid('c1'), paid('c2'), back('c1'), back('c2')], waits);
    expect(folded.state).toBe('refunded');
    expect(folded.decisions.slice(2)).toMatchObject([
      { kind: 'refund', parts: [{ chargeId: 'c1', minor: 29_900 }] },
      { kind: 'refund', parts: [{ chargeId: 'c2', minor: 29_900 }] },
    ]);
  });

  it('10: a refund of a charge that has not come waits for it; money after everything went back is money', () => {
    const back = event('refunded', 'r', { chargeId: 'c2', refundedTotal: asked });
    expect(foldPayment(fresh, [paid('c1'), back], waits)).toMatchObject({ state: 'paid', early: [back] });
    const returned = { ...fresh, state: 'refunded' as const, charges: [known('c1', 29_900, 29_900)] };
    expect(foldPayment(returned, [paid('c2')], waits)).toMatchObject({ state: 'partially_refunded', decisions: [{ share: 'second' }] });
  });

  it('2: where a part cannot wait any more, each goes its own way, and only one that is whole buys', () => {
    const closed = { ...fresh, state: 'expired' as const, keepsParts: false };
    expect(kinds(foldPayment(closed, [paid('c1', 10_000), paid('c2', 19_900)], waits).decisions)).toEqual(['part', 'part']);
    expect(kinds(foldPayment(closed, [paid('c1', 10_000), paid('c2', 29_900)], waits).decisions)).toEqual(['part', 'whole']);
  });

  it('18: a dispute that ends leaves what was given back given back', () => {
    const part = event('refunded', 'r', { chargeId: 'c1', refundedTotal: rub(100) });
    const opened = event('dispute_opened', 'd1', { chargeId: 'c1' });
    const won = foldPayment(fresh, [paid('c1'), part, opened, event('dispute_won', 'd2', { chargeId: 'c1' })], waits);
    expect(
      foldPayment({ ...fresh, state: 'disputed', charges: [known('c1', 29_900, 100)] }, [event('dispute_won', 'd2')], waits).state,
    ).toBe('partially_refunded');
    expect(won.early).toEqual([]);
    const lost = { ...fresh, state: 'disputed' as const, charges: [known('c1', 29_900), known('c2', 29_900)] };
    expect(foldPayment(lost, [event('dispute_lost', 'd3', { chargeId: 'c1' })], waits)).toMatchObject({
      state: 'partially_refunded',
      decisions: [{ amount: asked }],
    });
    const after = { ...fresh, state: 'partially_refunded' as const, charges: [known('c1', 29_900, 29_900), known('c2', 29_900)] };
    expect(foldPayment(after, [opened], waits)).toMatchObject({ state: 'partially_refunded', decisions: [] });
  });

  it('a dispute suspends, is won back, or ends as a refund', () => {
    const opened = event('dispute_opened', 'd1', { chargeId: 'c1' });
    expect(foldPayment(fresh, [opened, paid('c1')], waits)).toMatchObject({ state: 'disputed' });
    expect(foldPayment(fresh, [event('dispute_won', 'd2'), opened, paid('c1')], waits)).toMatchObject({ state: 'paid' });
    expect(foldPayment(fresh, [event('dispute_lost', 'd2'), opened, paid('c1')], waits)).toMatchObject({ state: 'refunded' });
  });
});
