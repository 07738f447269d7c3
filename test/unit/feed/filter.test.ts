import { describe, expect, it } from '@jest/globals';
import { usualFeed, type App, type AppFamily } from '../../../src/domain/app';
import type { Node } from '../../../src/domain/node';
import { nodesFor } from '../../../src/feed/filter';
import { combinations, everyNode, others } from './nodes';

function namesFor(family: AppFamily, version?: string, nodes: readonly Node[] = everyNode): readonly string[] {
  const app: App = { family, format: 'links', ...(version === undefined ? {} : { version }) };
  return nodesFor(app, nodes, usualFeed).map((node) => node.name);
}

function missing(family: AppFamily, version?: string): readonly string[] {
  const kept = namesFor(family, version);
  return everyNode.map((node) => node.name).filter((name) => !kept.includes(name));
}

const masked: Node = { ...others.vision, name: 'masked', finalMask: '{"tcp":[{"type":"fragment"}]}' };
const split: Node = {
  ...others.ech,
  name: 'split',
  transport: { kind: 'xhttp', path: '/', extra: '{"downloadSettings":{"address":"d.example"}}' },
};

describe('the nodes that an app gets', () => {
  it.each(['xray', 'happ', 'other'] as const)('are all for %s', (family) => {
    expect(namesFor(family)).toEqual(everyNode.map((node) => node.name));
    expect(namesFor(family, undefined, [masked, split])).toEqual(['masked', 'split']);
  });

  it('are all but what REALITY refuses for Hiddify and Throne', () => {
    expect(missing('hiddify')).toEqual(['strict']);
    expect(missing('throne')).toEqual(['strict']);
    expect(namesFor('hiddify', undefined, [masked, split])).toEqual(['split']);
  });

  it('are all but VLESS encryption for Shadowrocket, and Hysteria 2 from its build 1993 on', () => {
    expect(missing('shadowrocket')).toEqual(['encrypted']);
    expect(missing('shadowrocket', '1993')).toEqual(['encrypted']);
    expect(missing('shadowrocket', '1992')).toEqual(['encrypted', 'hysteria2', 'hysteria2 hops']);
  });

  it.each(['karing', 'nekobox', 'singbox'] as const)('for %s are those of sing-box', (family) => {
    const without = combinations
      .filter(
        ({ transport, security }) => ['xhttp', 'kcp', 'grpcMulti'].includes(transport) || (transport === 'http' && security !== 'none'),
      )
      .map(({ node }) => node.name);
    expect(missing(family)).toEqual([...without, 'encrypted', 'pinned', 'strict']);
  });

  it('for mihomo have xhttp only where it tells a version that has it, or the shop says so', () => {
    const xhttp = (version?: string): boolean => namesFor('mihomo', version).includes('vless xhttp tls');
    expect([xhttp(), xhttp('1.19.21'), xhttp('1.19.22'), xhttp('1.20.0')]).toEqual([false, false, true, true]);
    const opened = nodesFor({ family: 'mihomo', format: 'mihomo' }, everyNode, { ...usualFeed, xhttpForMihomo: true }).map(
      (node) => node.name,
    );
    expect(opened).toContain('vless xhttp tls');
    expect(opened).not.toContain('vmess xhttp tls');
    const stash = nodesFor({ family: 'stash', format: 'stash' }, everyNode, { ...usualFeed, xhttpForMihomo: true });
    expect(stash.map((node) => node.name)).not.toContain('vless xhttp tls');
    expect(namesFor('mihomo', '1.19.27', [split])).toEqual([]);
  });

  it('for mihomo have VLESS encryption unless it tells an older version', () => {
    const encrypted = (version?: string): boolean => namesFor('mihomo', version).includes('encrypted');
    expect([encrypted(), encrypted('1.19.12'), encrypted('1.19.13')]).toEqual([true, false, true]);
  });

  it.each([
    ['vision', '3.0.9', '3.1.0'],
    ['vless grpc reality', '3.0.9', '3.1'],
    ['shadowsocks2022', '2.9', '3.0.0'],
    ['hysteria2', '2.4.9', '2.5'],
  ])('for Stash have "%s" not in %s, but in %s', (name, before, since) => {
    expect(namesFor('stash', before)).not.toContain(name);
    expect(namesFor('stash', since)).toContain(name);
    expect(namesFor('stash')).toContain(name);
  });

  it('hide REALITY from exactly those that its server refuses', () => {
    const strict = (minClient: string): Node => ({ ...others.strict, security: { ...others.strict.security, minClient } });
    const seen = (family: AppFamily, minClient: string): boolean => namesFor(family, undefined, [strict(minClient)]).length === 1;
    expect((['xray', 'shadowrocket', 'mihomo', 'stash', 'singbox', 'hiddify'] as const).map((family) => seen(family, '26.3.27'))).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect([seen('mihomo', '1.8.2'), seen('singbox', '1.8.2')]).toEqual([true, false]);
    expect([seen('mihomo', '0.0.0'), seen('singbox', '0.0.0')]).toEqual([true, true]);
  });

  it('name a flow that the app knows', () => {
    const flow = (family: AppFamily): unknown => nodesFor({ family, format: 'links' }, [others.udp443], usualFeed)[0];
    expect(flow('xray')).toMatchObject({ flow: 'xtls-rprx-vision-udp443' });
    for (const family of ['hiddify', 'mihomo', 'singbox', 'shadowrocket'] as const)
      expect(flow(family)).toMatchObject({ flow: 'xtls-rprx-vision' });
  });

  it('keep the order of the shop', () => {
    expect(namesFor('singbox', undefined, [others.hysteria2, others.encrypted, others.vision])).toEqual(['hysteria2', 'vision']);
  });
});
