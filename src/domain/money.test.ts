import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { convertUp, formatDecimal, money, parseDecimal } from './money';

describe('parseDecimal', () => {
  it.each([
    ['299', 29_900],
    ['299.0', 29_900],
    ['299.000000', 29_900],
    ['299.5', 29_950],
    ['0.01', 1],
    ['100000', 10_000_000],
  ])('5: reads %s RUB as %d kopecks', (text, minor) => {
    expect(parseDecimal(text, 'RUB')).toEqual({ minor, currency: 'RUB' });
  });

  it.each(['299.001', '2.99e2', '-1', '+1', 'Infinity', '', ' 1', '1.', '.5', '1,5', '99999999999999999'])('5: refuses "%s"', (text) => {
    expect(() => parseDecimal(text, 'RUB')).toThrow(RangeError);
  });

  it('refuses a currency it does not know', () => {
    expect(() => parseDecimal('1', 'DOGE')).toThrow(RangeError);
  });

  it('reads back whatever formatDecimal writes', () => {
    const amounts = fc.tuple(fc.nat(Number.MAX_SAFE_INTEGER), fc.constantFrom('RUB', 'XTR', 'USDT', 'TON'));
    fc.assert(
      fc.property(amounts, ([minor, currency]) => {
        expect(parseDecimal(formatDecimal({ minor, currency }), currency)).toEqual({ minor, currency });
      }),
    );
  });
});

describe('convertUp', () => {
  it('rounds up to a whole Star', () => {
    expect(convertUp(money(29_900, 'RUB'), 'XTR', '1.80')).toEqual({ minor: 167, currency: 'XTR' });
    expect(convertUp(money(18_000, 'RUB'), 'XTR', '1.80')).toEqual({ minor: 100, currency: 'XTR' });
  });

  it('never asks for less than the price', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), fc.integer({ min: 1, max: 1_000 }), (minor, rate) => {
        const stars = convertUp(money(minor, 'RUB'), 'XTR', (rate / 100).toFixed(2));
        expect(stars.minor * rate).toBeGreaterThanOrEqual(minor);
        expect((stars.minor - 1) * rate).toBeLessThan(minor);
      }),
    );
  });

  it('refuses a rate of nothing', () => {
    expect(() => convertUp(money(1, 'RUB'), 'XTR', '0.00')).toThrow(RangeError);
  });
});
