import { readExtra } from '../../domain/linkStream';
import type { Node, Security, TlsSecurity, Transport } from '../../domain/node';
import { earlyData, earlyDataHeader, echConfig, given, hexPin, upgradeAlpn, type Fields, type Value } from './document';

/** Clash and what grew out of it differ in a few words. */
export type Dialect = 'mihomo' | 'stash' | 'clash';

/** What mihomo knows (its `component/tls/utls.go`); an unknown word would switch the disguise off. */
const fingerprints = ['chrome', 'firefox', 'safari', 'ios', 'android', 'edge', '360', 'qq', 'random', 'randomized'];

function fingerprintOf(fingerprint: string | undefined): string | undefined {
  if (fingerprint === undefined) return undefined;
  return fingerprints.includes(fingerprint.toLowerCase()) ? fingerprint.toLowerCase() : 'chrome';
}

function echOf(ech: string | undefined): Fields {
  return ech === undefined ? {} : { 'ech-opts': { enable: true, ...given('config', echConfig(ech)) } };
}

function tlsFields(security: TlsSecurity, dialect: Dialect): Fields {
  const [pin] = security.pins ?? [];
  return {
    ...given('client-fingerprint', fingerprintOf(security.fingerprint)),
    ...given('skip-cert-verify', security.insecure),
    ...given(dialect === 'stash' ? 'server-cert-fingerprint' : 'fingerprint', pin === undefined ? undefined : hexPin(pin)),
    ...given('name-cert-verify', security.verifyName),
    ...echOf(security.ech),
  };
}

/** `sniKey`: VLESS and VMess call the SNI `servername`, the others `sni`. */
function securityFields(security: Security, dialect: Dialect, sniKey: 'servername' | 'sni'): Fields {
  if (security.kind === 'none') return {};
  const common = given(sniKey, security.sni);
  if (security.kind === 'tls') return { ...common, ...tlsFields(security, dialect) };
  return {
    ...common,
    // REALITY is built on uTLS, so without a fingerprint there is none.
    'client-fingerprint': fingerprintOf(security.fingerprint) ?? 'chrome',
    'reality-opts': { 'public-key': security.publicKey, ...given('short-id', security.shortId) },
  };
}

function wsOpts(transport: { readonly kind: 'ws' | 'httpupgrade'; readonly path: string; readonly host?: string }): Fields {
  const { path, bytes } = earlyData(transport.path);
  const isUpgrade = transport.kind === 'httpupgrade';
  return {
    path,
    ...(transport.host === undefined ? {} : { headers: { Host: transport.host } }),
    ...(bytes > 0 && !isUpgrade ? { 'max-early-data': bytes, 'early-data-header-name': earlyDataHeader } : {}),
    ...(isUpgrade ? { 'v2ray-http-upgrade': true } : {}),
    ...(isUpgrade && bytes > 0 ? { 'v2ray-http-upgrade-fast-open': true } : {}),
  };
}

/** Words of mihomo's `xhttp-opts` for those of Xray's `extra`; the older names of the session come second, so the newer ones win. */
const xhttpWords: readonly (readonly [string, string])[] = [
  ['headers', 'headers'],
  ['noGRPCHeader', 'no-grpc-header'],
  ['xPaddingBytes', 'x-padding-bytes'],
  ['xPaddingObfsMode', 'x-padding-obfs-mode'],
  ['xPaddingKey', 'x-padding-key'],
  ['xPaddingHeader', 'x-padding-header'],
  ['xPaddingPlacement', 'x-padding-placement'],
  ['xPaddingMethod', 'x-padding-method'],
  ['uplinkHTTPMethod', 'uplink-http-method'],
  ['sessionPlacement', 'session-placement'],
  ['sessionIDPlacement', 'session-placement'],
  ['sessionKey', 'session-key'],
  ['sessionIDKey', 'session-key'],
  ['sessionIDTable', 'session-table'],
  ['sessionIDLength', 'session-length'],
  ['seqPlacement', 'seq-placement'],
  ['seqKey', 'seq-key'],
  ['uplinkDataPlacement', 'uplink-data-placement'],
  ['uplinkDataKey', 'uplink-data-key'],
  ['uplinkChunkSize', 'uplink-chunk-size'],
  ['scMaxEachPostBytes', 'sc-max-each-post-bytes'],
  ['scMinPostsIntervalMs', 'sc-min-posts-interval-ms'],
];
const xmuxWords: readonly (readonly [string, string])[] = [
  ['maxConcurrency', 'max-concurrency'],
  ['maxConnections', 'max-connections'],
  ['cMaxReuseTimes', 'c-max-reuse-times'],
  ['hMaxRequestTimes', 'h-max-request-times'],
  ['hMaxReusableSecs', 'h-max-reusable-secs'],
  ['hKeepAlivePeriod', 'h-keep-alive-period'],
];

