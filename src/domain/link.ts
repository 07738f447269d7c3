import type { Node, Security, Transport } from './node';

type Query = Record<string, string | undefined>;

function transportQuery(transport: Transport): Query {
  switch (transport.kind) {
    case 'tcp':
      return transport.headerType === undefined
        ? { type: 'tcp' }
        : { type: 'tcp', headerType: transport.headerType, path: transport.path, host: transport.host };
    case 'ws':
    case 'httpupgrade':
      return { type: transport.kind, path: transport.path, host: transport.host };
    case 'grpc':
      return { type: 'grpc', serviceName: transport.serviceName, authority: transport.authority, mode: transport.multi ? 'multi' : 'gun' };
    case 'xhttp':
      return { type: 'xhttp', path: transport.path, host: transport.host, mode: transport.mode, extra: transport.extra };
  }
}

function securityQuery(security: Security): Query {
  switch (security.kind) {
    case 'none':
      return { security: 'none' };
    case 'tls':
      return { security: 'tls', sni: security.sni, fp: security.fingerprint, alpn: security.alpn?.join(',') };
    case 'reality':
      return {
        security: 'reality',
        pbk: security.publicKey,
        sid: security.shortId,
        sni: security.sni,
        fp: security.fingerprint,
        spx: security.spiderX,
      };
  }
}

function hostOf(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** The node as a `vless://` share link (XTLS discussion 716, "VMessAEAD / VLESS share link proposal"). */
export function linkOf(node: Node): string {
  const query: Query = {
    encryption: node.encryption,
    flow: node.flow,
    ...transportQuery(node.transport),
    ...securityQuery(node.security),
  };
  const pairs = Object.entries(query)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`]))
    .sort();
  return `vless://${encodeURIComponent(node.uuid)}@${hostOf(node.address)}:${node.port}?${pairs.join('&')}#${encodeURIComponent(node.name)}`;
}

function optional<Key extends string>(key: Key, value: string | null): { readonly [K in Key]?: string } {
  // The computed key is exactly `Key`, which the compiler widens to string.
  return value === null ? {} : ({ [key]: value } as { readonly [K in Key]?: string });
}

function readTransport(query: URLSearchParams): Transport {
  const kind = query.get('type') ?? 'tcp';
  const host = optional('host', query.get('host'));
  switch (kind) {
    case 'tcp':
      return query.get('headerType') === 'http' ? { kind, headerType: 'http', ...optional('path', query.get('path')), ...host } : { kind };
    case 'ws':
    case 'httpupgrade':
      return { kind, path: query.get('path') ?? '/', ...host };
    case 'grpc':
      return {
        kind,
        serviceName: query.get('serviceName') ?? '',
        ...optional('authority', query.get('authority')),
        multi: query.get('mode') === 'multi',
      };
    case 'xhttp':
      return {
        kind,
        path: query.get('path') ?? '/',
        ...host,
        ...optional('mode', query.get('mode')),
        ...optional('extra', query.get('extra')),
      };
    default:
      throw new RangeError('the link has a transport the shop does not know');
  }
}

function readSecurity(query: URLSearchParams): Security {
  const sni = optional('sni', query.get('sni'));
  const fingerprint = optional('fingerprint', query.get('fp'));
  const alpn = query.get('alpn');
  switch (query.get('security') ?? 'none') {
    case 'none':
      return { kind: 'none' };
    case 'tls':
      return { kind: 'tls', ...sni, ...fingerprint, ...(alpn === null ? {} : { alpn: alpn.split(',') }) };
    case 'reality': {
      const publicKey = query.get('pbk');
      if (publicKey === null) throw new RangeError('a reality link needs a public key');
      return {
        kind: 'reality',
        publicKey,
        ...optional('shortId', query.get('sid')),
        ...sni,
        ...fingerprint,
        ...optional('spiderX', query.get('spx')),
      };
    }
    default:
      throw new RangeError('the link has a security the shop does not know');
  }
}

/** Reads a `vless://` share link; throws `RangeError` for anything else. The inverse of `linkOf`. */
export function parseLink(link: string): Node {
  if (!link.startsWith('vless://') || !URL.canParse(link)) throw new RangeError('not a vless link');
  const url = new URL(link);
  if (url.username === '' || url.port === '') throw new RangeError('a vless link needs an id and a port');
  // `+` is a plus here, not a space: share links are percent-encoded.
  const query = new URLSearchParams(url.search.replaceAll('+', '%2B'));
  return {
    protocol: 'vless',
    uuid: decodeURIComponent(url.username),
    address: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port),
    encryption: query.get('encryption') ?? 'none',
    ...optional('flow', query.get('flow')),
    transport: readTransport(query),
    security: readSecurity(query),
    name: decodeURIComponent(url.hash.slice(1)),
  };
}
