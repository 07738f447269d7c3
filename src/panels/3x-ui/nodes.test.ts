import { describe, expect, it } from '@jest/globals';
import { linkOf } from '../../domain/link';
import { ShopError } from '../../errors';
import { inboundWith, type Given } from '../../../test/support/inbounds';
import { nodesOf } from './nodes';
import { panelHostEntry } from './streamWire';
import type { Client } from './wire';

const client: Client = { id: 'uuid-1', password: 'secret', auth: 'auth-1', flow: 'xtls-rprx-vision', security: 'zero' };

function made(given: Given) {
  return nodesOf(inboundWith(given), client, 'panel.example');
}

const tls = { serverName: 'vpn.example', alpn: ['h2'], settings: { fingerprint: 'chrome' } };

describe('the nodes of a 3x-ui inbound', () => {
  const transports: readonly (readonly [string, Record<string, unknown>, unknown])[] = [
    ['raw', {}, { kind: 'tcp' }],
    ['tcp', { tcpSettings: { header: { type: 'none' } } }, { kind: 'tcp' }],
    [
      'tcp',
      { tcpSettings: { header: { type: 'http', request: { path: ['/a', '/b'], headers: { Host: ['h.example'] } } } } },
      { kind: 'tcp', headerType: 'http', path: '/a', host: 'h.example' },
    ],
    ['ws', { wsSettings: { path: '/w?ed=2048', headers: { host: 'h.example' } } }, { kind: 'ws', path: '/w?ed=2048', host: 'h.example' }],
    [
      'ws',
      { wsSettings: { path: '/w', host: 'a.example', headers: { Host: 'b.example' } } },
      { kind: 'ws', path: '/w', host: 'a.example' },
    ],
    ['httpupgrade', { httpupgradeSettings: { path: '/u', host: '' } }, { kind: 'httpupgrade', path: '/u' }],
    ['grpc', { grpcSettings: { serviceName: 's', authority: '', multiMode: true } }, { kind: 'grpc', serviceName: 's', multi: true }],
    ['grpc', { grpcSettings: { serviceName: 's', authority: 'a' } }, { kind: 'grpc', serviceName: 's', authority: 'a', multi: false }],
    [
      'kcp',
      { kcpSettings: { header: { type: 'srtp' }, seed: 'x', mtu: 1350, tti: 50 } },
      { kind: 'kcp', headerType: 'srtp', seed: 'x', mtu: 1350, tti: 50 },
    ],
    [
      'kcp',
      {
        finalmask: {
          udp: [
            { type: 'mkcp-legacy', settings: { header: 'wechat' } },
            { type: 'mkcp-legacy', settings: { value: 'seed' } },
          ],
        },
      },
      { kind: 'kcp', headerType: 'wechat-video', seed: 'seed' },
    ],
  ];

  it.each(transports)('over %s with %j travel over %j', (network, settings, transport) => {
    expect(made({ stream: { network, security: 'none', ...settings } })).toMatchObject([{ transport }]);
    expect(made({ stream: { network, security: 'none', ...settings } })[0]).toHaveProperty('transport', transport);
  });

  it('over xhttp carry what the app must know, not what is the server’s own', () => {
    const xhttpSettings = {
      path: '/x',
      host: 'h.example',
      mode: 'auto',
      headers: { Host: 'no', 'X-A': 'b' },
      xPaddingBytes: '100-1000',
      scMaxEachPostBytes: '1000000',
      scMinPostsIntervalMs: '50',
      noSSEHeader: true,
      scMaxBufferedPosts: 30,
      noGRPCHeader: true,
      sessionKey: 'k',
      xmux: { maxConcurrency: '16-32' },
      downloadSettings: {},
    };
    const [node] = made({ stream: { network: 'xhttp', security: 'none', xhttpSettings } });
    const transport = node !== undefined && 'transport' in node ? node.transport : undefined;
    expect(transport).toMatchObject({ kind: 'xhttp', path: '/x', host: 'h.example', mode: 'auto' });
    expect(JSON.parse(transport?.kind === 'xhttp' ? (transport.extra ?? '') : '')).toEqual({
      mode: 'auto',
      xPaddingBytes: '100-1000',
      scMinPostsIntervalMs: '50',
      sessionKey: 'k',
      sessionIDKey: 'k',
      noGRPCHeader: true,
      xmux: { maxConcurrency: '16-32' },
      headers: { 'X-A': 'b' },
    });
  });

  it('carry everything that TLS and REALITY say', () => {
    const settings = {
      fingerprint: 'chrome',
      echConfigList: 'ECH',
      pinnedPeerCertSha256: ['aa', 'bb'],
      verifyPeerCertByName: ' v.example ',
      allowInsecure: true,
    };
    expect(made({ stream: { network: 'tcp', security: 'tls', tlsSettings: { ...tls, settings } } })[0]).toHaveProperty('security', {
      kind: 'tls',
      sni: 'vpn.example',
      fingerprint: 'chrome',
      alpn: ['h2'],
      ech: 'ECH',
      pins: ['aa', 'bb'],
      verifyName: 'v.example',
      insecure: true,
    });
    const realitySettings = {
      serverNames: ['a.example', 'b.example'],
      shortIds: ['', 'a1'],
      minClientVer: '1.8.4',
      settings: { publicKey: 'KEY', fingerprint: 'chrome', spiderX: '/', mldsa65Verify: 'PQ' },
    };
    expect(made({ stream: { network: 'tcp', security: 'reality', realitySettings } })[0]).toHaveProperty('security', {
      kind: 'reality',
      publicKey: 'KEY',
      shortId: '',
      sni: 'a.example',
      fingerprint: 'chrome',
      spiderX: '/',
      mldsa65Verify: 'PQ',
      minClient: '1.8.4',
    });
  });

  it('have a flow only where Vision works', () => {
    const flow = (given: Given) => made(given).map((node) => ('flow' in node ? node.flow : undefined));
    const security = { security: 'tls', tlsSettings: tls };
    expect(flow({ stream: { network: 'tcp', ...security } })).toEqual(['xtls-rprx-vision']);
    expect(flow({ stream: { network: 'tcp', security: 'none' } })).toEqual([undefined]);
    expect(flow({ stream: { network: 'ws', ...security } })).toEqual([undefined]);
    expect(flow({ stream: { network: 'xhttp', ...security } })).toEqual([undefined]);
    expect(flow({ stream: { network: 'xhttp', ...security }, settings: { encryption: 'mlkem768x25519plus.x' } })).toEqual([
      'xtls-rprx-vision',
    ]);
    expect(flow({ stream: { network: 'tcp', security: 'tls', externalProxy: [{ forceTls: 'none', dest: 'd', port: 1 }] } })).toEqual([
      undefined,
    ]);
    expect(flow({ protocol: 'trojan', stream: { network: 'tcp', ...security } })).toEqual([undefined]);
  });

  it('of every protocol have that protocol’s secret', () => {
    const plain = { network: 'tcp', security: 'none' };
    expect(made({ stream: plain, settings: { encryption: 'mlkem768x25519plus.x' } })).toMatchObject([
      { uuid: 'uuid-1', encryption: 'mlkem768x25519plus.x' },
    ]);
    expect(made({ protocol: 'trojan', stream: plain })).toMatchObject([{ protocol: 'trojan', password: 'secret' }]);
    expect(made({ protocol: 'vmess', stream: plain })).toMatchObject([{ protocol: 'vmess', uuid: 'uuid-1', cipher: 'auto' }]);
    const aead = { method: 'aes-256-gcm', password: 'server' };
    expect(made({ protocol: 'shadowsocks', stream: plain, settings: aead })).toMatchObject([{ method: 'aes-256-gcm', password: 'secret' }]);
    const modern = { method: '2022-blake3-aes-256-gcm', password: 'server' };
    expect(made({ protocol: 'shadowsocks', stream: plain, settings: modern })).toMatchObject([{ password: 'server:secret' }]);
  });

  it('of Hysteria 2 carry obfuscation, ports and pins in hexadecimal', () => {
    const pin = Buffer.alloc(32, 0xab);
    const stream = {
      network: 'hysteria',
      security: 'tls',
      tlsSettings: { serverName: 'vpn.example', alpn: ['h3'], settings: { pinnedPeerCertSha256: [pin.toString('base64')] } },
      finalmask: { udp: [{ type: 'salamander', settings: { password: 'ob' } }], quicParams: { udpHop: { ports: '20000-50000' } } },
    };
    const hysteria = { protocol: 'hysteria', settings: { version: 2 }, stream };
    expect(made(hysteria).map((node) => linkOf(node))).toEqual([
      `hysteria2://auth-1@panel.example:443?alpn=h3&mport=20000-50000&obfs=salamander&obfs-password=ob&pinSHA256=${pin.toString('hex')}&security=tls&sni=vpn.example#In`,
    ]);
    // Ports to hop over belong to the inbound's own address.
    expect(
      made({ ...hysteria, stream: { ...stream, externalProxy: [{ forceTls: 'same', dest: 'd.example', port: 8443 }] } })[0],
    ).not.toHaveProperty('ports');
  });

  it('take the place of the inbound by external proxies, with what these say of TLS', () => {
    const externalProxy = [
      {
        forceTls: 'same',
        dest: 'a.example',
        port: 1,
        remark: 'A',
        sni: 's.example',
        fingerprint: 'firefox',
        alpn: ['h3'],
        pinnedPeerCertSha256: ['cc'],
      },
      { forceTls: 'none', dest: 'b.example', port: 2, remark: '' },
      { forceTls: 'tls', dest: 'c.example', port: 3, remark: 'C' },
    ];
    const stream = { network: 'ws', security: 'tls', tlsSettings: tls, externalProxy };
    expect(made({ stream })).toMatchObject([
      {
        address: 'a.example',
        port: 1,
        name: 'A',
        security: { kind: 'tls', sni: 's.example', fingerprint: 'firefox', alpn: ['h3'], pins: ['cc'] },
      },
      { address: 'b.example', port: 2, name: 'In', security: { kind: 'none' } },
      { address: 'c.example', port: 3, name: 'C', security: { kind: 'tls', sni: 'vpn.example', alpn: ['h2'] } },
    ]);
    expect(made({ stream: { ...stream, security: 'none' } })[2]).toHaveProperty('security', { kind: 'tls' });
  });

  it('follow hosts before external proxies, in their order, without the disabled ones', () => {
    const host = (fields: Record<string, unknown>) => panelHostEntry.parse({ inboundId: 1, ...fields });
    const hosts = [
      host({
        sortOrder: 2,
        remark: 'second',
        security: 'tls',
        address: 'b.example',
        port: 8443,
        path: '/p',
        hostHeader: 'hh.example',
        overrideSniFromAddress: true,
      }),
      host({ sortOrder: 1, remark: 'first', sni: 'sni.example', alpn: ['h3'] }),
      host({ isDisabled: true, address: 'off.example' }),
      host({ excludeFromSubTypes: ['raw'], address: 'excluded.example' }),
    ];
    const externalProxy = [{ forceTls: 'same', dest: 'never.example', port: 1 }];
    const stream = { network: 'ws', security: 'tls', tlsSettings: tls, wsSettings: { path: '/w', host: 'w.example' }, externalProxy };
    expect(made({ stream, place: { hosts } })).toMatchObject([
      {
        name: 'first',
        address: 'panel.example',
        port: 443,
        security: { sni: 'sni.example', alpn: ['h3'] },
        transport: { path: '/w', host: 'w.example' },
      },
      {
        name: 'second',
        address: 'b.example',
        port: 8443,
        security: { sni: 'b.example', alpn: ['h2'] },
        transport: { path: '/p', host: 'hh.example' },
      },
    ]);
    const realitySettings = { serverNames: ['r.example'], settings: { publicKey: 'K' } };
    const reality = { network: 'tcp', security: 'reality', realitySettings };
    expect(made({ stream: reality, place: { hosts: [host({ sni: 'own.example', fingerprint: 'firefox' })] } })).toMatchObject([
      { security: { kind: 'reality', publicKey: 'K', sni: 'own.example', fingerprint: 'firefox' } },
    ]);
  });

  it.each([
    ['', undefined, 'panel.example'],
    ['0.0.0.0', undefined, 'panel.example'],
    ['::', undefined, 'panel.example'],
    ['127.0.0.1', undefined, 'panel.example'],
    ['203.0.113.5', undefined, '203.0.113.5'],
    ['203.0.113.5', { nodeId: 3, nodeAddress: 'node.example' }, 'node.example'],
    ['203.0.113.5', { nodeId: 3, nodeAddress: 'node.example', shareAddrStrategy: 'listen' }, '203.0.113.5'],
    ['203.0.113.5', { shareAddrStrategy: 'custom', shareAddr: ' [2001:db8::1] ' }, '2001:db8::1'],
    ['', { shareAddrStrategy: 'custom', shareAddr: '' }, 'panel.example'],
  ])('of an inbound on "%s" with %j are reached at %s', (listen, place, address) => {
    expect(made({ listen, stream: { network: 'tcp', security: 'none' }, place: place ?? {} })).toMatchObject([{ address }]);
  });

  const none = { network: 'tcp', security: 'none' };
  const modern = { method: '2022-blake3-chacha20-poly1305', password: 'p' };
  const masked = { network: 'hysteria', security: 'tls', finalmask: { udp: [{ type: 'salamander' }, { type: 'noise' }] } };
  const refused: readonly (readonly [string, Given])[] = [
    ['"wireguard"', { protocol: 'wireguard', stream: none }],
    ['"quic"', { stream: { network: 'quic' } }],
    ['"srtp"', { stream: { network: 'tcp', tcpSettings: { header: { type: 'srtp' } } } }],
    ['"xtls"', { stream: { network: 'tcp', security: 'xtls' } }],
    ['REALITY without a public key', { stream: { network: 'tcp', security: 'reality' } }],
    [
      'VMess over REALITY',
      { protocol: 'vmess', stream: { network: 'tcp', security: 'reality', realitySettings: { settings: { publicKey: 'K' } } } },
    ],
    ['Shadowsocks over "ws"', { protocol: 'shadowsocks', settings: { method: 'aes-256-gcm' }, stream: { network: 'ws' } }],
    ['a method', { protocol: 'shadowsocks', stream: none }],
    ['several clients', { protocol: 'shadowsocks', settings: modern, stream: none }],
    ['Hysteria 1', { protocol: 'hysteria', settings: { version: 1 }, stream: none }],
    ['"noise"', { protocol: 'hysteria', settings: { version: 2 }, stream: masked }],
    ['node 3', { stream: none, place: { nodeId: 3 } }],
    ['a socket', { listen: '/run/x.sock', stream: none }],
    ['"reality"', { stream: { ...none, externalProxy: [{ forceTls: 'reality', dest: 'd', port: 1 }] } }],
  ];

  it.each(refused)('are refused with a word about %s, never a wrong link', (word, given) => {
    expect(() => made(given)).toThrow(ShopError);
    expect(() => made(given)).toThrow(word);
  });

  it('are refused where the client has no secret', () => {
    expect(() => nodesOf(inboundWith({ stream: none }), {}, 'h')).toThrow('a client without an id');
  });
});
