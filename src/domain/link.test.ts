import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { linkOf, parseLink } from './link';
import type { Node, RealitySecurity, TlsSecurity, Transport } from './node';

const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter((value) => !/[\uD800-\uDFFF]/u.test(value));
const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
const port = fc.integer({ min: 1, max: 65_535 });
const maybe = <K extends string, T>(key: K, values: fc.Arbitrary<T>): fc.Arbitrary<{ [P in K]?: T }> =>
  // The computed key is exactly `K`, which the compiler widens to string.
  fc.option(values, { nil: undefined }).map((value) => (value === undefined ? {} : { [key]: value }) as { [P in K]?: T });
const merged = <A, B>(first: fc.Arbitrary<A>, second: fc.Arbitrary<B>): fc.Arbitrary<A & B> =>
  fc.tuple(first, second).map(([a, b]) => ({ ...a, ...b }));

const path = text.map((rest) => `/${rest}`);
const extra = fc.constantFrom('{"xPaddingBytes":"100-1000"}', '{"xmux":{"maxConcurrency":"16-32"},"noGRPCHeader":true}', '{}');
const transports: fc.Arbitrary<Transport> = fc.oneof(
  fc.constant({ kind: 'tcp' as const }),
  merged(fc.record({ kind: fc.constant('tcp' as const), headerType: fc.constant('http' as const), path }), maybe('host', host)),
  merged(fc.record({ kind: fc.constantFrom('ws' as const, 'httpupgrade' as const), path }), maybe('host', host)),
  merged(fc.record({ kind: fc.constant('grpc' as const), serviceName: text, multi: fc.boolean() }), maybe('authority', host)),
  merged(
    fc.record({ kind: fc.constant('xhttp' as const), path }),
    merged(maybe('host', host), merged(maybe('mode', fc.constantFrom('packet-up', 'stream-up', 'stream-one')), maybe('extra', extra))),
  ),
  merged(
    fc.record({ kind: fc.constant('kcp' as const) }),
    merged(
      maybe('headerType', fc.constantFrom('srtp', 'wechat-video')),
      merged(
        maybe('seed', text),
        merged(maybe('mtu', fc.integer({ min: 500, max: 1500 })), maybe('tti', fc.integer({ min: 10, max: 100 }))),
      ),
    ),
  ),
);
const tls: fc.Arbitrary<TlsSecurity> = merged(
  fc.record({ kind: fc.constant('tls' as const) }),
  merged(
    merged(maybe('sni', fc.domain()), maybe('fingerprint', fc.constantFrom('chrome', 'firefox'))),
    merged(
      merged(maybe('alpn', fc.constantFrom(['h2', 'http/1.1'], ['h3'])), maybe('ech', fc.constant('AEn+DQBF/w=='))),
      merged(
        merged(maybe('pins', fc.constantFrom(['a1'.repeat(32)], ['a1'.repeat(32), 'b2'.repeat(32)])), maybe('verifyName', fc.domain())),
        merged(maybe('cipherSuites', fc.constant('TLS_AES_128_GCM_SHA256')), maybe('insecure', fc.constant(true as const))),
      ),
    ),
  ),
);
const reality: fc.Arbitrary<RealitySecurity> = merged(
  fc.record({ kind: fc.constant('reality' as const), publicKey: text }),
  merged(
    merged(maybe('shortId', fc.constantFrom('a1b2', '12e4', '')), maybe('sni', fc.domain())),
    merged(
      merged(maybe('fingerprint', fc.constantFrom('chrome', 'random')), maybe('spiderX', path)),
      merged(maybe('mldsa65Verify', text), maybe('minClient', fc.constantFrom('26.3.27', '0.0.0'))),
    ),
  ),
);
const none = fc.constant({ kind: 'none' as const });
const endpoint = fc.record({ address: host, port, name: fc.oneof(text, fc.constant('')) });
const streamed = merged(
  endpoint,
  merged(fc.record({ transport: transports }), maybe('finalMask', fc.constant('{"udp":[{"type":"noise"}]}'))),
);

