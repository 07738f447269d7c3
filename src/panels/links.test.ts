import { describe, expect, it } from '@jest/globals';
import { groupNodes, nodesOfLinks } from './links';

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
});
