import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Plan } from './plan';
import { discounted, parsePromoCode, refusalOf, type PromoCode, type PromoEffect } from './promo';

const now = new Date('2026-11-27T12:00:00.000Z');
const plan: Plan = {
  id: 'month',
  title: { ru: '1 месяц', en: '1 month' },
  period: { value: 1, unit: 'month' },
  price: { minor: 29_900, currency: 'RUB' },
  serverIds: ['nl'],
  choosesServer: false,
  soldOut: false,
};
const code: PromoCode = {
  code: 'SPRING',
  effect: { kind: 'percent', percent: 20 },
  planIds: [],
  newBuyersOnly: false,
  maxUses: 10,
  maxPerUser: 1,
  uses: 0,
  startsAt: undefined,
  endsAt: undefined,
  endedAt: undefined,
};
const stranger = { ownUses: 0, hasBought: false, comesBack: 0 };
const off = (effect: PromoEffect): number | undefined => discounted(plan, { ...code, effect })?.price.minor;

describe('a promo code', () => {
  it('is read whatever its letters and spaces, and only if it can be one', () => {
    expect(parsePromoCode('  spring-26 ')).toBe('SPRING-26');
    for (const text of ['', 'ab', 'весна', 'A B C', 'A'.repeat(33), 'a;b;c']) expect(parsePromoCode(text)).toBeUndefined();
  });

  it.each([
    ['one that has not begun is unknown', { startsAt: new Date(now.getTime() + 1) }, {}, 'CodeUnknown'],
    ['one whose time is up', { endsAt: now }, {}, 'CodeExpired'],
    ['one that was ended', { endedAt: now }, {}, 'CodeExpired'],
    ['one for new buyers', { newBuyersOnly: true }, { hasBought: true }, 'CodeForNewBuyers'],
    ['one that was used by this user', {}, { ownUses: 1 }, 'CodeUsedByYou'],
    ['one that is used up', { uses: 10 }, {}, 'CodeUsedUp'],
    ['the last use, which the user’s own order holds', { uses: 10 }, { comesBack: 1 }, undefined],
    ['one with a use left', { uses: 9 }, {}, undefined],
    ['one without a limit', { uses: 1_000_000, maxUses: undefined }, {}, undefined],
  ] as const)('%s', (...[, changes, user, refusal]) => {
    expect(refusalOf({ ...code, ...changes }, { ...stranger, ...user }, now)).toBe(refusal);
  });

  it('takes percents or a sum off the price, rounded in favour of the shop', () => {
    expect(off({ kind: 'percent', percent: 33 })).toBe(29_900 - 9_867);
    expect(discounted({ ...plan, price: { minor: 101, currency: 'RUB' } }, code)?.price.minor).toBe(81);
    expect(off({ kind: 'amount', amount: { minor: 10_000, currency: 'RUB' } })).toBe(19_900);
  });

  it('does nothing to a price that it would take away, in another currency, of another plan, or as days', () => {
    expect(off({ kind: 'amount', amount: { minor: 29_900, currency: 'RUB' } })).toBeUndefined();
    expect(off({ kind: 'amount', amount: { minor: 1, currency: 'USD' } })).toBeUndefined();
    expect(off({ kind: 'days', days: 3 })).toBeUndefined();
    expect(discounted(plan, { ...code, planIds: ['year'] })).toBeUndefined();
  });

  it('keeps the list price beside the new one, and lowers a fixed price in Stars with it', () => {
    expect(discounted({ ...plan, starsPrice: 101 }, code)).toMatchObject({
      price: { minor: 23_920 },
      starsPrice: 81,
      discount: { code: 'SPRING', listPrice: plan.price },
    });
  });

  it('always leaves something to pay and never more than before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), fc.integer({ min: 1, max: 99 }), (minor, percent) => {
        const cut = discounted({ ...plan, price: { minor, currency: 'RUB' } }, { ...code, effect: { kind: 'percent', percent } });
        if (cut === undefined) return expect(minor * percent).toBeLessThan(100);
        expect(cut.price.minor).toBeGreaterThan(0);
        return expect(cut.price.minor).toBeLessThan(minor);
      }),
    );
  });
});
