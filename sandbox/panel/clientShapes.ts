import { randomBytes } from 'node:crypto';
import type { ClientRecord } from './book';
import { goTypeError } from './goJson';
import { takesFlow, type StoredClient, type StoredInbound } from './inbounds';
import type { Profile } from './profiles';

/** Fields of a client and their types in Go; all others are dropped. */
export const fieldTypes: Readonly<Record<string, 'string' | 'int64' | 'bool' | 'int'>> = {
  id: 'string',
  email: 'string',
  subId: 'string',
  password: 'string',
  flow: 'string',
  auth: 'string',
  security: 'string',
  comment: 'string',
  limitIp: 'int',
  totalGB: 'int64',
  expiryTime: 'int64',
  tgId: 'int64',
  reset: 'int',
  enable: 'bool',
};
const extraText = ['privateKey', 'publicKey', 'allowedIPs', 'preSharedKey'];

/** What Go's decoder would say to a body of these fields. */
export function typeProblem(client: Record<string, unknown>, place: string, profile: Profile): string | undefined {
  for (const [field, value] of Object.entries(client)) {
    if (profile.version === '3.6.0' && field === 'allowedIPs' && typeof value === 'string')
      return goTypeError(value, `${place}.allowedIPs`, '[]string');
    const type = fieldTypes[field];
    if (type === undefined || value === null) continue;
    const fits = type === 'string' ? typeof value === 'string' : type === 'bool' ? typeof value === 'boolean' : typeof value === 'number';
    if (!fits) return goTypeError(value, `${place}.${field}`, type);
  }
  return undefined;
}

/** A text, or nothing. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

// A key of the wrong length is replaced by a right one; the recordings have a method with 32 bytes.
function shadowsocksKey(password: string): string {
  return Buffer.from(password, 'base64').length === 32 ? password : randomBytes(32).toString('base64');
}

/** The entry of a record in one inbound; a password that the inbound makes up is noted in the record, as the panel does. */
export function entryFor(
  inbound: StoredInbound,
  one: ClientRecord,
  rules: { readonly isLast: boolean; readonly keepsPassword: boolean },
): StoredClient {
  const { fields } = one;
  const flow = rules.isLast && !takesFlow(inbound) ? '' : text(fields['flow']);
  let password = text(fields['password']);
  if (inbound.protocol === 'trojan' && password === '') password = randomBytes(16).toString('hex');
  if (inbound.protocol === 'shadowsocks') password = shadowsocksKey(password);
  const id = text(fields['id']);
  const withPassword = inbound.protocol === 'trojan' || inbound.protocol === 'shadowsocks';
  if (withPassword) fields['password'] = password;
  return {
    comment: text(fields['comment']),
    created_at: one.createdAt,
    email: text(fields['email']),
    enable: fields['enable'] === true,
    expiryTime: Number(fields['expiryTime'] ?? 0),
    ...(flow === '' ? {} : { flow }),
    ...(id === '' ? {} : { id }),
    limitIp: Number(fields['limitIp'] ?? 0),
    ...(withPassword || (rules.keepsPassword && password !== '') ? { password } : {}),
    reset: Number(fields['reset'] ?? 0),
    security: text(fields['security']),
    subId: text(fields['subId']),
    tgId: Number(fields['tgId'] ?? 0),
    totalGB: Number(fields['totalGB'] ?? 0),
    updated_at: one.updatedAt,
  };
}

/** The record as `get` and `list` show it. */
export function shownFields(one: ClientRecord, isLast: boolean): Record<string, unknown> {
  const { fields } = one;
  const extra = isLast
    ? { ...Object.fromEntries(extraText.map((name) => [name, ''])), keepAlive: 0, secret: '', adTag: '', group: '' }
    : {};
  return {
    id: one.id,
    email: text(fields['email']),
    subId: text(fields['subId']),
    uuid: text(fields['id']),
    password: text(fields['password']),
    auth: text(fields['auth']),
    flow: text(fields['flow']),
    security: text(fields['security']),
    ...extra,
    limitIp: Number(fields['limitIp'] ?? 0),
    totalGB: Number(fields['totalGB'] ?? 0),
    expiryTime: Number(fields['expiryTime'] ?? 0),
    enable: fields['enable'] === true,
    tgId: Number(fields['tgId'] ?? 0),
    comment: text(fields['comment']),
    reset: Number(fields['reset'] ?? 0),
    createdAt: one.createdAt,
    updatedAt: one.updatedAt,
    reverse: null,
  };
}
