import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { App } from '../../../src/domain/app';
import type { Node } from '../../../src/domain/node';
import { bodyFor, combinations, ech, others, publicKey, uuid, type SecurityName, type TransportName } from './nodes';

const configuration = z.looseObject({
  dns: z.looseObject({ servers: z.array(z.looseObject({ tag: z.string() })) }).optional(),
  inbounds: z.array(z.looseObject({ type: z.string() })),
  outbounds: z.array(z.looseObject({ type: z.string(), tag: z.string() })),
  route: z.looseObject({ rules: z.array(z.looseObject({})) }).optional(),
});

const app: App = { family: 'singbox', format: 'singbox', version: '1.13.0' };

function read(version?: string, nodes?: readonly Node[]) {
  const asked: App = version === undefined ? { family: 'singbox', format: 'singbox' } : { ...app, version };
  return configuration.parse(JSON.parse(bodyFor(asked, nodes)));
}

function outbounds(nodes?: readonly Node[]) {
  return new Map(read('1.13.0', nodes).outbounds.map((outbound) => [outbound.tag, outbound]));
}

/** sing-box documentation, "V2Ray Transport". */
const transports: Readonly<Record<Exclude<TransportName, 'kcp' | 'grpcMulti' | 'xhttp'>, object>> = {
  tcp: {},
  http: { transport: { type: 'http', method: 'GET', path: '/h', host: ['h.example'] } },
  ws: {
    transport: {
      type: 'ws',
      path: '/w',
      headers: { Host: 'w.example' },
      max_early_data: 2048,
      early_data_header_name: 'Sec-WebSocket-Protocol',
    },
  },
  httpupgrade: { transport: { type: 'httpupgrade', path: '/u', host: 'u.example' } },
  grpc: { transport: { type: 'grpc', service_name: 'svc' } },
};

/** sing-box documentation, "TLS", Outbound. */
function security(name: SecurityName, transport: TransportName): object {
  if (name === 'none') return {};
  if (name === 'reality') {
    return {
      tls: {
        enabled: true,
        server_name: 'www.example.com',
        utls: { enabled: true, fingerprint: 'chrome' },
        reality: { enabled: true, public_key: publicKey, short_id: '12e4' },
      },
    };
  }
  const alpn = transport === 'ws' || transport === 'httpupgrade' ? ['http/1.1'] : ['h2', 'http/1.1'];
  return { tls: { enabled: true, server_name: 'sni.example', alpn, utls: { enabled: true, fingerprint: 'firefox' } } };
}

const place = { server: 'vpn.example', server_port: 443 };
const bases = {
  vless: { type: 'vless', ...place, uuid, packet_encoding: 'xudp' },
  vmess: { type: 'vmess', ...place, uuid, security: 'auto', alter_id: 0 },
  trojan: { type: 'trojan', ...place, password: 'pass word' },
};

