import type { Node, Security, Transport } from '../../domain/node';
import { ShopError } from '../../errors';
import { inboundSettings, readJson, streamSettings, type Client, type Inbound, type StreamSettings } from './wire';

function hostHeader(headers: Readonly<Record<string, unknown>> | null | undefined): string | undefined {
  const entry = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'host');
  const value: unknown = Array.isArray(entry?.[1]) ? entry[1][0] : entry?.[1];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function withHost(settings: {
  readonly path: string;
  readonly host?: string | undefined;
  readonly headers?: Readonly<Record<string, unknown>> | null | undefined;
}): {
  path: string;
  host?: string;
} {
  const host = settings.host !== undefined && settings.host !== '' ? settings.host : hostHeader(settings.headers);
  return { path: settings.path, ...(host === undefined ? {} : { host }) };
}

function filled<Key extends string>(key: Key, value: string | null | undefined): { readonly [K in Key]?: string } {
  // The computed key is exactly `Key`, which the compiler widens to string.
  return value === undefined || value === null || value === '' ? {} : ({ [key]: value } as { readonly [K in Key]?: string });
}

function tcpTransport(stream: StreamSettings): Transport {
  const header = stream.tcpSettings?.header;
  if (header?.type !== 'http') return { kind: 'tcp' };
  return {
    kind: 'tcp',
    headerType: 'http',
    path: header.request?.path?.[0] ?? '/',
    ...filled('host', hostHeader(header.request?.headers)),
  };
}

function grpcTransport(stream: StreamSettings): Transport {
  const grpc = stream.grpcSettings;
  return { kind: 'grpc', serviceName: grpc?.serviceName ?? '', ...filled('authority', grpc?.authority), multi: grpc?.multiMode ?? false };
}

function transportOf(stream: StreamSettings): Transport {
  switch (stream.network) {
    case 'tcp':
    case 'raw':
      return tcpTransport(stream);
    case 'ws':
      return { kind: 'ws', ...withHost(stream.wsSettings ?? { path: '/' }) };
    case 'httpupgrade':
      return { kind: 'httpupgrade', ...withHost(stream.httpupgradeSettings ?? { path: '/' }) };
    case 'grpc':
      return grpcTransport(stream);
    case 'xhttp':
      return { kind: 'xhttp', ...withHost(stream.xhttpSettings ?? { path: '/' }), ...filled('mode', stream.xhttpSettings?.mode) };
    default:
      throw new ShopError('PanelContract', { message: `an inbound uses the transport "${stream.network}", which the shop cannot sell` });
  }
}

function tlsOf(stream: StreamSettings): Security {
  const tls = stream.tlsSettings;
  const alpn = tls?.alpn ?? [];
  return {
    kind: 'tls',
    ...filled('sni', tls?.serverName),
    ...filled('fingerprint', tls?.settings?.fingerprint),
    ...(alpn.length === 0 ? {} : { alpn }),
  };
}

function securityOf(stream: StreamSettings): Security {
  const reality = stream.realitySettings;
  if (stream.security === 'tls') return tlsOf(stream);
  if (stream.security !== 'reality' || reality === undefined || reality === null) return { kind: 'none' };
  // The first name and id, not random ones, so that the same inbound always gives the same link.
  return {
    kind: 'reality',
    publicKey: reality.settings.publicKey,
    ...filled('shortId', reality.shortIds?.[0]),
    ...filled('sni', reality.serverNames?.[0]),
    ...filled('fingerprint', reality.settings.fingerprint),
    ...filled('spiderX', reality.settings.spiderX),
  };
}

function forced(security: Security, forceTls: string, dest: string): Security {
  if (forceTls === 'none') return { kind: 'none' };
  if (forceTls === 'tls' && security.kind === 'none') return { kind: 'tls', sni: dest };
  return security;
}

/** Whether an inbound listens on one public address, which is then the one to connect to. */
function isPublicListen(listen: string): boolean {
  return listen !== '' && !/^(0\.0\.0\.0|::|::1|127\.|localhost|@|\/)/.test(listen);
}

/** The nodes through which `client` reaches `inbound`: one, or one per external proxy. `panelHost` is where the panel itself answers. */
export function nodesOf(inbound: Inbound, client: Client, panelHost: string): readonly Node[] {
  const stream = readJson('stream settings', inbound.streamSettings, streamSettings);
  const settings = readJson('inbound settings', inbound.settings, inboundSettings);
  const security = securityOf(stream);
  const node: Node = {
    protocol: 'vless',
    uuid: client.id ?? '',
    address: isPublicListen(inbound.listen) ? inbound.listen : panelHost,
    port: inbound.port,
    encryption: settings.encryption ?? 'none',
    ...filled('flow', security.kind !== 'none' && stream.network === 'tcp' ? client.flow : undefined),
    transport: transportOf(stream),
    security,
    name: inbound.remark,
  };
  const proxies = stream.externalProxy ?? [];
  if (proxies.length === 0) return [node];
  return proxies.map((proxy) => ({
    ...node,
    address: proxy.dest,
    port: proxy.port,
    security: forced(security, proxy.forceTls, proxy.dest),
    name: proxy.remark === '' ? inbound.remark : proxy.remark,
  }));
}

/** Flow that clients of this inbound use: Vision on plain TCP with TLS or REALITY, else none. */
export function flowFor(inbound: Inbound): string {
  const stream = readJson('stream settings', inbound.streamSettings, streamSettings);
  const plain = transportOf(stream);
  const vision = plain.kind === 'tcp' && plain.headerType === undefined && stream.security !== 'none';
  return vision ? 'xtls-rprx-vision' : '';
}
