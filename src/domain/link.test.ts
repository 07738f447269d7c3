import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { linkOf, parseLink } from './link';
import type { Node, Security, Transport } from './node';

const text = fc
  .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
  .filter((value) => !/[\uD800-\uDFFF]/.test(value.normalize().replaceAll(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g, '')));
const host = fc.domain();
const maybe = <K extends string>(key: K, values: fc.Arbitrary<string>): fc.Arbitrary<{ [P in K]?: string }> =>
  fc.option(values, { nil: undefined }).map((value) => (value === undefined ? {} : { [key]: value }) as { [P in K]?: string });

const transports: fc.Arbitrary<Transport> = fc.oneof(
  fc.constant({ kind: 'tcp' as const }),
  fc.tuple(text, maybe('host', host)).map(([path, rest]) => ({ kind: 'ws' as const, path: `/${path}`, ...rest })),
  fc.tuple(text, maybe('host', host)).map(([path, rest]) => ({ kind: 'httpupgrade' as const, path: `/${path}`, ...rest })),
  fc
    .tuple(text, fc.boolean(), maybe('authority', host))
    .map(([serviceName, multi, rest]) => ({ kind: 'grpc' as const, serviceName, multi, ...rest })),
  fc
    .tuple(text, maybe('mode', fc.constantFrom('auto', 'packet-up')))
    .map(([path, rest]) => ({ kind: 'xhttp' as const, path: `/${path}`, ...rest })),
);
const securities: fc.Arbitrary<Security> = fc.oneof(
  fc.constant({ kind: 'none' as const }),
  fc
    .tuple(maybe('sni', host), maybe('fingerprint', fc.constantFrom('chrome', 'firefox')))
    .map(([a, b]) => ({ kind: 'tls' as const, ...a, ...b })),
  fc.tuple(text, maybe('shortId', fc.constantFrom('a1b2', ''))).map(([publicKey, a]) => ({ kind: 'reality' as const, publicKey, ...a })),
);
const nodes: fc.Arbitrary<Node> = fc
  .record({
    uuid: fc.uuid(),
    address: host,
    port: fc.integer({ min: 1, max: 65_535 }),
    transport: transports,
    security: securities,
    name: text,
  })
  .map((node) => ({ protocol: 'vless', encryption: 'none', ...node }));

describe('a share link', () => {
  it('is written as the apps expect it', () => {
    const node: Node = {
      protocol: 'vless',
      uuid: '00000001-1111-4111-8111-000000000001',
      address: 'vpn.example',
      port: 443,
      encryption: 'none',
      flow: 'xtls-rprx-vision',
      transport: { kind: 'tcp' },
      security: { kind: 'reality', publicKey: 'KEY', shortId: 'a1b2', sni: 'www.example.com', fingerprint: 'chrome', spiderX: '/' },
      name: '🇳🇱 Нидерланды',
    };
    expect(linkOf(node)).toBe(
      'vless://00000001-1111-4111-8111-000000000001@vpn.example:443?encryption=none&flow=xtls-rprx-vision&fp=chrome&pbk=KEY&security=reality&sid=a1b2&sni=www.example.com&spx=%2F&type=tcp#%F0%9F%87%B3%F0%9F%87%B1%20%D0%9D%D0%B8%D0%B4%D0%B5%D1%80%D0%BB%D0%B0%D0%BD%D0%B4%D1%8B',
    );
  });

  it('is read back as the node it was made from', () => {
    fc.assert(
      fc.property(nodes, (node) => {
        expect(parseLink(linkOf(node))).toEqual(node);
      }),
    );
  });

  it.each(['https://example.com', 'vless://', 'vless://id@host', 'vless://id@host:1?security=reality', 'vless://id@host:1?type=quic'])(
    'refuses %s',
    (link) => {
      expect(() => parseLink(link)).toThrow(RangeError);
    },
  );
});