function translated(from: Readonly<Record<string, unknown>>, words: readonly (readonly [string, string])[]): Fields {
  return Object.fromEntries(
    words.flatMap(([xray, mihomo]) => {
      const value = from[xray];
      // What JSON holds is a value of the document; only null is not.
      return value === undefined || value === null ? [] : [[mihomo, value as Value]];
    }),
  );
}

function xhttpOpts(transport: Extract<Transport, { kind: 'xhttp' }>): Fields {
  const extra = transport.extra === undefined ? {} : readExtra(transport.extra);
  const xmux = extra['xmux'];
  return {
    path: transport.path,
    ...given('host', transport.host),
    ...(transport.mode === undefined || transport.mode === 'auto' ? {} : { mode: transport.mode }),
    ...translated(extra, xhttpWords),
    ...(typeof xmux === 'object' && xmux !== null ? { 'reuse-settings': translated({ ...xmux }, xmuxWords) } : {}),
  };
}

function transportFields(transport: Transport): Fields {
  switch (transport.kind) {
    case 'tcp':
      if (!('headerType' in transport)) return { network: 'tcp' };
      return {
        network: 'http',
        'http-opts': {
          method: 'GET',
          path: [transport.path],
          ...(transport.host === undefined ? {} : { headers: { Host: [transport.host] } }),
        },
      };
    case 'ws':
    case 'httpupgrade':
      return { network: 'ws', 'ws-opts': wsOpts({ ...transport, kind: transport.kind }) };
    case 'grpc':
      return { network: 'grpc', 'grpc-opts': { 'grpc-service-name': transport.serviceName } };
    case 'xhttp':
      return { network: 'xhttp', 'xhttp-opts': xhttpOpts(transport) };
    case 'kcp':
      throw new RangeError('Clash has no mKCP');
  }
}

function alpnOf(node: Exclude<Node, { protocol: 'shadowsocks' }>): Fields {
  const alpn = node.security.kind === 'tls' ? node.security.alpn : undefined;
  const isUpgrade = 'transport' in node && (node.transport.kind === 'ws' || node.transport.kind === 'httpupgrade');
  return given('alpn', isUpgrade ? upgradeAlpn(alpn) : alpn);
}

function vlessFields(node: Extract<Node, { protocol: 'vless' }>, dialect: Dialect): Fields {
  return {
    uuid: node.uuid,
    ...given('flow', node.flow),
    'packet-encoding': node.packetEncoding ?? 'xudp',
    tls: node.security.kind !== 'none',
    ...alpnOf(node),
    ...securityFields(node.security, dialect, 'servername'),
    ...(node.encryption === 'none' ? {} : { encryption: node.encryption }),
    ...transportFields(node.transport),
  };
}

function vmessFields(node: Extract<Node, { protocol: 'vmess' }>, dialect: Dialect): Fields {
  return {
    uuid: node.uuid,
    alterId: 0,
    cipher: node.cipher,
    tls: node.security.kind === 'tls',
    ...alpnOf(node),
    ...securityFields(node.security, dialect, 'servername'),
    ...transportFields(node.transport),
  };
}

function hysteria2Fields(node: Extract<Node, { protocol: 'hysteria2' }>, dialect: Dialect): Fields {
  const { fingerprint: _fingerprint, ...security } = node.security;
  return {
    ...given('ports', node.ports),
    [dialect === 'stash' ? 'auth' : 'password']: node.password,
    ...(node.obfsPassword === undefined ? {} : { obfs: 'salamander', 'obfs-password': node.obfsPassword }),
    ...alpnOf(node),
    ...securityFields(security, dialect, 'sni'),
  };
}

function ownFields(node: Node, dialect: Dialect): Fields {
  switch (node.protocol) {
    case 'vless':
      return { type: 'vless', udp: true, ...vlessFields(node, dialect) };
    case 'vmess':
      return { type: 'vmess', udp: true, ...vmessFields(node, dialect) };
    case 'trojan':
      return {
        type: 'trojan',
        udp: true,
        password: node.password,
        ...alpnOf(node),
        ...securityFields(node.security, dialect, 'sni'),
        ...transportFields(node.transport),
      };
    case 'shadowsocks':
      return { type: 'ss', udp: true, cipher: node.method, password: node.password };
    case 'hysteria2':
      return { type: 'hysteria2', ...hysteria2Fields(node, dialect) };
  }
}

/** The node as an entry of `proxies` (mihomo documentation, "Proxies"; stash.wiki, "Proxy types"). */
export function clashProxyOf(node: Node, dialect: Dialect): Fields {
  return { name: node.name, server: node.address, port: node.port, ...ownFields(node, dialect) };
}
