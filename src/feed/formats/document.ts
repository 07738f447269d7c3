/** A value as JSON and YAML know it; fields that are undefined are left out of what is written. */
export type Value = string | number | boolean | readonly Value[] | Fields;
export interface Fields {
  readonly [key: string]: Value | undefined;
}

/** A field that is written only where it has a value. */
export function given(key: string, value: Value | undefined): Fields {
  return value === undefined ? {} : { [key]: value };
}

/** The `?ed=` that Xray reads in a ws path: bytes to send ahead, and the path without it. */
export function earlyData(path: string): { readonly path: string; readonly bytes: number } {
  const match = /^(.*?)([?&])ed=(\d{1,9})(?:&|$)(.*)$/.exec(path);
  if (match === null) return { path, bytes: 0 };
  const [, before = '', mark = '', bytes = '0', after = ''] = match;
  return { path: after === '' ? before : `${before}${mark}${after}`, bytes: Number(bytes) };
}

/** The header in which the bytes sent ahead travel. */
export const earlyDataHeader = 'Sec-WebSocket-Protocol';

/** ALPN under a WebSocket or an upgrade: HTTP/1.1 alone, because a server that chooses h2 ends both. */
export function upgradeAlpn(alpn: readonly string[] | undefined): readonly string[] | undefined {
  return alpn === undefined ? undefined : ['http/1.1'];
}

/** A certificate pin as 64 hexadecimal digits, from those with colons or from base64. */
export function hexPin(pin: string): string {
  const bare = pin.replaceAll(':', '');
  return /^[\da-f]{64}$/i.test(bare) ? bare.toLowerCase() : Buffer.from(pin, 'base64').toString('hex');
}

/** An ECH configuration itself, in base64; undefined where the text says where to ask for one. */
export function echConfig(ech: string): string | undefined {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(ech) ? ech : undefined;
}
