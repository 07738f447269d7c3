/** Values of a share link's query; undefined ones are left out. */
export type Query = Record<string, string | undefined>;

export interface LinkParts {
  readonly scheme: string;
  /** Still encoded. */
  readonly userInfo: string;
  readonly address: string;
  readonly port: number;
  readonly query: URLSearchParams;
  readonly name: string;
}

/** An unknown word as it may stand in an error: short, and of harmless characters only. */
export function shown(word: string): string {
  return `"${word.replaceAll(/[^\w.-]/g, '?').slice(0, 30)}"`;
}

/** Percent-decoded, or as it is where it is not percent-encoded. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An object with one field, or with none where the value is absent or empty. */
export function filled<Key extends string>(key: Key, value: string | null | undefined): { readonly [K in Key]?: string } {
  // The computed key is exactly `Key`, which the compiler widens to string.
  return value === undefined || value === null || value === '' ? {} : ({ [key]: value } as { readonly [K in Key]?: string });
}

/** An object with one field of a positive whole number, or with none. */
export function counted<Key extends string>(key: Key, value: string | number | null | undefined): { readonly [K in Key]?: number } {
  const number = Number(value ?? 0);
  // The computed key is exactly `Key`, which the compiler widens to string.
  return Number.isSafeInteger(number) && number > 0 ? ({ [key]: number } as { readonly [K in Key]?: number }) : {};
}

export function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) throw new RangeError('a share link needs a port from 1 to 65535');
  return port;
}

/** `name=value` pairs in the order of their names, percent-encoded as every app reads them. */
export function queryText(query: Query): string {
  return Object.entries(query)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`]))
    .join('&');
}

export function authorityOf({ address, port }: { readonly address: string; readonly port: number }): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** Takes `scheme://user@host:port?query#name` apart. Throws `RangeError` where it has no user, host or port. */
export function splitLink(link: string): LinkParts {
  const match = /^([a-z0-9]+):\/\/([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/is.exec(link);
  const [, scheme = '', authority = '', query = '', name = ''] = match ?? [];
  const at = authority.lastIndexOf('@');
  const endpoint = /^(\[[\da-f:.]+\]|[^:[\]/]+):(\d+)\/?$/i.exec(authority.slice(at + 1));
  if (endpoint === null || at < 1) throw new RangeError('a share link needs a user, a host and a port');
  return {
    scheme: scheme.toLowerCase(),
    userInfo: authority.slice(0, at),
    address: (endpoint[1] ?? '').replace(/^\[(.*)\]$/, '$1'),
    port: readPort(endpoint[2] ?? ''),
    // Panels write the query as a form (a space is `+`, a plus is `%2B`), and `linkOf` writes neither bare.
    query: new URLSearchParams(query),
    name: decoded(name),
  };
}
