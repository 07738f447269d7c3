import type { FeedKey } from '../../domain/feedRow';

/** Where the credential with this number stands in a layout's text. Postgres stores no NUL, so no link has one. */
const hole = /\0(\d+)\0/g;

/**
 * The user part of links in which it is the credential and nothing else. Every format writes these letters as they are; what has others, and
 * the links of other protocols, stay in the layout.
 */
const credential = /(?<=^(?:vless|trojan|hysteria2|hy2):\/\/)[\w.~-]{8,}(?=@)/gm;

/** Links of a subscription with its credentials taken out: the same for everybody on the same servers. */
export interface Layout {
  /** Never used again for another layout. */
  readonly id: number;
  readonly keys: readonly FeedKey[];
}

interface KeptLayout extends Layout {
  readonly text: string;
  uses: number;
}

export interface Split {
  readonly layout: Layout;
  readonly credentials: readonly string[];
}

/** Keeps each layout once, as long as a record uses it. */
export interface Layouts {
  /** Takes links apart, and counts one use of their layout. */
  split(keys: readonly FeedKey[]): Split;
  /** Ends one use. */
  release(id: number): void;
  get(id: number): Layout;
  count(): number;
}

/** A layout's links with these credentials in their places. */
export function fill(links: string, credentials: readonly string[]): string {
  return links.replace(hole, (_all, number: string) => credentials[Number(number)] ?? '');
}

// One count for all sets: what is kept by the id of a layout never meets another's.
let lastId = 0;

/** Makes an empty set of layouts. */
export function createLayouts(): Layouts {
  const byText = new Map<string, KeptLayout>();
  const byId = new Map<number, KeptLayout>();

  function keep(text: string, keys: readonly FeedKey[]): KeptLayout {
    const known = byText.get(text);
    if (known !== undefined) return known;
    lastId += 1;
    const layout: KeptLayout = { id: lastId, text, keys, uses: 0 };
    byText.set(text, layout);
    byId.set(layout.id, layout);
    return layout;
  }

  return {
    split(keys) {
      const credentials: string[] = [];
      const emptied = keys.map(({ serverId, links }) => ({
        serverId,
        links: links.replace(credential, (found) => {
          const known = credentials.indexOf(found);
          return `\0${known === -1 ? credentials.push(found) - 1 : known}\0`;
        }),
      }));
      const layout = keep(JSON.stringify(emptied), emptied);
      layout.uses += 1;
      return { layout, credentials };
    },
    release(id) {
      const layout = byId.get(id);
      if (layout === undefined) return;
      layout.uses -= 1;
      if (layout.uses > 0) return;
      byText.delete(layout.text);
      byId.delete(id);
    },
    get(id) {
      const layout = byId.get(id);
      if (layout === undefined) throw new RangeError('a record names a layout that is gone');
      return layout;
    },
    count: () => byText.size,
  };
}
