import { describe, expect, it } from '@jest/globals';
import { announceAt, defaultRenewalPolicy as policy, dueSlot, nextSlot } from './autoRenewal';

const dayMs = 86_400_000;
const endsAt = new Date('2026-12-24T10:00:00.000Z');
const inDays = (days: number): Date => new Date(endsAt.getTime() + days * dayMs);

describe('the calendar of a renewal', () => {
  it.each([
    [undefined, { slot: 0, at: inDays(-1) }],
    [0, { slot: 1, at: endsAt }],
    [1, { slot: 2, at: inDays(1) }],
    [2, { slot: 3, at: inDays(3) }],
    [3, undefined],
  ])('after try %s comes %j', (tried, next) => {
    expect(nextSlot(endsAt, tried, policy)).toEqual(next);
  });

  it.each([
    [-1.01, undefined, undefined],
    [-1, undefined, 0],
    [-0.5, 0, undefined],
    [0.5, undefined, 1],
    [0.5, 0, 1],
    [30, 0, 3],
    [30, 3, undefined],
    [-1 - 4 / 86_400, undefined, 0],
    [-1 - 6 / 86_400, undefined, undefined],
  ])('%d days from the end, with try %s made, the try due is %s: never two at once', (days, tried, slot) => {
    expect(dueSlot(endsAt, tried, { now: inDays(days), policy })?.slot).toBe(slot);
  });

  it('is told of before, unless it was agreed to later than that', () => {
    expect(announceAt(endsAt, inDays(-20), policy)).toEqual(inDays(-3));
    expect(announceAt(endsAt, inDays(-2), policy)).toBeUndefined();
  });
});
