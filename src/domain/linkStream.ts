import { counted, filled, shown, type Query } from './linkParts';
import type { RealitySecurity, Security, TlsSecurity, Transport } from './node';

/** Padding of xhttp inside `extra`; forks of sing-box read it from its own parameter. */
function paddingOf(extra: string | undefined): string | undefined {
  if (extra === undefined) return undefined;
  const parsed = readExtra(extra)['xPaddingBytes'];
  return typeof parsed === 'string' ? parsed : undefined;
}

/** The `extra` of an xhttp transport as an object; throws `RangeError` where it is not one. */
export function readExtra(extra: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(extra);
  } catch {
    throw new RangeError('the extra settings of an xhttp link are not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RangeError('the extra settings of an xhttp link are not an object');
  // Checked above to be an object that is not an array.
  return value as Readonly<Record<string, unknown>>;
}

export function transportQuery(transport: Transport): Query {
  switch (transport.kind) {
    case 'tcp':
      return 'headerType' in transport
        ? { type: 'tcp', headerType: transport.headerType, path: transport.path, host: transport.host }
        : { type: 'tcp' };
    case 'ws':
    case 'httpupgrade':
      return { type: transport.kind, path: transport.path, host: transport.host };
    case 'grpc':
      return { type: 'grpc', serviceName: transport.serviceName, authority: transport.authority, mode: transport.multi ? 'multi' : 'gun' };
    case 'xhttp': {
      const { path, host, mode, extra } = transport;
      return { type: 'xhttp', path, host, mode, extra, x_padding_bytes: paddingOf(extra) };
    }
    case 'kcp':
      return {
        type: 'kcp',
        headerType: transport.headerType,
        seed: transport.seed,
        mtu: transport.mtu?.toString(),
        tti: transport.tti?.toString(),
      };
  }
}

export function tlsQuery(security: TlsSecurity): Query {
  return {
    sni: security.sni,
    fp: security.fingerprint,
    alpn: security.alpn?.join(','),
    ech: security.ech,
    pcs: security.pins?.join(','),
    vcn: security.verifyName,
    cs: security.cipherSuites,
    allowInsecure: security.insecure === true ? '1' : undefined,
  };
}

export function securityQuery(security: Security): Query {
  switch (security.kind) {
    case 'none':
      return { security: 'none' };
    case 'tls':
      return { security: 'tls', ...tlsQuery(security) };
    case 'reality':
      return {
        security: 'reality',
        pbk: security.publicKey,
        sid: security.shortId,
        sni: security.sni,
        fp: security.fingerprint,
        spx: security.spiderX,
        pqv: security.mldsa65Verify,
        // Not of the proposal: apps ignore it, and the feed needs it to know whom the server refuses.
        minClientVer: security.minClient,
      };
  }
}

function readTcp(query: URLSearchParams): Transport {
  const headerType = query.get('headerType') ?? 'none';
  if (headerType === 'none' || headerType === '') return { kind: 'tcp' };
  if (headerType !== 'http') throw new RangeError(`the link has the header ${shown(headerType)}, which the shop does not know`);
  return { kind: 'tcp', headerType, path: query.get('path') || '/', ...filled('host', query.get('host')) };
}

function readXhttp(query: URLSearchParams): Transport {
  const padding = query.get('x_padding_bytes') ?? '';
  const extra = query.get('extra') || (padding === '' ? '' : JSON.stringify({ xPaddingBytes: padding }));
  if (extra !== '') readExtra(extra);
  return {
    kind: 'xhttp',
    path: query.get('path') || '/',
    ...filled('host', query.get('host')),
    ...filled('mode', query.get('mode')),
    ...filled('extra', extra),
  };
}

function readKcp(query: URLSearchParams): Transport {
  const headerType = query.get('headerType');
  return {
    kind: 'kcp',
    ...filled('headerType', headerType === 'none' ? '' : headerType),
    ...filled('seed', query.get('seed')),
    ...counted('mtu', query.get('mtu')),
    ...counted('tti', query.get('tti')),
  };
}

function readGrpc(query: URLSearchParams): Transport {
  return {
    kind: 'grpc',
    serviceName: query.get('serviceName') ?? '',
    ...filled('authority', query.get('authority')),
    multi: query.get('mode') === 'multi',
  };
}

function readWithPath(kind: 'ws' | 'httpupgrade', query: URLSearchParams): Transport {
  return { kind, path: query.get('path') || '/', ...filled('host', query.get('host')) };
}

const readers: Readonly<Record<string, (query: URLSearchParams) => Transport>> = {
  tcp: readTcp,
  raw: readTcp,
  ws: (query) => readWithPath('ws', query),
  httpupgrade: (query) => readWithPath('httpupgrade', query),
  grpc: readGrpc,
  xhttp: readXhttp,
  splithttp: readXhttp,
  kcp: readKcp,
  mkcp: readKcp,
};

export function readTransport(query: URLSearchParams): Transport {
  const kind = query.get('type') || 'tcp';
  const reader = Object.hasOwn(readers, kind) ? readers[kind] : undefined;
  if (reader === undefined) throw new RangeError(`the link has the transport ${shown(kind)}, which the shop does not know`);
  return reader(query);
}

function listed(value: string | null): readonly string[] {
  return (value ?? '').split(',').filter((item) => item !== '');
}

export function readTls(query: URLSearchParams): TlsSecurity {
  const insecure = query.get('allowInsecure') ?? query.get('insecure') ?? '';
  const alpn = listed(query.get('alpn'));
  const pins = listed(query.get('pcs'));
  return {
    kind: 'tls',
    ...filled('sni', query.get('sni')),
    ...filled('fingerprint', query.get('fp')),
    ...(alpn.length === 0 ? {} : { alpn }),
    ...filled('ech', query.get('ech')),
    ...(pins.length === 0 ? {} : { pins }),
    ...filled('verifyName', query.get('vcn')),
    ...filled('cipherSuites', query.get('cs')),
    ...(/^(1|true)$/i.test(insecure) ? { insecure: true } : {}),
  };
}

function readReality(query: URLSearchParams): RealitySecurity {
  const publicKey = query.get('pbk') ?? '';
  if (publicKey === '') throw new RangeError('a reality link needs a public key');
  const shortId = query.get('sid');
  return {
    kind: 'reality',
    publicKey,
    // An empty short id is one the server may accept, so it is kept.
    ...(shortId === null ? {} : { shortId }),
    ...filled('sni', query.get('sni')),
    ...filled('fingerprint', query.get('fp')),
    ...filled('spiderX', query.get('spx')),
    ...filled('mldsa65Verify', query.get('pqv')),
    ...filled('minClient', query.get('minClientVer')),
  };
}

export function readSecurity(query: URLSearchParams): Security {
  const kind = query.get('security') || 'none';
  switch (kind) {
    case 'none':
      return { kind };
    case 'tls':
      return readTls(query);
    case 'reality':
      return readReality(query);
    default:
      throw new RangeError(`the link has the security ${shown(kind)}, which the shop does not know`);
  }
}
