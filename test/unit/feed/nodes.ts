import { usualFeed, type App } from '../../../src/domain/app';
import type { FeedRecord } from '../../../src/domain/feedRecord';
import { linkOf } from '../../../src/domain/link';
import type { Node, RealitySecurity, TlsSecurity, Transport } from '../../../src/domain/node';
import { outsideTexts } from '../../../src/bot/texts/texts';
import { renderFeed } from '../../../src/feed/render';

export const uuid = '6a1f0c0e-3d6b-4b53-9a0a-5b1a3f1d2c4e';
export const publicKey = '5DzTNqCCU9J51Ik2jSEu8D-XMaFHv9D7z_SUs6AV_TY';
export const encryption = 'mlkem768x25519plus.native.0rtt.CuIoJvlw_6L_Xn99qVlNsEJbTRRPeRTcI_TC4hfpDRM';
export const ech = 'AEb+DQBCAAAgACC22DZCu8bHHIENtSz7MWtxdTHd5nV5gSp1nESpLCMgRQAMAAEAAQABAAIAAQADAAtjZG4uZXhhbXBsZQAA';
export const pin = 'ab'.repeat(32);

export const transports = {
  tcp: { kind: 'tcp' },
  http: { kind: 'tcp', headerType: 'http', path: '/h', host: 'h.example' },
  ws: { kind: 'ws', path: '/w?ed=2048', host: 'w.example' },
  httpupgrade: { kind: 'httpupgrade', path: '/u', host: 'u.example' },
  grpc: { kind: 'grpc', serviceName: 'svc', multi: false },
  grpcMulti: { kind: 'grpc', serviceName: 'svc', multi: true },
  xhttp: {
    kind: 'xhttp',
    path: '/x',
    host: 'x.example',
    mode: 'stream-up',
    extra: '{"xPaddingBytes":"100-1000","noGRPCHeader":true,"xmux":{"maxConcurrency":"16-32"}}',
  },
  kcp: { kind: 'kcp', mtu: 1350, tti: 50 },
} as const satisfies Readonly<Record<string, Transport>>;
export type TransportName = keyof typeof transports;

export const tls: TlsSecurity = { kind: 'tls', sni: 'sni.example', fingerprint: 'firefox', alpn: ['h2', 'http/1.1'] };
export const reality: RealitySecurity = {
  kind: 'reality',
  publicKey,
  // Without quotes YAML would read it as a number.
  shortId: '12e4',
  sni: 'www.example.com',
  fingerprint: 'chrome',
  spiderX: '/',
};
export const securities = { none: { kind: 'none' }, tls, reality } as const;
export type SecurityName = keyof typeof securities;

/** A node of each protocol, transport and security that a server can have: Xray's REALITY is for TCP, gRPC and xhttp. */
export interface Combination {
  readonly protocol: 'vless' | 'trojan' | 'vmess';
  readonly transport: TransportName;
  readonly security: SecurityName;
  readonly node: Node & { readonly protocol: 'vless' | 'trojan' | 'vmess' };
}

const endpoint = { address: 'vpn.example', port: 443 };

function nodeOf(protocol: Combination['protocol'], transport: TransportName, security: SecurityName): Combination['node'] {
  const name = `${protocol} ${transport} ${security}`;
  const stream = { ...endpoint, name, transport: transports[transport] };
  if (protocol === 'vless') return { protocol, uuid, encryption: 'none', ...stream, security: securities[security] };
  if (protocol === 'trojan') return { protocol, password: 'pass word', ...stream, security: securities[security] };
  return { protocol, uuid, cipher: 'auto', ...stream, security: security === 'tls' ? tls : { kind: 'none' } };
}

const overReality: readonly TransportName[] = ['tcp', 'grpc', 'grpcMulti', 'xhttp'];

// The keys of an object literal are exactly its type's.
const transportNames = Object.keys(transports) as TransportName[];

