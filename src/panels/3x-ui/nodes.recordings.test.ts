import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { linkOf, parseLink } from '../../domain/link';
import type { Node } from '../../domain/node';
import { nodesOf } from './nodes';
import { inbound as inboundSchema, inboundSettings, readJson, type Client, type Inbound } from './wire';

const recording = z.object({
  exchanges: z.array(z.object({ name: z.string(), response: z.looseObject({ body: z.unknown() }) })),
});

function exchangesOf(version: string) {
  const file = path.join(__dirname, '../../../test/recordings/3x-ui', `${version}.json`);
  return recording.parse(JSON.parse(readFileSync(file, 'utf8'))).exchanges;
}

/** Every inbound in an answer, whether it holds one or a list. */
function inboundsIn(body: unknown): readonly Inbound[] {
  const answer = z.object({ success: z.literal(true), obj: z.unknown() }).safeParse(body);
  if (!answer.success) return [];
  const items: readonly unknown[] = Array.isArray(answer.data.obj) ? answer.data.obj : [answer.data.obj];
  return items.flatMap((item) => {
    const found = inboundSchema.safeParse(item);
    return found.success ? [found.data] : [];
  });
}

/** Every share link in an answer: a list of the API, or lines of the subscription port. */
function linksIn(body: unknown): readonly string[] {
  const listed = z.object({ obj: z.array(z.string()) }).safeParse(body);
  const texts = listed.success ? listed.data.obj : typeof body === 'string' ? body.split('\n') : [];
  return texts.filter((text) => /^(vless|trojan|ss|vmess|hysteria2):\/\//.test(text));
}

function secretOf(node: Node): string {
  return 'uuid' in node ? node.uuid : node.password;
}

function clientOf(inbound: Inbound, secret: string): Client | undefined {
  const settings = readJson('settings', inbound.settings, inboundSettings);
  const own = secret.startsWith(`${settings.password}:`) ? secret.slice(`${settings.password}:`.length) : secret;
  return (settings.clients ?? []).find((client) => client.id === own || client.password === own);
}

// Names are the panel's texts and the spider path is random per answer; what panels before 3.6 write into `extra` is less or more than needed.
function comparable(node: Node, version: string): Node {
  const named = { ...node, name: '' };
  if (named.protocol !== 'vless') return named;
  const { security, transport } = named;
  return {
    ...named,
    security: security.kind === 'reality' ? { ...security, spiderX: '/' } : security,
    transport: transport.kind === 'xhttp' && version !== '3.6.0' ? { ...transport, extra: '' } : transport,
  };
}

/** The query of a link as the panel would write it: it leaves out an encryption of none, and its spider path is random. */
function queryOf(link: string): string {
  const query = new URL(link).searchParams;
  query.delete('spx');
  if (query.get('encryption') === 'none') query.delete('encryption');
  query.sort();
  return query.toString();
}

interface Compared {
  readonly link: string;
  readonly panel: Node;
  readonly ours: readonly Node[];
}

function compareLink(link: string, inbounds: Iterable<Inbound>): readonly Compared[] {
  const panel = parseLink(link);
  const host = panel.address === 'cdn.example' ? 'panel.example' : panel.address;
  const secret = secretOf(panel);
  return [...inbounds].flatMap((inbound) => {
    // 3x-ui keeps one password per client and writes it into links of trojan even where the inbound has another.
    const client = clientOf(inbound, secret) ?? (inbound.protocol === 'trojan' ? { password: secret } : undefined);
    const ours = client === undefined || inbound.protocol !== protocolOf(panel) ? [] : nodesOf(inbound, client, host);
    return ours.some((node) => node.port === panel.port) ? [{ link, panel, ours }] : [];
  });
}

function protocolOf(node: Node): string {
  return node.protocol === 'hysteria2' ? 'hysteria' : node.protocol;
}

/** Each link of the recording beside the nodes that the shop makes of the inbound as it stood then. */
function compare(version: string): readonly Compared[] {
  const inbounds = new Map<number, Inbound>();
  return exchangesOf(version).flatMap(({ response }) => {
    for (const found of inboundsIn(response.body)) if (found.id > 0) inbounds.set(found.id, found);
    return linksIn(response.body).flatMap((link) => compareLink(link, inbounds.values()));
  });
}

const counts: Readonly<Record<string, number>> = { '2.6.0': 6, '2.8.4': 6, '2.9.4': 6, '3.0.2': 10, '3.1.0': 17, '3.6.0': 21 };

describe.each(Object.keys(counts))('the links of a recorded 3x-ui %s', (version) => {
  const compared = compare(version);

  it('are the nodes that the shop makes of the inbounds', () => {
    expect(compared).toHaveLength(counts[version] ?? 0);
    for (const { panel, ours } of compared) {
      expect(ours.map((node) => comparable(node, version))).toEqual([comparable(panel, version)]);
    }
  });
});

describe('the links of a recorded 3x-ui 3.6.0', () => {
  it.each(compare('3.6.0').filter(({ panel }) => panel.protocol !== 'shadowsocks'))(
    'have the query that the shop writes: $panel.name',
    ({ link, ours }) => {
      expect(ours.map((node) => queryOf(linkOf(node)))).toEqual([queryOf(link)]);
    },
  );
});
