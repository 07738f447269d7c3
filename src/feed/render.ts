import type { App, FeedFormat } from '../domain/app';
import type { FeedRecord } from '../domain/feedRecord';
import { linkOf, parseLink } from '../domain/link';
import type { Node } from '../domain/node';
import type { FeedNotice } from '../domain/outsideTexts';
import { capabilities } from './capabilities';
import { nodesFor } from './filter';
import { clashBody, clashNames } from './formats/clash';
import { isReadable, singboxBody, singboxNames } from './formats/singbox';
import { xrayBody } from './formats/xray';
import { headersFor, type Headers } from './headers';
import { withUniqueNames } from './names';

export interface RenderedFeed {
  readonly body: string;
  readonly headers: Headers;
}

/** What a feed holds: nodes that the app understands, and links of kinds that the shop does not know. */
interface Contents {
  readonly nodes: readonly Node[];
  /** The stored link of each node, for a node that needs no change. */
  readonly stored: ReadonlyMap<Node, string>;
  readonly unknownLinks: readonly string[];
  readonly explanation: string | undefined;
}

// Loopback, port 1: an app lists the entry and shows its name, and nothing can be reached through it.
const nowhere = { address: '127.0.0.1', port: 1 };

function explainingNode(app: App, name: string): Node {
  if (app.family === 'clash') return { protocol: 'shadowsocks', method: 'aes-128-gcm', password: 'none', ...nowhere, name };
  return {
    protocol: 'vless',
    uuid: '00000000-0000-4000-8000-000000000000',
    encryption: 'none',
    transport: { kind: 'tcp' },
    security: { kind: 'none' },
    ...nowhere,
    name,
  };
}

function readLinks(links: readonly string[]): Pick<Contents, 'stored' | 'unknownLinks'> {
  const stored = new Map<Node, string>();
  const unknownLinks: string[] = [];
  for (const link of links) {
    try {
      stored.set(parseLink(link), link);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      unknownLinks.push(link);
    }
  }
  return { stored, unknownLinks };
}

function explained(record: FeedRecord, app: App, notice: FeedNotice): Contents {
  const explanation = record.texts[record.language].feed[notice];
  return { nodes: [explainingNode(app, explanation)], stored: new Map(), unknownLinks: [], explanation };
}

function contentsFor(record: FeedRecord, app: App): Contents {
  if (record.status !== 'live') return explained(record, app, record.status);
  if (app.format === 'singbox' && !isReadable(app.version)) return explained(record, app, 'old_app');
  const { stored, unknownLinks } = readLinks(record.links);
  const kept = nodesFor(app, [...stored.keys()], record.settings);
  const passed = isLinks(app) && capabilities[app.family].readsUnknownLinks ? unknownLinks : [];
  if (kept.length + passed.length === 0) return explained(record, app, 'nothing_fits');
  return { nodes: kept, stored, unknownLinks: passed, explanation: undefined };
}

function isLinks({ format }: App): boolean {
  return format === 'links' || format === 'base64';
}

/** The stored link as it is where nothing has to change, so that it keeps what the shop does not know; else one written anew. */
function publicLinkOf(node: Node, stored: ReadonlyMap<Node, string>): string {
  const hasMinimum =
    (node.protocol === 'vless' || node.protocol === 'trojan') && node.security.kind === 'reality' && 'minClient' in node.security;
  if (!hasMinimum) return stored.get(node) ?? linkOf(node);
  // Apps need not know which others the server refuses.
  const { minClient: _minClient, ...security } = node.security;
  return linkOf({ ...node, security });
}

function infoBody(record: FeedRecord): string {
  const { status, title, endsAt, uploadBytes, downloadBytes, trafficLimitBytes, webPageUrl, supportUrl } = record;
  return JSON.stringify(
    {
      status,
      title,
      endsAt: endsAt?.toISOString() ?? null,
      uploadBytes,
      downloadBytes,
      trafficLimitBytes,
      webPageUrl,
      supportUrl: supportUrl ?? null,
    },
    null,
    2,
  );
}

function linesOf({ nodes, stored, unknownLinks }: Contents): string {
  return [...withUniqueNames(nodes).map((node) => publicLinkOf(node, stored)), ...unknownLinks].join('\n');
}

function clashOf({ nodes }: Contents, app: App): string {
  return clashBody(withUniqueNames(nodes, clashNames), app.family === 'stash' || app.family === 'clash' ? app.family : 'mihomo');
}

/** Writers of the formats; `html` is the page's to write, so here it is the links. */
const writers: Readonly<Record<FeedFormat, (contents: Contents, app: App, record: FeedRecord) => string>> = {
  links: linesOf,
  html: linesOf,
  base64: (contents) => Buffer.from(linesOf(contents), 'utf8').toString('base64'),
  clash: clashOf,
  mihomo: clashOf,
  stash: clashOf,
  singbox: ({ nodes }, app) => singboxBody(withUniqueNames(nodes, singboxNames), app.version),
  xray: ({ nodes }) => xrayBody(withUniqueNames(nodes)),
  info: (_contents, _app, record) => infoBody(record),
};

/**
 * The feed as this app reads it, with the headers it reads. Always a valid body: where there is nothing to serve, it has one entry that
 * says why, so that no app keeps servers that are gone.
 */
export function renderFeed(record: FeedRecord, app: App): RenderedFeed {
  const contents = contentsFor(record, app);
  return { body: writers[app.format](contents, app, record), headers: headersFor(record, app, contents.explanation) };
}
