import { filled, shown } from '../../domain/linkParts';
import type { Hysteria2Node, Node, Security, Transport } from '../../domain/node';
import { endpointsOf, type Endpoint } from './endpoints';
import { cannotSell, finalMaskOf, securityOf, tlsOf, transportOf } from './stream';
import { streamSettings, type InboundPlace, type StreamSettings } from './streamWire';
import { inboundSettings, readJson, type Client, type Inbound } from './wire';

interface Source {
  readonly client: Client;
  readonly stream: StreamSettings;
  readonly settings: ReturnType<typeof settingsOf>;
  readonly endpoint: Endpoint;
}

function settingsOf(inbound: Inbound) {
  return readJson('inbound settings', inbound.settings, inboundSettings);
}

function secretOf(value: string | undefined, what: string): string {
  if (value === undefined || value === '') throw cannotSell(`a client without ${what}`);
  return value;
}

function hasEncryption({ settings }: Source): boolean {
  return settings.encryption !== undefined && settings.encryption !== '' && settings.encryption !== 'none';
}

/** Vision needs bare TCP with TLS or REALITY, or xhttp with VLESS encryption (3x-ui and Xray agree on both). */
function flowOf(source: Source, transport: Transport, security: Security): string | undefined {
  const visible =
    transport.kind === 'tcp'
      ? security.kind !== 'none' && !('headerType' in transport)
      : transport.kind === 'xhttp' && hasEncryption(source);
  return visible ? source.client.flow : undefined;
}

function withPath(transport: Transport, endpoint: Endpoint): Transport {
  if (transport.kind !== 'ws' && transport.kind !== 'httpupgrade' && transport.kind !== 'xhttp') return transport;
  return { ...transport, ...filled('path', endpoint.path), ...filled('host', endpoint.hostHeader) };
}

function streamOf(source: Source) {
  const { endpoint, stream } = source;
  return {
    address: endpoint.address,
    port: endpoint.port,
    transport: withPath(transportOf(stream), endpoint),
    security: endpoint.security,
    ...filled('finalMask', finalMaskOf(stream.finalmask)),
    name: endpoint.name,
  };
}

function vlessOf(source: Source): Node {
  const stream = streamOf(source);
  return {
    protocol: 'vless',
    uuid: secretOf(source.client.id, 'an id'),
    encryption: source.settings.encryption || 'none',
    ...filled('flow', flowOf(source, stream.transport, stream.security)),
    ...stream,
  };
}

function vmessOf(source: Source): Node {
  const { security, ...stream } = streamOf(source);
  if (security.kind === 'reality') throw cannotSell('VMess over REALITY');
  const cipher = source.client.security ?? '';
  // What Xray 26.7.11 no longer speaks, 3x-ui writes as `auto` too.
  const spoken = ['', 'none', 'zero'].includes(cipher) ? 'auto' : cipher;
  return { protocol: 'vmess', uuid: secretOf(source.client.id, 'an id'), cipher: spoken, ...stream, security };
}

function shadowsocksOf({ client, stream, settings, endpoint }: Source): Node {
  const transport = transportOf(stream);
  if (transport.kind !== 'tcp' || 'headerType' in transport) throw cannotSell(`Shadowsocks over ${shown(stream.network)}`);
  if (endpoint.security.kind !== 'none') throw cannotSell('Shadowsocks with TLS');
  if (finalMaskOf(stream.finalmask) !== undefined) throw cannotSell('Shadowsocks with a final mask');
  const method = secretOf(settings.method, 'a method');
  const own = secretOf(client.password, 'a password');
  // Xray knows several users for the AES methods of 2022 only.
  if (method === '2022-blake3-chacha20-poly1305') throw cannotSell(`the method ${shown(method)} with several clients`);
  const password = method.startsWith('2022-') ? `${secretOf(settings.password, 'a server password')}:${own}` : own;
  return { protocol: 'shadowsocks', method, password, address: endpoint.address, port: endpoint.port, name: endpoint.name };
}

/** Salamander is all that a link of Hysteria 2 can say about masks. */
function obfsOf(stream: StreamSettings): string | undefined {
  const masks = stream.finalmask?.udp ?? [];
  const others = [...masks.filter((mask, index) => index > 0 || mask.type !== 'salamander'), ...(stream.finalmask?.tcp ?? [])];
  if (others.length > 0) throw cannotSell(`Hysteria with the mask ${shown(others[0]?.type ?? '')}`);
  return masks[0]?.settings?.password;
}

/** Pins of Hysteria 2 are hexadecimal; the panel keeps hexadecimal with colons, or base64. */
function hexPin(pin: string): string {
  const bare = pin.replaceAll(':', '');
  if (/^[\da-f]{64}$/i.test(bare)) return bare.toLowerCase();
  const bytes = Buffer.from(pin, 'base64');
  if (bytes.length !== 32) throw cannotSell('a certificate pin that is not SHA-256');
  return bytes.toString('hex');
}

function hysteria2Of({ client, stream, settings, endpoint }: Source): Node {
  if (settings.version !== undefined && settings.version !== 2) throw cannotSell(`Hysteria ${settings.version}`);
  const tls = endpoint.security.kind === 'tls' ? endpoint.security : tlsOf(stream);
  const ports = stream.finalmask?.quicParams?.udpHop?.ports;
  const security: Hysteria2Node['security'] = tls.pins === undefined ? tls : { ...tls, pins: tls.pins.map((pin) => hexPin(pin)) };
  return {
    protocol: 'hysteria2',
    password: secretOf(client.auth, 'an auth'),
    address: endpoint.address,
    port: endpoint.port,
    security,
    // Another address has ports of its own.
    ...filled('ports', endpoint.own ? String(ports ?? '').trim() : ''),
    ...filled('obfsPassword', obfsOf(stream)),
    name: endpoint.name,
  };
}

const makers: Readonly<Record<string, (source: Source) => Node>> = {
  vless: vlessOf,
  vmess: vmessOf,
  shadowsocks: shadowsocksOf,
  hysteria: hysteria2Of,
  hysteria2: hysteria2Of,
  trojan: (source) => ({ protocol: 'trojan', password: secretOf(source.client.password, 'a password'), ...streamOf(source) }),
};

/**
 * The nodes through which `client` reaches `inbound`: one, or one per external proxy or host. `panelHost` is where the panel itself answers.
 * A setting that no correct link can be made of is `PanelContract`, which names it.
 */
export function nodesOf(inbound: Inbound & InboundPlace, client: Client, panelHost: string): readonly Node[] {
  const maker = Object.hasOwn(makers, inbound.protocol) ? makers[inbound.protocol] : undefined;
  if (maker === undefined) throw cannotSell(`the protocol ${shown(inbound.protocol)}`);
  const stream = readJson('stream settings', inbound.streamSettings, streamSettings);
  const settings = settingsOf(inbound);
  // Hysteria has TLS of its own whatever the stream says.
  const base = inbound.protocol.startsWith('hysteria') ? tlsOf(stream) : securityOf(stream);
  return endpointsOf({ inbound, stream, base, panelHost }).map((endpoint) => maker({ client, stream, settings, endpoint }));
}

/** Flow that clients of this inbound use: Vision for VLESS on plain TCP with TLS or REALITY, else none. */
export function flowFor(inbound: Inbound): string {
  if (inbound.protocol !== 'vless') return '';
  const stream = readJson('stream settings', inbound.streamSettings, streamSettings);
  const transport = transportOf(stream);
  const vision = transport.kind === 'tcp' && !('headerType' in transport) && securityOf(stream).kind !== 'none';
  return vision ? 'xtls-rprx-vision' : '';
}