const nodes: Readonly<Record<Node['protocol'], fc.Arbitrary<Node>>> = {
  vless: merged(
    merged(
      fc.record({
        protocol: fc.constant('vless' as const),
        uuid: fc.uuid(),
        encryption: fc.constantFrom('none', 'mlkem768x25519plus.native.0rtt.KEY'),
      }),
      merged(
        maybe('flow', fc.constant('xtls-rprx-vision')),
        maybe('packetEncoding', fc.constantFrom('xudp' as const, 'packetaddr' as const)),
      ),
    ),
    merged(streamed, fc.record({ security: fc.oneof(none, tls, reality) })),
  ),
  trojan: merged(
    fc.record({ protocol: fc.constant('trojan' as const), password: text }),
    merged(streamed, fc.record({ security: fc.oneof(none, tls, reality) })),
  ),
  vmess: merged(
    fc.record({ protocol: fc.constant('vmess' as const), uuid: fc.uuid(), cipher: fc.constantFrom('auto', 'aes-128-gcm') }),
    merged(streamed, fc.record({ security: fc.oneof(none, tls) })),
  ),
  shadowsocks: merged(
    endpoint,
    fc.oneof(
      fc.record({
        protocol: fc.constant('shadowsocks' as const),
        method: fc.constantFrom('aes-256-gcm', 'chacha20-ietf-poly1305'),
        password: text,
      }),
      fc.record({
        protocol: fc.constant('shadowsocks' as const),
        method: fc.constant('2022-blake3-aes-256-gcm'),
        password: fc
          .tuple(fc.base64String({ minLength: 4 }), fc.base64String({ minLength: 4 }))
          .map(([server, user]) => `${server}:${user}`),
      }),
    ),
  ),
  hysteria2: merged(
    merged(endpoint, fc.record({ protocol: fc.constant('hysteria2' as const), password: text, security: tls })),
    merged(maybe('ports', fc.constantFrom('20000-50000', '443,20000-50000')), maybe('obfsPassword', text)),
  ),
};

const uuid = '00000001-1111-4111-8111-000000000001';

