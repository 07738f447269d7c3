import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { Node } from '../../src/domain/node';
import { bodyFor } from '../unit/feed/nodes';
import type { Program } from './programs';

/** A configuration in which each server of a feed has a proxy port of its own, and the name of the server behind each port. */
export interface Client {
  readonly body: string;
  readonly ports: ReadonlyMap<string, number>;
}

const listen = '127.0.0.1';

function portsFor(names: readonly string[], first: number): ReadonlyMap<string, number> {
  return new Map(names.map((name, index) => [name, first + index]));
}

function pairsOf(ports: ReadonlyMap<string, number>): readonly { readonly name: string; readonly port: number }[] {
  return [...ports].map(([name, port]) => ({ name, port }));
}

function xrayClient(nodes: readonly Node[]): Client {
  const items = z
    .array(z.looseObject({ remarks: z.string(), outbounds: z.array(z.looseObject({})) }))
    .parse(JSON.parse(bodyFor({ family: 'xray', format: 'xray' }, nodes)));
  const ports = portsFor(
    items.map(({ remarks }) => remarks),
    24_000,
  );
  const body = JSON.stringify({
    log: { loglevel: 'warning' },
    inbounds: pairsOf(ports).map(({ name, port }) => ({ tag: `in ${name}`, listen, port, protocol: 'http', settings: {} })),
    outbounds: items.map(({ remarks, outbounds }) => ({ ...outbounds[0], tag: remarks })),
    routing: { rules: pairsOf(ports).map(({ name }) => ({ type: 'field', inboundTag: [`in ${name}`], outboundTag: name })) },
  });
  return { body, ports };
}

function mihomoClient(nodes: readonly Node[], version: string): Client {
  const { proxies } = z
    .object({ proxies: z.array(z.looseObject({ name: z.string() })) })
    .parse(parse(bodyFor({ family: 'mihomo', format: 'mihomo', version }, nodes)));
  const ports = portsFor(
    proxies.map(({ name }) => name),
    25_000,
  );
  const listeners = pairsOf(ports).map(({ name, port }) => ({ name: `in ${name}`, type: 'mixed', listen, port, proxy: name }));
  return { body: stringify({ 'log-level': 'warning', ipv6: false, proxies, listeners, rules: ['MATCH,DIRECT'] }), ports };
}

function singboxClient(nodes: readonly Node[], version: string): Client {
  const { outbounds } = z
    .object({ outbounds: z.array(z.looseObject({ tag: z.string(), server: z.string().optional() })) })
    .parse(JSON.parse(bodyFor({ family: 'singbox', format: 'singbox', version }, nodes)));
  const servers = outbounds.filter(({ server }) => server !== undefined);
  const ports = portsFor(
    servers.map(({ tag }) => tag),
    26_000,
  );
  const body = JSON.stringify({
    log: { level: 'warn' },
    inbounds: pairsOf(ports).map(({ name, port }) => ({ type: 'mixed', tag: `in ${name}`, listen, listen_port: port })),
    outbounds: servers,
    route: { rules: pairsOf(ports).map(({ name }) => ({ inbound: [`in ${name}`], outbound: name })) },
  });
  return { body, ports };
}

/** The feed's servers as this program takes them, each behind a port of its own: what the feed says of a server stays as it is. */
export function clientFor(program: Program, nodes: readonly Node[], version: string): Client {
  switch (program.name) {
    case 'xray':
      return xrayClient(nodes);
    case 'mihomo':
      return mihomoClient(nodes, version);
    case 'sing-box':
      return singboxClient(nodes, version);
  }
}
