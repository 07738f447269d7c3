import { describe, expect, it } from '@jest/globals';
import { groupNodes, inboundsOfNode, nodesOfLinks, type InboundTraits } from './links';

const link = 'vless://0b8f0f6e-1111-4222-8333-444455556666@fi.example:443?encryption=none&type=tcp&security=none#one';
const other = link.replace('fi.example', 'de.example');

describe('links that a panel built', () => {
  it('become nodes; dummies and kinds the shop cannot read are left out', () => {
    const dummy = 'vless://00000000-0000-0000-0000-000000000000@0.0.0.0:1?encryption=none&type=tcp&security=none#Contact%20support';
    const unread = ['wireguard://key@fi.example:51820', 'vless://', 'vless://u@fi.example', 'nonsense', ''];
    expect(nodesOfLinks([dummy, link, ...unread]).map((node) => node.address)).toEqual(['fi.example']);
  });

  it('go to the targets they belong to, and to all where that cannot be told', () => {
    const nodes = nodesOfLinks([link, other]);
    const seen = groupNodes(nodes, ['a', 'b'], (node) => (node.address === 'fi.example' ? ['a', 'elsewhere'] : ['elsewhere']));
    expect(seen.map(({ target, nodes: found }) => [target, found.map((node) => node.address)])).toEqual([
      ['a', ['fi.example', 'de.example']],
      ['b', ['de.example']],
    ]);
  });

  describe('come from an inbound', () => {
    const reality: InboundTraits = { tag: 'reality', protocol: 'vless', network: 'tcp', security: 'reality', port: 443, hosts: [] };
    const plain: InboundTraits = { ...reality, tag: 'plain', security: 'none' };
    const ws: InboundTraits = { ...reality, tag: 'ws', network: 'ws', security: 'none' };
    const trojan: InboundTraits = { ...plain, tag: 'trojan', protocol: 'trojan' };
    const tagsFor = (...inbounds: readonly InboundTraits[]): readonly string[] => {
      const [node] = nodesOfLinks([link]);
      return node === undefined ? [] : inboundsOfNode(node, inbounds);
    };

    it('told by protocol, transport and security', () => {
      expect(tagsFor(trojan, ws, reality, plain)).toEqual(['plain']);
    });

    it('told by where its hosts lead', () => {
      const there = { ...plain, tag: 'there', hosts: [{ address: 'fi.example', port: undefined }] };
      const elsewhere = { ...plain, tag: 'elsewhere', hosts: [{ address: 'de.example', port: 443 }] };
      expect(tagsFor(elsewhere, there)).toEqual(['there']);
      expect(tagsFor({ ...plain, tag: 'other port', port: 8443 }, plain)).toEqual(['plain']);
    });

    it('or from any that cannot be told apart', () => {
      expect(tagsFor(plain, { ...plain, tag: 'twin' })).toEqual(['plain', 'twin']);
      expect(tagsFor(ws)).toEqual(['ws']);
      expect(tagsFor(trojan)).toEqual([]);
    });

    it('under the older name of its protocol', () => {
      const [node] = nodesOfLinks(['hysteria2://password@fi.example:443?security=tls&sni=fi.example#one']);
      expect(node === undefined ? undefined : inboundsOfNode(node, [{ ...plain, protocol: 'hysteria' }])).toEqual(['plain']);
    });
  });
});