describe('the feed of sing-box', () => {
  const all = outbounds();

  it.each(combinations.map((combination) => [combination.node.name, combination] as const))(
    'has %s as the format says, or not at all',
    (label, combination) => {
      const { protocol, transport, security: kind } = combination;
      if (transport === 'kcp' || transport === 'grpcMulti' || transport === 'xhttp' || (transport === 'http' && kind !== 'none')) {
        expect(all.has(label)).toBe(false);
        return;
      }
      expect(all.get(label)).toEqual({ tag: label, ...bases[protocol], ...security(kind, transport), ...transports[transport] });
    },
  );

  it('has Vision, ECH, Shadowsocks and Hysteria 2, and nothing that it cannot say', () => {
    expect(all.get('vision')).toMatchObject({ flow: 'xtls-rprx-vision', tls: { reality: { enabled: true }, utls: { enabled: true } } });
    expect(all.get('udp443')).toMatchObject({ flow: 'xtls-rprx-vision' });
    expect(all.get('ech')).toMatchObject({
      tls: { ech: { enabled: true, config: ['-----BEGIN ECH CONFIGS-----', ech, '-----END ECH CONFIGS-----'] } },
    });
    expect(all.get('insecure')).toMatchObject({ tls: { insecure: true } });
    expect(all.get('shadowsocks')).toEqual({ type: 'shadowsocks', tag: 'shadowsocks', ...place, method: 'aes-256-gcm', password: 'pass' });
    expect(all.get('shadowsocks2022')).toMatchObject({
      method: '2022-blake3-aes-128-gcm',
      password: 'MDEyMzQ1Njc4OWFiY2RlZg==:ZmVkY2JhOTg3NjU0MzIxMA==',
    });
    expect(all.get('hysteria2')).toEqual({
      type: 'hysteria2',
      tag: 'hysteria2',
      ...place,
      password: 'auth',
      tls: { enabled: true, server_name: 'sni.example', alpn: ['h3'] },
    });
    expect(all.get('hysteria2 hops')).toEqual({
      type: 'hysteria2',
      tag: 'hysteria2 hops',
      ...place,
      server_ports: ['443:443', '20000:50000'],
      password: 'auth',
      obfs: { type: 'salamander', password: 'ob' },
      // uTLS is for TCP only.
      tls: { enabled: true, alpn: ['h3'] },
    });
    for (const name of ['encrypted', 'pinned', 'strict']) expect(all.has(name)).toBe(false);
  });

  it('has early data from 1.13 on: before, sing-box loses connections with it', () => {
    const ws = (version?: string): unknown =>
      read(version, [combinations.find(({ node }) => node.name === 'vless ws tls')?.node ?? others.vision]).outbounds[2];
    expect(ws('1.12.12')).toMatchObject({ transport: { path: '/w' } });
    expect(ws('1.12.12')).not.toHaveProperty('transport.max_early_data');
    for (const version of ['1.13.0', '1.14.0', undefined])
      expect(ws(version)).toMatchObject({ transport: { path: '/w', max_early_data: 2048 } });
  });

  it('disguises as a browser it knows', () => {
    const odd: Node = { ...others.vision, name: 'odd', security: { kind: 'tls', fingerprint: 'hellochrome_131' } };
    expect(outbounds([odd]).get('odd')).toMatchObject({ tls: { utls: { fingerprint: 'chrome' } } });
  });

  it('names no two outbounds alike', () => {
    const named = (name: string): Node => ({ ...others.shadowsocks, name });
    const tags = read('1.12.4', [named('direct'), named('VPN'), named('a'), named('a')]).outbounds.map(({ tag }) => tag);
    expect(tags).toEqual(['VPN', 'Auto', 'direct 2', 'VPN 2', 'a', 'a 2', 'direct']);
  });
});

describe('the schema of a sing-box feed', () => {
  it.each([undefined, '1.12.0', '1.13.2', '1.14.0'])('for %s has DNS servers with types, rule actions and a resolver', (version) => {
    const { dns, inbounds, route, outbounds: all } = read(version);
    expect(dns?.servers).toEqual([
      { type: 'https', tag: 'remote', server: '1.1.1.1', detour: 'VPN' },
      { type: 'local', tag: 'local' },
    ]);
    expect(inbounds).toMatchObject([
      { type: 'tun', address: [expect.any(String), expect.any(String)], auto_route: true, strict_route: true },
    ]);
    expect(inbounds[0]).not.toHaveProperty('sniff');
    expect(inbounds[0]).not.toHaveProperty('inet4_address');
    expect(route).toMatchObject({ final: 'VPN', auto_detect_interface: true, default_domain_resolver: 'local' });
    expect(route?.rules.slice(0, 2)).toEqual([{ action: 'sniff' }, { protocol: 'dns', action: 'hijack-dns' }]);
    expect(all.map(({ type }) => type)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(block|dns)$/)]));
    expect(all.slice(0, 2)).toMatchObject([
      { type: 'selector', tag: 'VPN' },
      { type: 'urltest', tag: 'Auto' },
    ]);
  });

  it('for 1.11 has the DNS servers of that time and no resolver', () => {
    const { dns, route } = read('1.11.4');
    expect(dns).toMatchObject({
      servers: [
        { address: 'https://1.1.1.1/dns-query', detour: 'VPN' },
        { address: 'local', detour: 'direct' },
      ],
      rules: [{ outbound: 'any', server: 'local' }],
    });
    expect(route).not.toHaveProperty('default_domain_resolver');
    expect(route?.rules[0]).toEqual({ action: 'sniff' });
  });

  it.each(['1.8.0', '1.10.7'])('for %s asks to update, in what every version reads', (version) => {
    const parsed = read(version);
    expect(Object.keys(parsed).toSorted()).toEqual(['inbounds', 'outbounds']);
    expect(parsed.outbounds).toMatchObject([
      { type: 'selector' },
      { type: 'vless', tag: expect.stringContaining('Update the app'), server: '127.0.0.1' },
    ]);
  });
});
