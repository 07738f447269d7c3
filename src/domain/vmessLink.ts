import { decoded, filled, readPort, shown } from './linkParts';
import { readTls, readTransport, tlsQuery, transportQuery } from './linkStream';
import type { Transport, VmessNode } from './node';

const scheme = 'vmess://';

type Fields = Readonly<Record<string, string | undefined>>;

/** The transport under the names of a vmess link, which has one field each for header or mode, and for path, seed or service. */
function transportFields(transport: Transport): Fields {
  const { type, headerType, mode, path, seed, serviceName, ...rest } = transportQuery(transport);
  return { net: type, type: headerType ?? mode ?? 'none', path: serviceName ?? seed ?? path, ...rest };
}

/** The node as `vmess://` and base64 of JSON, version 2 (v2rayN wiki, "Description of VMess share link"): every value is a string. */
export function vmessLinkOf(node: VmessNode): string {
  const fields: Fields = {
    v: '2',
    ps: node.name,
    add: node.address,
    port: String(node.port),
    id: node.uuid,
    aid: '0',
    scy: node.cipher,
    ...transportFields(node.transport),
    tls: node.security.kind === 'tls' ? 'tls' : '',
    ...(node.security.kind === 'tls' ? tlsQuery(node.security) : {}),
    fm: node.finalMask,
  };
  return `${scheme}${Buffer.from(JSON.stringify(fields), 'utf8').toString('base64')}`;
}

function readFields(link: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(decoded(link.slice(scheme.length)), 'base64').toString('utf8'));
  } catch {
    throw new RangeError('a vmess link needs base64 of JSON');
  }
  if (typeof value !== 'object' || value === null) throw new RangeError('a vmess link needs base64 of a JSON object');
  // Panels and apps write numbers where the description wants strings.
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]: [string, unknown]) =>
      typeof field === 'string' || typeof field === 'number' || typeof field === 'boolean' ? [[key, String(field)]] : [],
    ),
  );
}

/** The fields under the names that other share links have: one reader for all. */
function queryOf(fields: Fields): URLSearchParams {
  const { net, type, path, mode, tls } = fields;
  const query = new URLSearchParams();
  const known: Fields = { ...fields, type: net, headerType: type, serviceName: path, seed: path, security: tls };
  for (const [key, value] of Object.entries(known)) if (value !== undefined) query.set(key, value);
  if (mode === undefined && type !== undefined && type !== 'none') query.set('mode', type);
  return query;
}

function readSecurity(query: URLSearchParams): VmessNode['security'] {
  const kind = query.get('security') || 'none';
  if (kind === 'none') return { kind };
  if (kind !== 'tls') throw new RangeError(`a vmess link has the security ${shown(kind)}, which the shop does not know`);
  return readTls(query);
}

/** Reads a `vmess://` link; the inverse of `vmessLinkOf`. */
export function parseVmessLink(link: string): VmessNode {
  const fields = readFields(link);
  const { id = '', add = '' } = fields;
  const query = queryOf(fields);
  if (id === '' || add === '') throw new RangeError('a vmess link needs an id and a host');
  if (Number(fields['aid'] || 0) !== 0) throw new RangeError('the link is of the old VMess with alterId, which no current server speaks');
  return {
    protocol: 'vmess',
    uuid: id,
    cipher: fields['scy'] || 'auto',
    address: add.replace(/^\[(.*)\]$/, '$1'),
    port: readPort(fields['port'] ?? ''),
    transport: readTransport(query),
    security: readSecurity(query),
    ...filled('finalMask', fields['fm']),
    name: fields['ps'] ?? '',
  };
}
