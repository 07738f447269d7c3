import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import type { App } from '../../../src/domain/app';
import type { Node } from '../../../src/domain/node';
import {
  bodyFor,
  combinations,
  ech,
  encryption,
  everyNode,
  others,
  pin,
  publicKey,
  uuid,
  type SecurityName,
  type TransportName,
} from './nodes';

const configuration = z.looseObject({
  proxies: z.array(z.looseObject({ name: z.string() })),
  'proxy-groups': z.array(z.looseObject({ name: z.string(), proxies: z.array(z.string()) })),
  rules: z.array(z.string()),
});

function proxiesFor(app: App, nodes?: readonly Node[]) {
  const { proxies } = configuration.parse(parse(bodyFor(app, nodes)));
  return new Map(proxies.map((proxy) => [proxy.name, proxy]));
}

const mihomo: App = { family: 'mihomo', format: 'mihomo', version: '1.19.27' };
const stash: App = { family: 'stash', format: 'stash', version: '3.1.0' };
const clash: App = { family: 'clash', format: 'clash' };

/** mihomo documentation, "Transport Configuration". */
const transports: Readonly<Record<Exclude<TransportName, 'kcp' | 'grpcMulti'>, object>> = {
  tcp: { network: 'tcp' },
  http: { network: 'http', 'http-opts': { method: 'GET', path: ['/h'], headers: { Host: ['h.example'] } } },
  ws: {
    network: 'ws',
    'ws-opts': { path: '/w', headers: { Host: 'w.example' }, 'max-early-data': 2048, 'early-data-header-name': 'Sec-WebSocket-Protocol' },
  },
  httpupgrade: { network: 'ws', 'ws-opts': { path: '/u', headers: { Host: 'u.example' }, 'v2ray-http-upgrade': true } },
  grpc: { network: 'grpc', 'grpc-opts': { 'grpc-service-name': 'svc' } },
  xhttp: {
    network: 'xhttp',
    'xhttp-opts': {
      path: '/x',
      host: 'x.example',
      mode: 'stream-up',
      'x-padding-bytes': '100-1000',
      'no-grpc-header': true,
      'reuse-settings': { 'max-concurrency': '16-32' },
    },
  },
};

/** mihomo documentation, "TLS Configuration"; the SNI is `servername` for VLESS and VMess, `sni` for Trojan. */
function security(name: SecurityName, sni: 'servername' | 'sni', transport: TransportName): object {
  if (name === 'none') return {};
  if (name === 'reality') {
    return { [sni]: 'www.example.com', 'client-fingerprint': 'chrome', 'reality-opts': { 'public-key': publicKey, 'short-id': '12e4' } };
  }
  const alpn = transport === 'ws' || transport === 'httpupgrade' ? ['http/1.1'] : ['h2', 'http/1.1'];
  return { [sni]: 'sni.example', 'client-fingerprint': 'firefox', alpn };
}

const place = { server: 'vpn.example', port: 443 };

const bases = {
  vless: { type: 'vless', ...place, udp: true, uuid, 'packet-encoding': 'xudp' },
  vmess: { type: 'vmess', ...place, udp: true, uuid, alterId: 0, cipher: 'auto' },
  trojan: { type: 'trojan', ...place, udp: true, password: 'pass word' },
};

/** What each app leaves out, by the matrix. */
const leftOut: Readonly<Record<string, (combination: (typeof combinations)[number]) => boolean>> = {
  mihomo: ({ protocol, transport, security }) =>
    ['kcp', 'grpcMulti'].includes(transport) ||
    (protocol !== 'vless' && transport === 'xhttp') ||
    (protocol === 'trojan' && (security === 'none' || transport === 'http')),
  stash: ({ protocol, transport, security }) =>
    ['kcp', 'grpcMulti', 'xhttp'].includes(transport) ||
    (protocol === 'vmess' && transport === 'httpupgrade') ||
    (protocol === 'vless' && transport === 'http') ||
    (protocol === 'trojan' && (security !== 'tls' || transport === 'http')),
  clash: ({ protocol, transport, security }) =>
    protocol === 'vless' ||
    ['kcp', 'grpcMulti', 'xhttp', 'http', 'httpupgrade'].includes(transport) ||
    (protocol === 'trojan' && security !== 'tls'),
};

describe.each([
  ['mihomo', mihomo],
  ['stash', stash],
  ['clash', clash],
])('the feed of %s', (name, app) => {
  const proxies = proxiesFor(app);

  it.each(combinations.map((combination) => [combination.node.name, combination] as const))(
    'has %s as the format says, or not at all',
    (label, combination) => {
      const { protocol, transport, security: kind } = combination;
      if (leftOut[name]?.(combination) === true) {
        expect(proxies.has(label)).toBe(false);
        return;
      }
      // Left out above for every app.
      const known = transport as keyof typeof transports;
      expect(proxies.get(label)).toEqual({
        name: label,
        ...bases[protocol],
        ...(protocol === 'trojan' ? {} : { tls: kind !== 'none' }),
        ...security(kind, protocol === 'trojan' ? 'sni' : 'servername', transport),
        ...transports[known],
      });
    },
  );

  it('has a group with every server, one that chooses, and one rule', () => {
    const parsed = configuration.parse(parse(bodyFor(app)));
    const names = parsed.proxies.map((proxy) => proxy.name);
    expect(new Set(names).size).toBe(names.length);
    expect(parsed['proxy-groups']).toMatchObject([
      { name: 'VPN', type: 'select', proxies: ['Auto', ...names, 'DIRECT'] },
      { name: 'Auto', type: 'url-test', proxies: names, interval: 300 },
    ]);
    expect(parsed.rules).toEqual(['MATCH,VPN']);
  });
});

