import type { Node } from '../../domain/node';
import { isAtLeast, readVersion, type Version } from '../../domain/version';
import type { Fields } from './document';
import { singboxOutboundOf } from './singboxOutbound';

/** Tags of the outbounds below: no node may have one of them. */
export const singboxNames = ['direct', 'VPN', 'Auto'];

/** Apps before this version have a schema that the feed does not write: they are asked to update. */
const oldest = [1, 11];
const typedDnsSince = [1, 12];

/** An app that does not tell its version is taken for a current one. */
function versionOf(told: string | undefined): Version {
  return readVersion(told) ?? [1, 13];
}

/** Whether the app's sing-box reads a schema that the feed writes. */
export function isReadable(told: string | undefined): boolean {
  return isAtLeast(versionOf(told), oldest);
}

const tun: Fields = {
  type: 'tun',
  tag: 'tun-in',
  address: ['172.19.0.1/30', 'fdfe:dcba:9876::1/126'],
  auto_route: true,
  strict_route: true,
};

function outboundsOf(nodes: readonly Node[], version: Version): readonly Fields[] {
  const names = nodes.map((node) => node.name);
  return [
    { type: 'selector', tag: 'VPN', outbounds: ['Auto', ...names], default: 'Auto' },
    { type: 'urltest', tag: 'Auto', outbounds: names, url: 'https://www.gstatic.com/generate_204', interval: '5m' },
    ...nodes.map((node) => singboxOutboundOf(node, version)),
    { type: 'direct', tag: 'direct' },
  ];
}

const rules: readonly Fields[] = [
  { action: 'sniff' },
  { protocol: 'dns', action: 'hijack-dns' },
  { ip_is_private: true, outbound: 'direct' },
];
const route: Fields = { rules, final: 'VPN', auto_detect_interface: true };

/** DNS through the VPN; addresses of the servers themselves are asked of the device. The form with types is of 1.12, the one before of 1.11. */
const typed: Fields = {
  dns: {
    servers: [
      { type: 'https', tag: 'remote', server: '1.1.1.1', detour: 'VPN' },
      { type: 'local', tag: 'local' },
    ],
    final: 'remote',
  },
  route: { ...route, default_domain_resolver: 'local' },
};
const untyped: Fields = {
  dns: {
    servers: [
      { tag: 'remote', address: 'https://1.1.1.1/dns-query', detour: 'VPN' },
      { tag: 'local', address: 'local', detour: 'direct' },
    ],
    rules: [{ outbound: 'any', server: 'local' }],
    final: 'remote',
  },
  route,
};

/** One entry that explains, in what every version of sing-box reads: no DNS, no rules. */
function explaining(nodes: readonly Node[]): Fields {
  return {
    inbounds: [],
    outbounds: [
      { type: 'selector', tag: 'VPN', outbounds: nodes.map((node) => node.name) },
      ...nodes.map((node) => singboxOutboundOf(node, oldest)),
    ],
  };
}

/** Nodes with unique names as a whole sing-box configuration, in the schema of the app's version. */
export function singboxBody(nodes: readonly Node[], told: string | undefined): string {
  if (!isReadable(told)) return JSON.stringify(explaining(nodes));
  const version = versionOf(told);
  const schema = isAtLeast(version, typedDnsSince) ? typed : untyped;
  return JSON.stringify({ log: { level: 'warn' }, ...schema, inbounds: [tun], outbounds: outboundsOf(nodes, version) });
}
