import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
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
  remarks: z.string(),
  log: z.looseObject({}),
  dns: z.looseObject({}),
  inbounds: z.array(z.looseObject({ protocol: z.string() })),
  outbounds: z.array(z.looseObject({ tag: z.string() })),
  routing: z.looseObject({ rules: z.array(z.looseObject({ outboundTag: z.string() })) }),
});

function proxies(nodes?: readonly Node[]) {
  const configurations = z.array(configuration).parse(JSON.parse(bodyFor({ family: 'xray', format: 'xray' }, nodes)));
  return new Map(configurations.map(({ remarks, outbounds }) => [remarks, outbounds[0]]));
}

/** Xray documentation, "Transport". */
const transports: Readonly<Record<TransportName, object>> = {
  tcp: { network: 'tcp' },
  http: { network: 'tcp', tcpSettings: { header: { type: 'http', request: { path: ['/h'], headers: { Host: ['h.example'] } } } } },
  ws: { network: 'ws', wsSettings: { path: '/w?ed=2048', host: 'w.example' } },
  httpupgrade: { network: 'httpupgrade', httpupgradeSettings: { path: '/u', host: 'u.example' } },
  grpc: { network: 'grpc', grpcSettings: { serviceName: 'svc', multiMode: false } },
  grpcMulti: { network: 'grpc', grpcSettings: { serviceName: 'svc', multiMode: true } },
  xhttp: {
    network: 'xhttp',
    xhttpSettings: {
      path: '/x',
      host: 'x.example',
      mode: 'stream-up',
      extra: { xPaddingBytes: '100-1000', noGRPCHeader: true, xmux: { maxConcurrency: '16-32' } },
    },
  },
  kcp: { network: 'kcp', kcpSettings: { mtu: 1350, tti: 50 } },
};

const securities: Readonly<Record<SecurityName, object>> = {
  none: { security: 'none' },
  tls: { security: 'tls', tlsSettings: { serverName: 'sni.example', fingerprint: 'firefox', alpn: ['h2', 'http/1.1'] } },
  reality: {
    security: 'reality',
    realitySettings: { serverName: 'www.example.com', fingerprint: 'chrome', publicKey, shortId: '12e4', spiderX: '/' },
  },
};

const place = { address: 'vpn.example', port: 443 };
const settings = {
  vless: { vnext: [{ ...place, users: [{ id: uuid, encryption: 'none' }] }] },
  vmess: { vnext: [{ ...place, users: [{ id: uuid, security: 'auto' }] }] },
  trojan: { servers: [{ ...place, password: 'pass word' }] },
};

describe('the feed in Xray JSON', () => {
  const all = proxies();

  it.each(combinations.map((combination) => [combination.node.name, combination] as const))(
    'has %s as the format says',
    (label, { protocol, transport, security }) => {
      expect(all.get(label)).toEqual({
        tag: 'proxy',
        protocol,
        settings: settings[protocol],
        streamSettings: { ...transports[transport], ...securities[security] },
      });
    },
  );

  it('has what only some nodes have', () => {
    expect(all.get('vision')).toMatchObject({ settings: { vnext: [{ users: [{ flow: 'xtls-rprx-vision' }] }] } });
    expect(all.get('udp443')).toMatchObject({ settings: { vnext: [{ users: [{ flow: 'xtls-rprx-vision-udp443' }] }] } });
    expect(all.get('encrypted')).toMatchObject({ settings: { vnext: [{ users: [{ encryption }] }] } });
    expect(all.get('ech')).toMatchObject({ streamSettings: { tlsSettings: { echConfigList: ech } } });
    expect(all.get('pinned')).toMatchObject({
      streamSettings: { tlsSettings: { pinnedPeerCertSha256: pin, verifyPeerCertByName: 'v.example' } },
    });
    // Xray refuses a configuration that has it.
    expect(all.get('insecure')).not.toHaveProperty('streamSettings.tlsSettings.allowInsecure');
    expect(all.get('shadowsocks')).toMatchObject({
      protocol: 'shadowsocks',
      settings: { servers: [{ ...place, method: 'aes-256-gcm', password: 'pass' }] },
    });
    expect(all.get('hysteria2 hops')).toEqual({
      tag: 'proxy',
      protocol: 'hysteria',
      settings: { version: 2, ...place },
      streamSettings: {
        network: 'hysteria',
        hysteriaSettings: { version: 2, auth: 'auth' },
        security: 'tls',
        tlsSettings: { fingerprint: 'chrome' },
        finalmask: { udp: [{ type: 'salamander', settings: { password: 'ob' } }], quicParams: { udpHop: { ports: '443,20000-50000' } } },
      },
    });
  });

  it('has a disguise of mKCP in the words of the panel: older settings, or a final mask', () => {
    const kcp = { kind: 'kcp', headerType: 'srtp', seed: 's' } as const;
    const older: Node = { ...others.encrypted, encryption: 'none', name: 'older', transport: kcp };
    const masked: Node = { ...older, name: 'masked', finalMask: '{"udp":[{"type":"mkcp-legacy"}]}' };
    const made = proxies([older, masked]);
    expect(made.get('older')).toMatchObject({ streamSettings: { kcpSettings: { header: { type: 'srtp' }, seed: 's' } } });
    expect(made.get('masked')).toMatchObject({ streamSettings: { kcpSettings: {}, finalmask: { udp: [{ type: 'mkcp-legacy' }] } } });
    expect(made.get('masked')).not.toHaveProperty('streamSettings.kcpSettings.seed');
  });

  it('is one whole configuration a node, with a way in and the private networks around it', () => {
    const configurations = z.array(configuration).parse(JSON.parse(bodyFor({ family: 'xray', format: 'xray' })));
    expect(configurations).toHaveLength(everyNode.length);
    for (const { inbounds, outbounds, routing } of configurations) {
      expect(inbounds.map(({ protocol }) => protocol)).toEqual(['socks', 'http']);
      expect(outbounds.map(({ tag }) => tag)).toEqual(['proxy', 'direct', 'block']);
      expect(routing.rules.map(({ outboundTag }) => outboundTag)).toEqual(['direct']);
    }
  });
});
