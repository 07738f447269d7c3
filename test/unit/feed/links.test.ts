import { describe, expect, it } from '@jest/globals';
import type { App, AppFamily } from '../../../src/domain/app';
import { linkOf } from '../../../src/domain/link';
import { renderFeed } from '../../../src/feed/render';
import { bodyFor, combinations, everyNode, others, publicKey, record, uuid, type SecurityName, type TransportName } from './nodes';

function linksFor(family: AppFamily, version?: string): ReadonlyMap<string, URL> {
  const app: App = { family, format: 'links', ...(version === undefined ? {} : { version }) };
  const urls = bodyFor(app)
    .split('\n')
    .filter((link) => !link.startsWith('vmess://'))
    .map((link) => new URL(link));
  return new Map(urls.map((url) => [decodeURIComponent(url.hash.slice(1)), url]));
}

/** XTLS discussion 716, parameters by transport. */
const transports: Readonly<Record<TransportName, Readonly<Record<string, string>>>> = {
  tcp: { type: 'tcp' },
  http: { type: 'tcp', headerType: 'http', path: '/h', host: 'h.example' },
  ws: { type: 'ws', path: '/w?ed=2048', host: 'w.example' },
  httpupgrade: { type: 'httpupgrade', path: '/u', host: 'u.example' },
  grpc: { type: 'grpc', serviceName: 'svc', mode: 'gun' },
  grpcMulti: { type: 'grpc', serviceName: 'svc', mode: 'multi' },
  xhttp: {
    type: 'xhttp',
    path: '/x',
    host: 'x.example',
    mode: 'stream-up',
    extra: '{"xPaddingBytes":"100-1000","noGRPCHeader":true,"xmux":{"maxConcurrency":"16-32"}}',
    x_padding_bytes: '100-1000',
  },
  kcp: { type: 'kcp', mtu: '1350', tti: '50' },
};
const securities: Readonly<Record<SecurityName, Readonly<Record<string, string>>>> = {
  none: { security: 'none' },
  tls: { security: 'tls', sni: 'sni.example', fp: 'firefox', alpn: 'h2,http/1.1' },
  reality: { security: 'reality', pbk: publicKey, sid: '12e4', sni: 'www.example.com', fp: 'chrome', spx: '/' },
};

describe('the feed in links', () => {
  const all = linksFor('other');

  it.each(combinations.filter(({ protocol }) => protocol !== 'vmess').map((combination) => [combination.node.name, combination] as const))(
    'has %s as the grammar says',
    (label, { protocol, transport, security }) => {
      const url = all.get(label);
      expect(url?.protocol).toBe(`${protocol}:`);
      expect(decodeURIComponent(url?.username ?? '')).toBe(protocol === 'vless' ? uuid : 'pass word');
      expect(url?.host).toBe('vpn.example:443');
      expect(Object.fromEntries(url?.searchParams ?? [])).toEqual({
        ...(protocol === 'vless' ? { encryption: 'none' } : {}),
        ...transports[transport],
        ...securities[security],
      });
    },
  );

  it('has every link for an app of Xray, in base64 on one line with padding', () => {
    const body = bodyFor({ family: 'xray', format: 'base64' });
    expect(body).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    expect(body.length % 4).toBe(0);
    const lines = Buffer.from(body, 'base64').toString('utf8').split('\n');
    expect(lines).toHaveLength(everyNode.length);
    expect(lines.join('\n')).toBe(bodyFor({ family: 'xray', format: 'links' }));
  });

  it('has every value of a query encoded: an "=" inside one would cut it off', () => {
    for (const link of bodyFor({ family: 'xray', format: 'links' }).split('\n')) {
      const query = /\?([^#]*)/.exec(link)?.[1];
      for (const pair of query?.split('&') ?? []) expect(pair).toMatch(/^[\w-]+=[^=]*$/);
    }
  });

  it('does not tell apps which others a server refuses', () => {
    expect(all.get('strict')?.searchParams.has('minClientVer')).toBe(false);
  });

  it('passes on a stored link as it is, unless its name or its flow has to change', () => {
    const stored = `vless://${uuid}@vpn.example:443?encryption=none&flow=xtls-rprx-vision-udp443&security=tls&type=tcp&later=1`;
    const bodyOf = (family: AppFamily): readonly string[] =>
      renderFeed({ ...record, links: [`${stored}#a`, `${stored}#a`] }, { family, format: 'links' }).body.split('\n');
    const anew = (name: string, flow: string): string =>
      `vless://${uuid}@vpn.example:443?encryption=none&flow=${flow}&security=tls&type=tcp#${name}`;
    expect(bodyOf('xray')).toEqual([`${stored}#a`, anew('a%202', 'xtls-rprx-vision-udp443')]);
    expect(bodyOf('hiddify')).toEqual([anew('a', 'xtls-rprx-vision'), anew('a%202', 'xtls-rprx-vision')]);
  });

  it('passes on a link of a kind the shop does not know, where the app may know it', () => {
    const links = ['tuic://id:pw@h:1#t', linkOf(others.vision)];
    const bodyOf = (family: AppFamily): readonly string[] => renderFeed({ ...record, links }, { family, format: 'links' }).body.split('\n');
    expect(bodyOf('xray')).toEqual([linkOf(others.vision), 'tuic://id:pw@h:1#t']);
    expect(bodyOf('nekobox')).toEqual([linkOf(others.vision)]);
    expect(renderFeed({ ...record, links: ['tuic://id:pw@h:1#t'] }, { family: 'mihomo', format: 'mihomo' }).body).toContain('does not fit');
  });
});
