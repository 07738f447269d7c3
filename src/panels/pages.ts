import { ShopError } from '../errors';

/** One page of a list that has to be read whole. */
export interface Page<T> {
  readonly total: number;
  readonly entries: readonly T[];
}

const mostPages = 2_000;

/**
 * Reads a list page by page. Whoever is removed meanwhile pulls others over the edge of a page that was read already, so a list with fewer entries than
 * the panel counts is no list: it throws `PanelUnavailable`.
 */
export async function readPages<T>(
  pageSize: number,
  keyOf: (entry: T) => string,
  page: (start: number) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const found = new Map<string, T>();
  for (let index = 0; index < mostPages; index += 1) {
    const { total, entries } = await page(index * pageSize);
    for (const entry of entries) found.set(keyOf(entry), entry);
    if (found.size >= total) return [...found.values()];
    if (entries.length < pageSize) throw new ShopError('PanelUnavailable', { message: 'the list of users changed while it was read' });
  }
  throw new ShopError('PanelContract', { message: 'the list of users has no end' });
}
