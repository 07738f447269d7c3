import { describe, expect, it } from '@jest/globals';
import { judgeReferral } from './referral';

const fresh = { userId: 1, hasReferrer: false, hasBought: false };

describe('who refers whom', () => {
  it.each([
    ['a code of nobody', { ...fresh, chain: [] }, 'unknown'],
    ['oneself', { ...fresh, chain: [1] }, 'self'],
    ['somebody whom one has referred', { ...fresh, chain: [2, 1] }, 'cycle'],
    ['somebody over others', { ...fresh, chain: [4, 3, 2, 1] }, 'cycle'],
    ['a second referrer', { ...fresh, hasReferrer: true, chain: [2] }, 'has_referrer'],
    ['after a purchase', { ...fresh, hasBought: true, chain: [2] }, 'has_bought'],
    ['a friend', { ...fresh, chain: [2, 3] }, undefined],
  ] as const)('%s: %j', (...[, facts, refusal]) => {
    expect(judgeReferral(facts)).toBe(refusal);
  });
});
