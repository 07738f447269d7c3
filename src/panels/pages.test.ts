import { describe, expect, it } from '@jest/globals';
import { readPages } from './pages';

/** Serves a list that changes between two pages. */
function pagesOf(...pages: readonly { readonly total: number; readonly entries: readonly string[] }[]) {
  const left = [...pages];
  return () => Promise.resolve(left.shift() ?? { total: 0, entries: [] });
}

const keyOf = (entry: string): string => entry;

describe('a list in pages', () => {
  it('is read whole, an entry that moved to the next page once', async () => {
    const page = pagesOf({ total: 3, entries: ['a', 'b'] }, { total: 4, entries: ['b', 'c'] }, { total: 4, entries: ['d'] });
    expect(await readPages(2, keyOf, page)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is no list when one was pulled over an edge while it was read', async () => {
    const page = pagesOf({ total: 4, entries: ['a', 'b'] }, { total: 4, entries: ['d'] });
    await expect(readPages(2, keyOf, page)).rejects.toMatchObject({ code: 'PanelUnavailable' });
  });

  it('may be empty when the panel says so, and never when it counts others', async () => {
    expect(await readPages(2, keyOf, pagesOf({ total: 0, entries: [] }))).toEqual([]);
    await expect(readPages(2, keyOf, pagesOf({ total: 9, entries: [] }))).rejects.toMatchObject({ code: 'PanelUnavailable' });
  });
});
