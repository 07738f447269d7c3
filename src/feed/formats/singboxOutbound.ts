import type { Node, Security, Transport } from '../../domain/node';
import { isAtLeast, type Version } from '../../domain/version';
import { earlyData, earlyDataHeader, echConfig, given, upgradeAlpn, type Fields } from './document';

/** What sing-box knows (its `common/tls/utls_client.go`); one unknown word makes it refuse the whole configuration. */
const fingerprints = ['chrome', 'firefox', 'edge', 'safari', '360', 'qq', 'ios', 'android', 'random', 'randomized'];

function utlsOf(fingerprint: string | undefined): Fields {
  const known = fingerprint !== undefined && fingerprints.includes(fingerprint.toLowerCase());
  return { utls: { enabled: true, fingerprint: known ? fingerprint.toLowerCase() : 'chrome' } };
}

function echOf(ech: string | undefined): Fields {
  if (ech === undefined) return {};
  const config = echConfig(ech);
  const pem = config === undefined ? undefined : ['-----BEGIN ECH CONFIGS-----', config, '-----END ECH CONFIGS-----'];
  return { ech: { enabled: true, ...given('config', pem) } };
}

function tlsOf(security: Security, alpn: readonly string[] | undefined): Fields {
  if (security.kind === 'none') return {};
  const common = { enabled: true, ...given('server_name', security.sni) };
  if (security.kind === 'reality') {
    const reality = { enabled: true, public_key: security.publicKey, ...given('short_id', security.shortId) };
    return { tls: { ...common, ...utlsOf(security.fingerprint), reality } };
  }
  return {
    tls: {
      ...common,
      ...given('insecure', security.insecure),
      ...given('alpn', alpn),
      ...(security.fingerprint === undefined ? {} : utlsOf(security.fingerprint)),
      ...echOf(security.ech),
    },
  };
}

function alpnFor(security: Security, transport: Transport): readonly string[] | undefined {
  const alpn = security.kind === 'tls' ? security.alpn : undefined;
  return transport.kind === 'ws' || transport.kind === 'httpupgrade' ? upgradeAlpn(alpn) : alpn;
}

/**
 * First sing-box that is sent early data: of connections with it through VLESS over ws, 1.12.12 lost 16 of 700 on this wire ("unknown version"),
 * 1.13.0 none. Without it a connection costs one round trip more.
 */
const earlyDataSince = [1, 13];

function wsOf(path: string, host: string | undefined, version: Version): Fields {
  const early = earlyData(path);
  const bytes = isAtLeast(version, earlyDataSince) ? early.bytes : 0;
  return {
    type: 'ws',
    path: early.path,
    ...(host === undefined ? {} : { headers: { Host: host } }),
    ...(bytes === 0 ? {} : { max_early_data: bytes, early_data_header_name: earlyDataHeader }),
  };
}

function transportOf(transport: Transport, version: Version): Fields {
  switch (transport.kind) {
    case 'tcp':
      if (!('headerType' in transport)) return {};
      return {
        transport: {
          type: 'http',
          method: 'GET',
          path: transport.path,
          ...(transport.host === undefined ? {} : { host: [transport.host] }),
        },
      };
    case 'ws':
      return { transport: wsOf(transport.path, transport.host, version) };
    case 'httpupgrade':
      return { transport: { type: 'httpupgrade', path: earlyData(transport.path).path, ...given('host', transport.host) } };
    case 'grpc':
      return { transport: { type: 'grpc', service_name: transport.serviceName } };
    case 'xhttp':
    case 'kcp':
      throw new RangeError(`sing-box has no ${transport.kind}`);
  }
}

function hysteria2Fields(node: Extract<Node, { protocol: 'hysteria2' }>): Fields {
  // uTLS is for TCP: over QUIC sing-box refuses it.
  const { fingerprint: _fingerprint, ...security } = node.security;
  const ports = node.ports?.split(',').map((range) => (range.includes('-') ? range.replace('-', ':') : `${range}:${range}`));
  return {
    ...given('server_ports', ports),
    password: node.password,
    ...(node.obfsPassword === undefined ? {} : { obfs: { type: 'salamander', password: node.obfsPassword } }),
    ...tlsOf(security, security.alpn ?? ['h3']),
  };
}

function ownFields(node: Node): Fields {
  switch (node.protocol) {
    case 'vless':
      return { uuid: node.uuid, ...given('flow', node.flow), packet_encoding: node.packetEncoding ?? 'xudp' };
    case 'vmess':
      return { uuid: node.uuid, security: node.cipher, alter_id: 0 };
    case 'trojan':
      return { password: node.password };
    case 'shadowsocks':
      return { method: node.method, password: node.password };
    case 'hysteria2':
      return hysteria2Fields(node);
  }
}

/** The node as an entry of `outbounds` of this version (sing-box documentation, "Outbound", "TLS", "V2Ray Transport"). */
export function singboxOutboundOf(node: Node, version: Version): Fields {
  const place = { type: node.protocol, tag: node.name, server: node.address, server_port: node.port };
  if (!('transport' in node)) return { ...place, ...ownFields(node) };
  const { security, transport } = node;
  return { ...place, ...ownFields(node), ...tlsOf(security, alpnFor(security, transport)), ...transportOf(transport, version) };
}