export const combinations: readonly Combination[] = (['vless', 'trojan', 'vmess'] as const).flatMap((protocol) =>
  transportNames.flatMap((transport) =>
    (['none', 'tls', 'reality'] as const)
      .filter((security) => security !== 'reality' || (protocol !== 'vmess' && overReality.includes(transport)))
      .map((security) => ({ protocol, transport, security, node: nodeOf(protocol, transport, security) })),
  ),
);

/** Nodes beside the combinations: what one protocol or one field asks for. */
export const others = {
  vision: {
    protocol: 'vless',
    uuid,
    encryption: 'none',
    flow: 'xtls-rprx-vision',
    ...endpoint,
    name: 'vision',
    transport: { kind: 'tcp' },
    security: reality,
  },
  udp443: {
    protocol: 'vless',
    uuid,
    encryption: 'none',
    flow: 'xtls-rprx-vision-udp443',
    ...endpoint,
    name: 'udp443',
    transport: { kind: 'tcp' },
    security: tls,
  },
  encrypted: {
    protocol: 'vless',
    uuid,
    encryption,
    ...endpoint,
    name: 'encrypted',
    transport: { kind: 'tcp' },
    security: { kind: 'none' },
  },
  ech: { protocol: 'vless', uuid, encryption: 'none', ...endpoint, name: 'ech', transport: { kind: 'tcp' }, security: { ...tls, ech } },
  pinned: {
    protocol: 'vless',
    uuid,
    encryption: 'none',
    ...endpoint,
    name: 'pinned',
    transport: { kind: 'tcp' },
    security: { ...tls, pins: [pin], verifyName: 'v.example' },
  },
  insecure: {
    protocol: 'trojan',
    password: 'p',
    ...endpoint,
    name: 'insecure',
    transport: { kind: 'tcp' },
    security: { ...tls, insecure: true },
  },
  strict: {
    protocol: 'vless',
    uuid,
    encryption: 'none',
    ...endpoint,
    name: 'strict',
    transport: { kind: 'tcp' },
    security: { ...reality, minClient: '26.3.27' },
  },
  shadowsocks: { protocol: 'shadowsocks', method: 'aes-256-gcm', password: 'pass', ...endpoint, name: 'shadowsocks' },
  shadowsocks2022: {
    protocol: 'shadowsocks',
    method: '2022-blake3-aes-128-gcm',
    password: 'MDEyMzQ1Njc4OWFiY2RlZg==:ZmVkY2JhOTg3NjU0MzIxMA==',
    ...endpoint,
    name: 'shadowsocks2022',
  },
  hysteria2: {
    protocol: 'hysteria2',
    password: 'auth',
    ...endpoint,
    name: 'hysteria2',
    security: { kind: 'tls', sni: 'sni.example', alpn: ['h3'] },
  },
  hysteria2Hops: {
    protocol: 'hysteria2',
    password: 'auth',
    ...endpoint,
    name: 'hysteria2 hops',
    security: { kind: 'tls', fingerprint: 'chrome' },
    ports: '443,20000-50000',
    obfsPassword: 'ob',
  },
} as const satisfies Readonly<Record<string, Node>>;

export const everyNode: readonly Node[] = [...combinations.map(({ node }) => node), ...Object.values(others)];

export const record: FeedRecord = {
  status: 'live',
  language: 'en',
  texts: outsideTexts({}),
  title: 'Shop',
  endsAt: new Date('2027-01-02T03:04:05Z'),
  supportUrl: 'https://t.me/help',
  webPageUrl: 'https://shop.example/open/app/t',
  feedUrl: 'https://shop.example/sub/live-token-0000000',
  timeZone: 'UTC',
  trafficLimitBytes: 0,
  uploadBytes: 0,
  downloadBytes: 0,
  settings: usualFeed,
  links: [linkOf(others.vision)],
};

/** The body that an app gets of a live subscription with these nodes. */
export function bodyFor(app: App, nodes: readonly Node[] = everyNode): string {
  return renderFeed({ ...record, links: nodes.map((node) => linkOf(node)) }, app).body;
}