describe('a share link', () => {
  // Written by the grammar of each scheme, not by the code.
  const written: readonly (readonly [Node, string])[] = [
    [
      {
        protocol: 'vless',
        uuid,
        address: 'vpn.example',
        port: 443,
        encryption: 'none',
        flow: 'xtls-rprx-vision',
        transport: { kind: 'tcp' },
        security: { kind: 'reality', publicKey: 'KEY', shortId: 'a1b2', sni: 'www.example.com', fingerprint: 'chrome', spiderX: '/' },
        name: '🇳🇱 Нидерланды',
      },
      `vless://${uuid}@vpn.example:443?encryption=none&flow=xtls-rprx-vision&fp=chrome&pbk=KEY&security=reality&sid=a1b2&sni=www.example.com&spx=%2F&type=tcp#%F0%9F%87%B3%F0%9F%87%B1%20%D0%9D%D0%B8%D0%B4%D0%B5%D1%80%D0%BB%D0%B0%D0%BD%D0%B4%D1%8B`,
    ],
    [
      {
        protocol: 'vless',
        uuid,
        address: '2001:db8::1',
        port: 8443,
        encryption: 'none',
        transport: { kind: 'xhttp', path: '/x', host: 'cdn.example', mode: 'auto', extra: '{"xPaddingBytes":"100-1000"}' },
        security: { kind: 'tls', sni: 'cdn.example', alpn: ['h2', 'http/1.1'], ech: 'AE+/', pins: ['aa', 'bb'], verifyName: 'v.example' },
        name: 'x',
      },
      `vless://${uuid}@[2001:db8::1]:8443?alpn=h2%2Chttp%2F1.1&ech=AE%2B%2F&encryption=none&extra=%7B%22xPaddingBytes%22%3A%22100-1000%22%7D&host=cdn.example&mode=auto&path=%2Fx&pcs=aa%2Cbb&security=tls&sni=cdn.example&type=xhttp&vcn=v.example&x_padding_bytes=100-1000#x`,
    ],
    [
      {
        protocol: 'trojan',
        password: 'KheT+U7=/',
        address: 'vpn.example',
        port: 443,
        transport: { kind: 'grpc', serviceName: 'svc', multi: true },
        security: { kind: 'tls', sni: 'vpn.example' },
        name: 't',
      },
      'trojan://KheT%2BU7%3D%2F@vpn.example:443?mode=multi&security=tls&serviceName=svc&sni=vpn.example&type=grpc#t',
    ],
    [
      { protocol: 'shadowsocks', method: 'chacha20-ietf-poly1305', password: 'pass', address: 'vpn.example', port: 8388, name: 's' },
      'ss://Y2hhY2hhMjAtaWV0Zi1wb2x5MTMwNTpwYXNz@vpn.example:8388#s',
    ],
    [
      {
        protocol: 'shadowsocks',
        method: '2022-blake3-aes-256-gcm',
        password: 'c2Vy/g==:dXNl+w==',
        address: 'vpn.example',
        port: 8388,
        name: 's',
      },
      'ss://2022-blake3-aes-256-gcm:c2Vy%2Fg%3D%3D:dXNl%2Bw%3D%3D@vpn.example:8388#s',
    ],
    [
      {
        protocol: 'hysteria2',
        password: 'a b',
        address: 'vpn.example',
        port: 443,
        security: { kind: 'tls', sni: 'vpn.example', alpn: ['h3'], pins: ['ab'.repeat(32)] },
        ports: '20000-50000',
        obfsPassword: 'ob fs',
        name: 'h',
      },
      `hysteria2://a%20b@vpn.example:443?alpn=h3&mport=20000-50000&obfs=salamander&obfs-password=ob%20fs&pinSHA256=${'ab'.repeat(32)}&security=tls&sni=vpn.example#h`,
    ],
  ];

  it.each(written)('is written as the apps expect it: %#', (node, link) => {
    expect(linkOf(node)).toBe(link);
  });

  it('is written for vmess as base64 of JSON, version 2, with text in every field', () => {
    const link = linkOf({
      protocol: 'vmess',
      uuid,
      cipher: 'auto',
      address: 'vpn.example',
      port: 443,
      transport: { kind: 'ws', path: '/w', host: 'cdn.example' },
      security: { kind: 'tls', sni: 'cdn.example', fingerprint: 'chrome', alpn: ['h2'] },
      name: '🇩🇪 Германия',
    });
    expect(JSON.parse(Buffer.from(link.slice('vmess://'.length), 'base64').toString('utf8'))).toEqual({
      v: '2',
      ps: '🇩🇪 Германия',
      add: 'vpn.example',
      port: '443',
      id: uuid,
      aid: '0',
      scy: 'auto',
      net: 'ws',
      type: 'none',
      path: '/w',
      host: 'cdn.example',
      tls: 'tls',
      sni: 'cdn.example',
      fp: 'chrome',
      alpn: 'h2',
    });
  });

  it.each(Object.entries(nodes))(
    'of %s is read back as the node it was made from, and that node is written as the same link',
    (_, arbitrary) => {
      fc.assert(
        fc.property(arbitrary, (node) => {
          const link = linkOf(node);
          expect(parseLink(link)).toEqual(node);
          expect(linkOf(parseLink(link))).toBe(link);
        }),
        { numRuns: 300 },
      );
    },
  );

  it('is read as other programs write it', () => {
    expect(parseLink('hy2://auth@vpn.example:443/?insecure=1&obfs=salamander&obfs-password=o#n')).toMatchObject({
      protocol: 'hysteria2',
      security: { kind: 'tls', insecure: true },
      obfsPassword: 'o',
    });
    expect(parseLink('trojan://secret@vpn.example:443')).toMatchObject({ security: { kind: 'tls' }, name: '' });
    expect(parseLink('vless://id@vpn.example:443?type=raw&security=none&host=&path=a+b#100%')).toMatchObject({ name: '100%' });
    expect(parseLink('vless://id@vpn.example:443?type=ws&path=%2Fa+b')).toMatchObject({ transport: { path: '/a b' } });
    expect(parseLink(`ss://${Buffer.from('aes-128-gcm:a:b').toString('base64')}@vpn.example:1?type=tcp`)).toMatchObject({
      password: 'a:b',
    });
    expect(parseLink(`vmess://${Buffer.from('{"add":"h","id":"i","port":443,"aid":0,"net":"tcp"}').toString('base64')}`)).toMatchObject({
      port: 443,
      cipher: 'auto',
    });
    expect(parseLink('vless://id@vpn.example:443?type=xhttp&x_padding_bytes=1-2')).toMatchObject({
      transport: { extra: '{"xPaddingBytes":"1-2"}' },
    });
  });

  it.each([
    ['https://example.com', '"https"'],
    ['vless://', 'host'],
    ['vless://id@host', 'port'],
    ['vless://id@host:70000', 'port'],
    ['vless://@host:1', 'user'],
    ['vless://id@host:1?security=reality', 'public key'],
    ['vless://id@host:1?security=xtls', '"xtls"'],
    ['vless://id@host:1?type=quic', '"quic"'],
    ['vless://id@host:1?type=tcp&headerType=srtp', '"srtp"'],
    ['vless://id@host:1?type=xhttp&extra=%5B%5D', 'not an object'],
    ['vless://id@host:1?type=xhttp&extra=%7B', 'not JSON'],
    ['ss://bm8@host:1', 'a password'],
    ['ss://YTpi@host:1?plugin=v2ray-plugin', '"v2ray-plugin"'],
    ['hysteria2://a@host:1?obfs=gecko', '"gecko"'],
    ['vmess://bm8', 'JSON'],
    [`vmess://${Buffer.from('{"add":"h","id":"i","port":1,"aid":64}').toString('base64')}`, 'alterId'],
    [`vmess://${Buffer.from('{"add":"h","id":"i","port":1,"net":"quic"}').toString('base64')}`, '"quic"'],
    [`vmess://${Buffer.from('{"add":"h","id":"i","port":1,"tls":"reality"}').toString('base64')}`, '"reality"'],
    ['tuic://id@host:1', '"tuic"'],
  ])('refuses %s and says why', (link, why) => {
    expect(() => parseLink(link)).toThrow(RangeError);
    expect(() => parseLink(link)).toThrow(why);
  });
});
