import { counted, filled, shown } from '../../domain/linkParts';
import type { Security, TlsSecurity, Transport } from '../../domain/node';
import { ShopError } from '../../errors';
import type { FinalMask, StreamSettings } from './streamWire';
import { xhttpExtra } from './xhttpExtra';

type Headers = Readonly<Record<string, unknown>> | null | undefined;

/** The answer to a setting of an inbound that no correct link can be made of. */
export function cannotSell(what: string): ShopError {
  return new ShopError('PanelContract', { message: `an inbound uses ${what}, which the shop cannot sell` });
}

function hostHeader(headers: Headers): string | undefined {
  const entry = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'host');
  const value: unknown = Array.isArray(entry?.[1]) ? entry[1][0] : entry?.[1];
  return typeof value === 'string' ? value : undefined;
}

interface PathAndHost {
  readonly path: string;
  readonly host?: string | null | undefined;
  readonly headers?: Headers;
}

function withHost(settings: PathAndHost | null | undefined): { path: string; host?: string } {
  return { path: settings?.path || '/', ...filled('host', settings?.host || hostHeader(settings?.headers)) };
}

type TcpHeader = NonNullable<NonNullable<StreamSettings['tcpSettings']>['header']>;

function httpTransport({ request, response }: TcpHeader): Transport {
  return {
    kind: 'tcp',
    headerType: 'http',
    path: request?.path?.[0] ?? '/',
    ...filled('host', hostHeader(response?.headers) || hostHeader(request?.headers)),
  };
}

function tcpTransport(stream: StreamSettings): Transport {
  const header = stream.tcpSettings?.header;
  if (header === undefined || header === null || header.type === 'none' || header.type === '') return { kind: 'tcp' };
  if (header.type !== 'http') throw cannotSell(`the TCP header ${shown(header.type)}`);
  return httpTransport(header);
}

/** Header words of the `mkcp-legacy` mask (3x-ui from 3.4 on) in the words of a share link. */
const kcpHeaders: Readonly<Record<string, string>> = { none: '', wechat: 'wechat-video' };

/** Header and seed of mKCP: masks where the panel has them, else the older settings. */
function kcpDisguise(stream: StreamSettings): { readonly header: string; readonly seed: string } {
  const masks = (stream.finalmask?.udp ?? []).filter((mask) => mask.type === 'mkcp-legacy').map((mask) => mask.settings ?? {});
  const header = masks.map((mask) => mask.header ?? '').find((word) => word !== '') ?? stream.kcpSettings?.header?.type ?? '';
  const seed = masks.find((mask) => (mask.header ?? '') === '')?.value ?? stream.kcpSettings?.seed ?? '';
  return { header: kcpHeaders[header] ?? header, seed };
}

function kcpTransport(stream: StreamSettings): Transport {
  const { header, seed } = kcpDisguise(stream);
  return {
    kind: 'kcp',
    ...filled('headerType', header),
    ...filled('seed', seed),
    ...counted('mtu', stream.kcpSettings?.mtu),
    ...counted('tti', stream.kcpSettings?.tti),
  };
}

function grpcTransport({ grpcSettings: grpc }: StreamSettings): Transport {
  return { kind: 'grpc', serviceName: grpc?.serviceName ?? '', ...filled('authority', grpc?.authority), multi: grpc?.multiMode ?? false };
}

function xhttpTransport({ xhttpSettings: xhttp }: StreamSettings): Transport {
  return { kind: 'xhttp', ...withHost(xhttp), ...filled('mode', xhttp?.mode), ...filled('extra', xhttpExtra(xhttp ?? {})) };
}

const readers: Readonly<Record<string, (stream: StreamSettings) => Transport>> = {
  tcp: tcpTransport,
  raw: tcpTransport,
  ws: (stream) => ({ kind: 'ws', ...withHost(stream.wsSettings) }),
  httpupgrade: (stream) => ({ kind: 'httpupgrade', ...withHost(stream.httpupgradeSettings) }),
  grpc: grpcTransport,
  xhttp: xhttpTransport,
  splithttp: xhttpTransport,
  kcp: kcpTransport,
  mkcp: kcpTransport,
};

/** The transport of an inbound; one the shop does not know is `PanelContract`. */
export function transportOf(stream: StreamSettings): Transport {
  const reader = Object.hasOwn(readers, stream.network) ? readers[stream.network] : undefined;
  if (reader === undefined) throw cannotSell(`the transport ${shown(stream.network)}`);
  return reader(stream);
}

/** A list, whether it came as one or as a string with commas. */
export function listOf(value: readonly string[] | string | null | undefined): readonly string[] {
  const items = typeof value === 'string' ? value.split(',') : (value ?? []);
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

export function tlsOf(stream: StreamSettings): TlsSecurity {
  const tls = stream.tlsSettings ?? {};
  const settings = tls.settings ?? {};
  const alpn = listOf(tls.alpn);
  const pins = listOf(settings.pinnedPeerCertSha256);
  return {
    kind: 'tls',
    ...filled('sni', tls.serverName),
    ...filled('fingerprint', settings.fingerprint),
    ...(alpn.length === 0 ? {} : { alpn }),
    ...filled('ech', settings.echConfigList),
    ...(pins.length === 0 ? {} : { pins }),
    ...filled('verifyName', settings.verifyPeerCertByName?.trim()),
    ...(settings.allowInsecure === true ? { insecure: true } : {}),
  };
}

/** The security of an inbound; one the shop does not know is `PanelContract`. */
export function securityOf(stream: StreamSettings): Security {
  const reality = stream.realitySettings;
  if (stream.security === 'none' || stream.security === '') return { kind: 'none' };
  if (stream.security === 'tls') return tlsOf(stream);
  if (stream.security !== 'reality') throw cannotSell(`the security ${shown(stream.security)}`);
  if (reality === undefined || reality === null || reality.settings.publicKey === '') throw cannotSell('REALITY without a public key');
  const shortId = reality.shortIds?.[0];
  return {
    kind: 'reality',
    publicKey: reality.settings.publicKey,
    // The first name and id, not random ones, so that the same inbound always gives the same link.
    ...(shortId === undefined ? {} : { shortId }),
    ...filled('sni', reality.serverNames?.[0]),
    ...filled('fingerprint', reality.settings.fingerprint),
    ...filled('spiderX', reality.settings.spiderX),
    ...filled('mldsa65Verify', reality.settings.mldsa65Verify),
    ...filled('minClient', reality.minClientVer),
  };
}

/** Xray's final mask as the text of a link's `fm`; undefined where it masks nothing. */
export function finalMaskOf(mask: FinalMask): string | undefined {
  const { tcp, udp, quicParams } = mask ?? {};
  const parts = {
    ...(tcp === undefined || tcp === null || tcp.length === 0 ? {} : { tcp }),
    ...(udp === undefined || udp === null || udp.length === 0 ? {} : { udp }),
    ...(quicParams === undefined || quicParams === null || Object.keys(quicParams).length === 0 ? {} : { quicParams }),
  };
  return Object.keys(parts).length === 0 ? undefined : JSON.stringify(parts);
}
