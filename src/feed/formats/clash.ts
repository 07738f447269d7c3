import type { Node } from '../../domain/node';
import { clashProxyOf, type Dialect } from './clashProxy';
import { yamlOf } from './yamlText';

/** Names of Clash itself and of the groups below: no node may have one of them. */
export const clashNames = ['DIRECT', 'REJECT', 'REJECT-DROP', 'PASS', 'COMPATIBLE', 'GLOBAL', 'VPN', 'Auto'];

/** Nodes with unique names as a Clash configuration: the smallest that works, because apps add ports, TUN and DNS themselves. */
export function clashBody(nodes: readonly Node[], dialect: Dialect): string {
  const names = nodes.map((node) => node.name);
  return yamlOf({
    proxies: nodes.map((node) => clashProxyOf(node, dialect)),
    'proxy-groups': [
      { name: 'VPN', type: 'select', proxies: ['Auto', ...names, 'DIRECT'] },
      { name: 'Auto', type: 'url-test', url: 'https://www.gstatic.com/generate_204', interval: 300, tolerance: 50, proxies: names },
    ],
    rules: ['MATCH,VPN'],
  });
}
