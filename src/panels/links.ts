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

/** What can be told of an inbound from outside. */
export interface InboundTraits {
  readonly tag: string;
  readonly protocol: string;
  /** Transport by its older name: `tcp`, `ws`, `grpc`, `xhttp` …; undefined where it is not known. */
  readonly network: string | undefined;
  readonly security: string | undefined;
  readonly port: number | undefined;
  /** Where its hosts lead; a port of undefined is the inbound's own. */
  readonly hosts: readonly { readonly address: string; readonly port: number | undefined }[];
}

function narrow<T>(found: readonly T[], fits: (one: T) => boolean): readonly T[] {
  const fitting = found.filter(fits);
  return fitting.length > 0 ? fitting : found;
}

/**
 * Tags of the inbounds a node may come from. Panels that build links do not say which inbound each belongs to, so it is told by protocol, transport,
 * security, and where its hosts lead; what does not tell them apart is passed over.
 */
export function inboundsOfNode(node: Node, inbounds: readonly InboundTraits[]): readonly string[] {
  const transport = 'transport' in node ? node.transport.kind : undefined;
  const security = 'security' in node ? node.security.kind : undefined;
  // Panels know one protocol by its older name.
  const protocol = inbounds.filter((inbound) => inbound.protocol === node.protocol || `${inbound.protocol}2` === node.protocol);
  const network = narrow(protocol, (inbound) => transport === undefined || inbound.network === transport);
  const secured = narrow(network, (inbound) => security === undefined || inbound.security === security);
  const led = narrow(secured, (inbound) =>
    inbound.hosts.some((host) => host.address === node.address && (host.port ?? inbound.port) === node.port),
  );
  return narrow(led, (inbound) => inbound.port === node.port).map((inbound) => inbound.tag);
}