describe('the feed of mihomo', () => {
  const proxies = proxiesFor(mihomo);

  it('has Vision, VLESS encryption, ECH and pins in its own words', () => {
    expect(proxies.get('vision')).toMatchObject({ flow: 'xtls-rprx-vision', tls: true });
    expect(proxies.get('udp443')).toMatchObject({ flow: 'xtls-rprx-vision' });
    expect(proxies.get('encrypted')).toMatchObject({ encryption, tls: false });
    expect(proxies.get('ech')).toMatchObject({ 'ech-opts': { enable: true, config: ech } });
    expect(proxies.get('pinned')).toMatchObject({ fingerprint: pin, 'name-cert-verify': 'v.example' });
    expect(proxies.get('insecure')).toMatchObject({ 'skip-cert-verify': true });
  });

  it('has Shadowsocks and Hysteria 2', () => {
    expect(proxies.get('shadowsocks')).toEqual({
      name: 'shadowsocks',
      type: 'ss',
      ...place,
      udp: true,
      cipher: 'aes-256-gcm',
      password: 'pass',
    });
    expect(proxies.get('shadowsocks2022')).toMatchObject({
      cipher: '2022-blake3-aes-128-gcm',
      password: 'MDEyMzQ1Njc4OWFiY2RlZg==:ZmVkY2JhOTg3NjU0MzIxMA==',
    });
    expect(proxies.get('hysteria2')).toEqual({
      name: 'hysteria2',
      type: 'hysteria2',
      ...place,
      password: 'auth',
      sni: 'sni.example',
      alpn: ['h3'],
    });
    expect(proxies.get('hysteria2 hops')).toEqual({
      name: 'hysteria2 hops',
      type: 'hysteria2',
      ...place,
      password: 'auth',
      ports: '443,20000-50000',
      obfs: 'salamander',
      'obfs-password': 'ob',
    });
  });

  it('says what it does not know in a word it knows', () => {
    const odd: Node = { ...others.vision, name: 'odd', security: { kind: 'reality', publicKey, fingerprint: 'hellochrome_131' } };
    expect(proxiesFor(mihomo, [odd]).get('odd')).toMatchObject({ 'client-fingerprint': 'chrome' });
    const bare: Node = { ...others.vision, name: 'bare', security: { kind: 'reality', publicKey } };
    expect(proxiesFor(mihomo, [bare]).get('bare')).toMatchObject({ 'client-fingerprint': 'chrome' });
    const asked: Node = { ...others.ech, name: 'asked', security: { kind: 'tls', ech: 'ech.example+https://1.1.1.1/dns-query' } };
    expect(proxiesFor(mihomo, [asked]).get('asked')).toMatchObject({ 'ech-opts': { enable: true } });
    expect(proxiesFor(mihomo, [asked]).get('asked')).not.toHaveProperty('ech-opts.config');
  });
});

describe('the feed of Stash', () => {
  it('has its own words for pins and for Hysteria 2', () => {
    const proxies = proxiesFor(stash, [others.hysteria2, { ...others.pinned, security: { kind: 'tls', pins: [pin] } }]);
    expect(proxies.get('hysteria2')).toMatchObject({ auth: 'auth' });
    expect(proxies.get('hysteria2')).not.toHaveProperty('password');
    expect(proxies.get('pinned')).toMatchObject({ 'server-cert-fingerprint': pin });
  });
});

describe('names in a Clash feed', () => {
  it('never repeat, nor take a word of Clash, nor break the text', () => {
    const named = (name: string): Node => ({ ...others.shadowsocks, name });
    const names = ['🇳🇱 Нидерланды', '🇳🇱 Нидерланды', 'DIRECT', 'VPN', 'a: b # c', '"q" \\ \u2028 x\ny', '12e4', '- yes', ''];
    const proxies = proxiesFor(
      mihomo,
      names.map((name) => named(name)),
    );
    expect([...proxies.keys()]).toEqual([
      '🇳🇱 Нидерланды',
      '🇳🇱 Нидерланды 2',
      'DIRECT 2',
      'VPN 2',
      'a: b # c',
      '"q" \\   x y',
      '12e4',
      '- yes',
      'vpn.example',
    ]);
  });

  it('are all there', () => {
    expect(everyNode.length).toBe(new Set(everyNode.map((node) => node.name)).size);
  });
});
