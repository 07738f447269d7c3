import { filled, shown } from '../../domain/linkParts';
import type { Security, TlsSecurity } from '../../domain/node';
import { cannotSell, listOf } from './stream';
import type { InboundPlace, PanelHost, StreamSettings } from './streamWire';
import type { Inbound } from './wire';

/** One way to an inbound: where apps connect, and what that changes in its link. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly name: string;
  readonly security: Security;
  readonly path?: string;
  readonly hostHeader?: string;
  /** Whether it is the inbound's own address and port. */
  readonly own: boolean;
}

interface Asked {
  readonly inbound: Inbound & InboundPlace;
  readonly stream: StreamSettings;
  readonly base: Security;
  readonly panelHost: string;
}

interface Override {
  readonly sni?: string | null | undefined;
  readonly fingerprint?: string | null | undefined;
  readonly alpn?: readonly string[] | string | null | undefined;
  readonly pinnedPeerCertSha256?: readonly string[] | string | null | undefined;
  readonly verifyPeerCertByName?: string | null | undefined;
  readonly echConfigList?: string | null | undefined;
  readonly allowInsecure?: boolean | null | undefined;
}

function isLocal(address: string): boolean {
  return /^(|localhost|127\.[\d.]+|0\.0\.0\.0|\[?::1?\]?)$/i.test(address);
}

function isSocket(listen: string): boolean {
  return /^[@/]/.test(listen);
}

/** Where apps connect, by the panel's own order (its `shareAddrStrategy`): never an address that only the server itself can reach. */
function addressOf({ inbound, panelHost }: Asked): string {
  const listen = isSocket(inbound.listen) || isLocal(inbound.listen) ? '' : inbound.listen;
  const node = inbound.nodeAddress ?? '';
  const share = inbound.shareAddr?.trim() ?? '';
  const order = { listen: [listen, node], custom: [share, node, listen] }[inbound.shareAddrStrategy ?? ''] ?? [node, listen];
  const found = order.find((address) => address !== '');
  if (found !== undefined) return found.replace(/^\[(.*)\]$/, '$1');
  if (inbound.nodeId !== undefined && inbound.nodeId !== null)
    throw cannotSell(`the panel's node ${inbound.nodeId}, whose address is unknown`);
  if (isSocket(inbound.listen)) throw cannotSell('a socket behind another inbound and no external proxy or host');
  return panelHost;
}

function overridden(base: TlsSecurity, override: Override): TlsSecurity {
  const alpn = listOf(override.alpn);
  const pins = listOf(override.pinnedPeerCertSha256);
  return {
    ...base,
    ...filled('sni', override.sni),
    ...filled('fingerprint', override.fingerprint),
    ...(alpn.length === 0 ? {} : { alpn }),
    ...(pins.length === 0 ? {} : { pins }),
    ...filled('verifyName', override.verifyPeerCertByName),
    ...filled('ech', override.echConfigList),
    ...(override.allowInsecure === true ? { insecure: true } : {}),
  };
}

/** `same` keeps the inbound's security, `tls` and `none` replace it; what a proxy says itself counts for TLS only. */
function forced(base: Security, forceTls: string, override: Override): Security {
  if (forceTls === 'none') return { kind: 'none' };
  if (forceTls === 'tls' || (forceTls === 'same' && base.kind === 'tls')) {
    if (base.kind === 'tls') return overridden(base, override);
    const kept = base.kind === 'reality' ? { ...filled('sni', base.sni), ...filled('fingerprint', base.fingerprint) } : {};
    return overridden({ kind: 'tls', ...kept }, override);
  }
  if (forceTls !== 'same' && forceTls !== '') throw cannotSell(`an external proxy with the security ${shown(forceTls)}`);
  return base;
}

function externalProxies({ stream, base, inbound }: Asked): readonly Endpoint[] {
  return (stream.externalProxy ?? []).map((proxy) => ({
    address: proxy.dest,
    port: proxy.port,
    name: proxy.remark === '' ? inbound.remark : proxy.remark,
    security: forced(base, proxy.forceTls, proxy),
    own: false,
  }));
}

function ofHost(asked: Asked, host: PanelHost): Endpoint {
  const address = host.address === '' ? addressOf(asked) : host.address;
  const said = host.overrideSniFromAddress === true ? address : host.sni;
  const override = { ...host, sni: host.keepSniBlank === true ? undefined : said };
  const security = forced(asked.base, host.security === 'reality' ? 'same' : host.security, override);
  return {
    address,
    port: host.port === 0 ? asked.inbound.port : host.port,
    name: host.remark === '' ? asked.inbound.remark : host.remark,
    security:
      security.kind === 'reality' ? { ...security, ...filled('sni', override.sni), ...filled('fingerprint', host.fingerprint) } : security,
    ...filled('path', host.path),
    ...filled('hostHeader', host.hostHeader),
    own: host.address === '' && host.port === 0,
  };
}

/** The ways to an inbound: its hosts, else its external proxies, else its own address. */
export function endpointsOf(asked: Asked): readonly Endpoint[] {
  const { inbound, base } = asked;
  const hosts = (inbound.hosts ?? []).filter((host) => !host.isDisabled && host.excludeFromSubTypes?.includes('raw') !== true);
  if (hosts.length > 0) return hosts.toSorted((a, b) => a.sortOrder - b.sortOrder).map((host) => ofHost(asked, host));
  const proxies = externalProxies(asked);
  if (proxies.length > 0) return proxies;
  return [{ address: addressOf(asked), port: inbound.port, name: inbound.remark, security: base, own: true }];
}
