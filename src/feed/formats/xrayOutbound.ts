import { readExtra } from '../../domain/linkStream';
import type { Node, RealitySecurity, Security, TlsSecurity, Transport } from '../../domain/node';
import { given, hexPin, type Fields, type Value } from './document';

/** JSON in text as a value of the document; what is not an object is left out. */
function objectOf(json: string | undefined): Fields | undefined {
  // What JSON holds is a value of the document.
  return json === undefined ? undefined : (readExtra(json) as Fields);
}

function tlsOf(security: TlsSecurity): Fields {
  // `allowInsecure` is left out: Xray refuses a configuration that has it.
  return {
    ...given('serverName', security.sni),
    ...given('fingerprint', security.fingerprint),
    ...given('alpn', security.alpn),
    ...given('echConfigList', security.ech),
    ...given('pinnedPeerCertSha256', security.pins?.map((pin) => hexPin(pin)).join(',')),
    ...given('verifyPeerCertByName', security.verifyName),
    ...given('cipherSuites', security.cipherSuites),
  };
}

function realityOf(security: RealitySecurity): Fields {
  return {
    ...given('serverName', security.sni),
    fingerprint: security.fingerprint ?? 'chrome',
    publicKey: security.publicKey,
    shortId: security.shortId ?? '',
    ...given('spiderX', security.spiderX),
    ...given('mldsa65Verify', security.mldsa65Verify),
  };
}

function securityFields(security: Security): Fields {
  switch (security.kind) {
    case 'none':
      return { security: 'none' };
    case 'tls':
      return { security: 'tls', tlsSettings: tlsOf(security) };
    case 'reality':
      return { security: 'reality', realitySettings: realityOf(security) };
  }
}

function tcpFields(transport: Extract<Transport, { kind: 'tcp' }>): Fields {
  if (!('headerType' in transport)) return { network: 'tcp' };
  const headers = transport.host === undefined ? {} : { headers: { Host: [transport.host] } };
  return { network: 'tcp', tcpSettings: { header: { type: 'http', request: { path: [transport.path], ...headers } } } };
}

/** Header and seed in the older words, which Xray before 26 reads; where the panel gives a final mask, that is what counts. */
function kcpFields(transport: Extract<Transport, { kind: 'kcp' }>, isMasked: boolean): Fields {
  const header = transport.headerType === undefined || isMasked ? undefined : { type: transport.headerType };
  const seed = isMasked ? undefined : transport.seed;
  return {
    network: 'kcp',
    kcpSettings: { ...given('mtu', transport.mtu), ...given('tti', transport.tti), ...given('header', header), ...given('seed', seed) },
  };
}

function transportFields(transport: Transport, isMasked: boolean): Fields {
  switch (transport.kind) {
    case 'tcp':
      return tcpFields(transport);
    case 'ws':
    case 'httpupgrade':
      return { network: transport.kind, [`${transport.kind}Settings`]: { path: transport.path, ...given('host', transport.host) } };
    case 'grpc': {
      const { serviceName, authority, multi } = transport;
      return { network: 'grpc', grpcSettings: { serviceName, ...given('authority', authority), multiMode: multi } };
    }
    case 'xhttp': {
      const { path, host, mode, extra } = transport;
      return {
        network: 'xhttp',
        xhttpSettings: { path, ...given('host', host), mode: mode ?? 'auto', ...given('extra', objectOf(extra)) },
      };
    }
    case 'kcp':
      return kcpFields(transport, isMasked);
  }
}

function hysteriaStream(node: Extract<Node, { protocol: 'hysteria2' }>): Fields {
  const udp: readonly Value[] = node.obfsPassword === undefined ? [] : [{ type: 'salamander', settings: { password: node.obfsPassword } }];
  const mask = {
    ...(udp.length === 0 ? {} : { udp }),
    ...(node.ports === undefined ? {} : { quicParams: { udpHop: { ports: node.ports } } }),
  };
  return {
    network: 'hysteria',
    hysteriaSettings: { version: 2, auth: node.password },
    ...securityFields(node.security),
    ...(Object.keys(mask).length === 0 ? {} : { finalmask: mask }),
  };
}

function settingsOf(node: Node): Fields {
  const { address, port } = node;
  switch (node.protocol) {
    case 'vless':
      return { vnext: [{ address, port, users: [{ id: node.uuid, encryption: node.encryption, ...given('flow', node.flow) }] }] };
    case 'vmess':
      return { vnext: [{ address, port, users: [{ id: node.uuid, security: node.cipher }] }] };
    case 'trojan':
      return { servers: [{ address, port, password: node.password }] };
    case 'shadowsocks':
      return { servers: [{ address, port, method: node.method, password: node.password }] };
    case 'hysteria2':
      return { version: 2, address, port };
  }
}

function streamOf(node: Node): Fields {
  if (node.protocol === 'shadowsocks') return { network: 'tcp' };
  if (node.protocol === 'hysteria2') return hysteriaStream(node);
  const mask = objectOf(node.finalMask);
  return { ...transportFields(node.transport, mask !== undefined), ...securityFields(node.security), ...given('finalmask', mask) };
}

/** The node as an outbound of Xray (Xray documentation, "Outbounds", "Transport"; Xray-core `infra/conf`). */
export function xrayOutboundOf(node: Node): Fields {
  return {
    tag: 'proxy',
    protocol: node.protocol === 'hysteria2' ? 'hysteria' : node.protocol,
    settings: settingsOf(node),
    streamSettings: streamOf(node),
  };
}
