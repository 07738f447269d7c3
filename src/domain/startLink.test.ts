import { describe, expect, it } from '@jest/globals';
import { parseStartLink, startLink } from './startLink';

describe('a link to the bot', () => {
  it.each([
    ['promo_SPRING-26', { kind: 'promo', value: 'SPRING-26' }],
    ['ref_a1b2c3d4e5', { kind: 'referral', value: 'a1b2c3d4e5' }],
    ['gift_abc', { kind: 'gift', value: 'abc' }],
    ['src_tg_channel', { kind: 'source', value: 'tg_channel' }],
    ['', undefined],
    ['ref_', undefined],
    ['constructor_x', undefined],
    ['ref_a b', undefined],
    [`src_${'a'.repeat(61)}`, undefined],
  ])('%j says %j', (payload, link) => {
    expect(parseStartLink(payload)).toEqual(link);
  });

  it('is read as it was made', () => {
    for (const kind of ['promo', 'referral', 'gift', 'source'] as const) {
      const url = startLink('my_bot', kind, 'a-b_c');
      expect(parseStartLink(new URL(url).searchParams.get('start') ?? '')).toEqual({ kind, value: 'a-b_c' });
    }
  });
});
