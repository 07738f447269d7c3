import { parseLink } from '../domain/link';
import type { Node } from '../domain/node';
import type { SeenTarget } from './panel';

/** Protocols of inbounds whose links the shop can read and sell, as panels name them. */
export const soldProtocols: ReadonlySet<string> = new Set(['vless', 'trojan', 'vmess', 'shadowsocks', 'hysteria', 'hysteria2']);

/** Panels hand out nodes at this address to say something to people whose access is off. */
function isDummy(node: Node): boolean {
  return node.address === '0.0.0.0' || node.port <= 1;
}

/** The nodes of share links that a panel built. Links of a kind the shop cannot read are left out, and so are dummies. */
export function nodesOfLinks(links: readonly string[]): readonly Node[] {
  return links.flatMap((link) => {
    try {
      const node = parseLink(link);
      return isDummy(node) ? [] : [node];
    } catch (error) {
      if (error instanceof RangeError || error instanceof URIError) return [];
      throw error;
    }
  });
}

/**
 * Sorts nodes by the account's targets. `targetsOf` says to which targets a node may belong; a node it cannot place is given to all of them, so
 * that nobody who paid is left without it.
 */
export function groupNodes(
  nodes: readonly Node[],
  targets: readonly string[],
  targetsOf: (node: Node) => readonly string[],
): readonly SeenTarget[] {
  const places = nodes.map((node) => {
    const known = targetsOf(node).filter((target) => targets.includes(target));
    return known.length > 0 ? known : targets;
  });
  return targets.map((target) => ({ target, nodes: nodes.filter((_node, index) => places[index]?.includes(target) === true) }));
}
