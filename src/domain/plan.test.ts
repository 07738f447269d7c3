import { describe, expect, it } from '@jest/globals';
import { placeTag } from './plan';

describe('the tag of a server on a button', () => {
  it('is four letters or digits, always the same, and different for usual ids', () => {
    const ids = ['nl', 'de', 'fi', 'us', 'us-2', 'frankfurt-1', 'frankfurt-2', 'a', 'zzzzzzzzzzzzzzzzzzzzzzzz'];
    const tags = ids.map(placeTag);
    for (const tag of tags) expect(tag).toMatch(/^[a-z0-9]{4}$/);
    expect(new Set(tags).size).toBe(ids.length);
    expect(placeTag('nl')).toBe(tags[0]);
  });
});
