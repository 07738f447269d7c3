import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Money } from './money';
import { excessOf, worthOf } from './worth';

const asked: Money = { minor: 29_900, currency: 'RUB' };
const rub = (minor: number): Money => ({ minor, currency: 'RUB' });

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
