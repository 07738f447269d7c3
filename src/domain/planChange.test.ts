import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { remainderOf, takenEnd, type GrantEntry } from './grant';
import { changedEnd, convertedMs, type Worth } from './planChange';

const dayMs = 86_400_000;
const rub = (minor: number, value: number, unit: Worth['period']['unit'] = 'day'): Worth => ({
  price: { minor, currency: 'RUB' },
  period: { value, unit },
});
const at = new Date('2026-11-27T12:00:00.000Z');
const inDays = (days: number): Date => new Date(at.getTime() + days * dayMs);

describe('a change of plan', () => {
  it.each([
    ['twice as dear is half as long', rub(30_000, 30), rub(60_000, 30), 20, 10],
    ['half as dear is twice as long', rub(60_000, 30), rub(30_000, 30), 20, 40],
    ['the same price for half the time is half as long', rub(30_000, 30), rub(30_000, 15), 20, 10],
    ['a year has twelve months', rub(10_000, 1, 'month'), rub(120_000, 1, 'year'), 20, 20],
  ] as const)('%s', (...[, from, to, left, days]) => {
    expect(convertedMs(left * dayMs, from, to)).toBe(days * dayMs);
  });

  it('is none between currencies', () => {
    expect(convertedMs(dayMs, rub(1, 1), { price: { minor: 1, currency: 'USD' }, period: { value: 1, unit: 'day' } })).toBeUndefined();
  });

  it('and back again never makes time longer, and loses less than the smallest price of the two is worth', () => {
    const worth = fc.record({ price: fc.integer({ min: 100, max: 1_000_000 }), days: fc.integer({ min: 1, max: 365 }) });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000 * dayMs }), worth, worth, (ms, one, other) => {
        const [from, to] = [rub(one.price, one.days), rub(other.price, other.days)];
        const back = convertedMs(convertedMs(ms, from, to) ?? 0, to, from) ?? 0;
        expect(back).toBeLessThanOrEqual(ms);
        const msOfOne = (other.price * one.days) / (one.price * other.days);
        expect(ms - back).toBeLessThanOrEqual(Math.ceil(msOfOne) + 1);
      }),
    );
  });

  it('counts from where a pause stopped the time', () => {
    const term = { endsAt: inDays(20), pausedAt: at, suspendedAt: undefined };
    expect(changedEnd(term, inDays(15), { from: rub(30_000, 30), to: rub(60_000, 30) })).toEqual(inDays(10));
  });

  it('leaves as much of an order to be refunded as before it', () => {
    const entry = (kind: GrantEntry['kind'], changes: Partial<GrantEntry>): GrantEntry => ({
      kind,
      source: kind,
      sourceId: kind,
      endBefore: undefined,
      endAfter: at,
      createdAt: at,
      ...changes,
    });
    const entries = [
      entry('purchase', { source: 'order', sourceId: 'one', endAfter: inDays(30) }),
      entry('change', { endBefore: inDays(30), endAfter: inDays(20), createdAt: inDays(10) }),
    ];
    const term = { endsAt: inDays(20), pausedAt: undefined, suspendedAt: undefined };
    expect(remainderOf({ ...term, entries }, { source: 'order', sourceId: 'one' }, inDays(10))).toEqual({
      addedMs: 30 * dayMs,
      unusedMs: 20 * dayMs,
      factor: 0.5,
    });
    expect(takenEnd(inDays(20), 20 * dayMs, 0.5)).toEqual(inDays(10));
    const half = entry('refund', {
      source: 'refund',
      sourceId: 'one:1',
      endBefore: inDays(20),
      endAfter: inDays(15),
      createdAt: inDays(10),
    });
    expect(
      remainderOf({ ...term, endsAt: inDays(15), entries: [...entries, half] }, { source: 'order', sourceId: 'one' }, inDays(10)),
    ).toMatchObject({
      addedMs: 20 * dayMs,
      unusedMs: 10 * dayMs,
    });
  });
});
