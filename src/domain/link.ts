import { authorityOf, decoded, filled, queryText, shown, splitLink, type LinkParts } from './linkParts';
import { readSecurity, readTls, readTransport, securityQuery, tlsQuery, transportQuery } from './linkStream';
import type { Hysteria2Node, Node, ShadowsocksNode, TlsSecurity, TrojanNode, VlessNode } from './node';
import { parseVmessLink, vmessLinkOf } from './vmessLink';

function vlessLinkOf(node: VlessNode): string {
  const query = queryText({
    encryption: node.encryption,
    flow: node.flow,
    packetEncoding: node.packetEncoding,
    fm: node.finalMask,
    ...transportQuery(node.transport),
    ...securityQuery(node.security),
  });
  return `vless://${encodeURIComponent(node.uuid)}@${authorityOf(node)}?${query}`;
}

function trojanLinkOf(node: TrojanNode): string {
  const query = queryText({ fm: node.finalMask, ...transportQuery(node.transport), ...securityQuery(node.security) });
  return `trojan://${encodeURIComponent(node.password)}@${authorityOf(node)}?${query}`;
}

// SIP002: base64url without padding, except for the 2022 methods, whose user part is percent-encoded text.
function shadowsocksLinkOf(node: ShadowsocksNode): string {
  const parts = [node.method, ...node.password.split(':')];
  const userInfo = node.method.startsWith('2022-')
    ? parts.map((part) => encodeURIComponent(part)).join(':')
    : Buffer.from(`${node.method}:${node.password}`, 'utf8').toString('base64url');
  return `ss://${userInfo}@${authorityOf(node)}`;
}

function hysteria2LinkOf(node: Hysteria2Node): string {
  const { pcs, allowInsecure, ...tls } = tlsQuery(node.security);
  const query = queryText({
    ...tls,
    security: 'tls',
    insecure: allowInsecure,
    pinSHA256: pcs,
    mport: node.ports,
    ...(node.obfsPassword === undefined ? {} : { obfs: 'salamander', 'obfs-password': node.obfsPassword }),
  });
  return `hysteria2://${encodeURIComponent(node.password)}@${authorityOf(node)}?${query}`;
}

/**
 * The node as a share link: `vless://` and `trojan://` by XTLS discussion 716 with the parameters that 3x-ui writes, `ss://` by SIP002,
 * `vmess://` version 2, `hysteria2://` by the protocol's URI scheme with v2rayN's `mport`.
 */
export function linkOf(node: Node): string {
  const name = `#${encodeURIComponent(node.name)}`;
  switch (node.protocol) {
    case 'vless':
      return `${vlessLinkOf(node)}${name}`;
    case 'trojan':
      return `${trojanLinkOf(node)}${name}`;
    case 'shadowsocks':
      return `${shadowsocksLinkOf(node)}${name}`;
    case 'hysteria2':
      return `${hysteria2LinkOf(node)}${name}`;
    case 'vmess':
      return vmessLinkOf(node);
  }
}

function parseVless({ userInfo, query, address, port, name }: LinkParts): VlessNode {
  const packetEncoding = query.get('packetEncoding');
  return {
    protocol: 'vless',
    uuid: decoded(userInfo),
    address,
    port,
    encryption: query.get('encryption') || 'none',
    ...filled('flow', query.get('flow')),
    ...(packetEncoding === 'xudp' || packetEncoding === 'packetaddr' ? { packetEncoding } : {}),
    transport: readTransport(query),
    security: readSecurity(query),
    ...filled('finalMask', query.get('fm')),
    name,
  };
}

function parseTrojan({ userInfo, query, address, port, name }: LinkParts): TrojanNode {
  // A trojan link that says nothing about security means TLS (trojan-gfw URL scheme).
  if (!query.has('security')) query.set('security', 'tls');
  return {
    protocol: 'trojan',
    password: decoded(userInfo),
    address,
    port,
    transport: readTransport(query),
    security: readSecurity(query),
    ...filled('finalMask', query.get('fm')),
    name,
  };
}

function parseShadowsocks({ userInfo, query, address, port, name }: LinkParts): ShadowsocksNode {
  const plain = decoded(userInfo);
  const text = plain.includes(':') ? plain : Buffer.from(plain, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) throw new RangeError('a shadowsocks link needs a method and a password');
  const plugin = query.get('plugin') || query.get('type') || 'tcp';
  if (plugin !== 'tcp') throw new RangeError(`a shadowsocks link travels over ${shown(plugin)}, which the shop does not know`);
  return { protocol: 'shadowsocks', method: text.slice(0, colon), password: text.slice(colon + 1), address, port, name };
}

function parseHysteria2({ userInfo, query, address, port, name }: LinkParts): Hysteria2Node {
  const obfs = query.get('obfs') || 'salamander';
  if (obfs !== 'salamander') throw new RangeError(`a hysteria2 link has the obfuscation ${shown(obfs)}, which the shop does not know`);
  const pins = query.get('pinSHA256');
  if (pins !== null) query.set('pcs', pins);
  const security: TlsSecurity = readTls(query);
  return {
    protocol: 'hysteria2',
    password: decoded(userInfo),
    address,
    port,
    security,
    ...filled('ports', query.get('mport')),
    ...filled('obfsPassword', query.get('obfs-password')),
    name,
  };
}

/**
 * Reads a share link of any protocol the shop knows; throws `RangeError`, which names the unknown word, for anything else. The inverse of
 * `linkOf`.
 */
export function parseLink(link: string): Node {
  const scheme = /^([a-z0-9]+):\/\//i.exec(link)?.[1]?.toLowerCase() ?? '';
  switch (scheme) {
    case 'vmess':
      return parseVmessLink(link);
    case 'vless':
      return parseVless(splitLink(link));
    case 'trojan':
      return parseTrojan(splitLink(link));
    case 'ss':
      return parseShadowsocks(splitLink(link));
    case 'hysteria2':
    case 'hy2':
      return parseHysteria2(splitLink(link));
    default:
      throw new RangeError(`not a share link of a protocol the shop knows: ${shown(scheme)}`);
  }
}
