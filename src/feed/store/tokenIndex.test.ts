import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createTokenIndex } from './tokenIndex';

describe('the index of tokens', () => {
  it('finds every token that is in it, and none that was taken out, however many stood in one another’s way', () => {
    const tokens = Array.from({ length: 5_000 }, () => randomBytes(32).toString('base64url'));
    const index = createTokenIndex();
    const find = (token: string): number => index.find(token, (place) => tokens[place - 1] === token);
    for (const [at, token] of tokens.entries()) index.add(token, at + 1);
    expect(tokens.map(find)).toEqual(tokens.map((_, at) => at + 1));
    for (const [at, token] of tokens.entries()) if (at % 2 === 0) index.remove(token, at + 1);
    const left = tokens.map((_, at) => (at % 2 === 0 ? 0 : at + 1));
    expect(tokens.map(find)).toEqual(left);
    expect(index.size()).toBe(2_500);
    for (const [at, token] of tokens.entries()) if (at % 2 === 0) index.add(token, at + 1);
    expect(tokens.map(find)).toEqual(tokens.map((_, at) => at + 1));
  });

  it('looks at a place only where the hash is the same', () => {
    const index = createTokenIndex();
    const looked: number[] = [];
    for (let place = 1; place <= 600; place += 1) index.add(`token-${place}`, place);
    expect(index.find('token-7', (place) => looked.push(place) > 0)).toBe(7);
    expect(index.find('another', (place) => looked.push(place) > 0)).toBe(0);
    expect(looked).toEqual([7]);
  });
});
