import { randomBytes, randomUUID } from 'node:crypto';
import type { Removals } from '../mount';

export type Fields = Readonly<Record<string, unknown>>;

interface StoredProxies {
  vmess: { id: string };
  vless: { id: string };
  trojan: { password: string };
  shadowsocks: { password: string; method: string };
  wireguard: { private_key: null; public_key: null; peer_ips: never[] };
  hysteria: { auth: string };
}

export interface StoredUser {
  readonly id: number;
  readonly username: string;
  proxies: StoredProxies;
  group_ids: number[];
  /** ISO with Z. */
  expire: string | null;
  data_limit: number | null;
  data_limit_reset_strategy: string;
  note: string | null;
  status: string;
  hwid_limit: number | null;
  on_hold_expire_duration: number | null;
  on_hold_timeout: string | null;
  next_plan: object | null;
  used_traffic: number;
  lifetime_used_traffic: number;
  readonly created_at: string;
  edit_at: string | null;
  admin: string;
}

export interface StoredGroup {
  readonly id: number;
  readonly name: string;
  readonly inbound_tags: readonly string[];
  is_disabled: boolean;
}

export interface StoredAdmin {
  readonly id: number;
  readonly username: string;
  readonly password: string;
  /** The owner sees everybody's users and may read everything; an operator only its own. */
  readonly isOwner: boolean;
}

export interface Book {
  users: StoredUser[];
  nextId: number;
  groups: StoredGroup[];
  admins: StoredAdmin[];
  /** Who each token belongs to. */
  tokens: Record<string, string>;
  keys: string[];
  nodes: { name: string; status: string }[];
  removed: Removals;
}

export const seedInbounds = [
  { tag: 'Shadowsocks TCP', protocol: 'shadowsocks', network: 'tcp' },
  { tag: 'VLESS GRPC', protocol: 'vless', network: 'grpc' },
  { tag: 'VLESS TCP REALITY', protocol: 'vless', network: 'tcp' },
  { tag: 'VLESS WS', protocol: 'vless', network: 'ws' },
  { tag: 'VLESS XHTTP REALITY', protocol: 'vless', network: 'xhttp' },
] as const;

const reality = 'sni=www.example.com&fp=chrome&pbk=s-ezAs9lYNw23_xJhG5W8_sN7tVfTfR7RP7p2KCkGCk&sid=6ba85179e30d4fc2';

/** Hosts as the recorded panel had them; `query` is the link's part that the panel makes from the inbound. */
export const seedHosts = [
  { tag: 'VLESS TCP REALITY', letter: 'a', query: `encryption=none&security=reality&type=tcp&headerType=none&${reality}` },
  { tag: 'VLESS WS', letter: 'b', query: 'encryption=none&security=none&type=ws&headerType=none&path=%2Fws' },
  { tag: 'VLESS GRPC', letter: 'c', query: 'encryption=none&security=none&type=grpc&headerType=none&serviceName=vless-grpc&mode=gun' },
  {
    tag: 'VLESS XHTTP REALITY',
    letter: 'd',
    query: `encryption=none&security=reality&type=xhttp&headerType=none&path=%2Fxh&mode=auto&${reality}`,
  },
  { tag: 'Shadowsocks TCP', letter: 'e', query: '' },
] as const;

function secret(): string {
  return randomBytes(12).toString('base64url');
}

function part(given: Fields, name: string): Fields {
  const value = given[name];
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Everything that is left out is made anew; a flow is dropped. */
function proxiesOf(given: Fields): StoredProxies {
  return {
    vmess: { id: String(part(given, 'vmess')['id'] ?? randomUUID()) },
    vless: { id: String(part(given, 'vless')['id'] ?? randomUUID()) },
    trojan: { password: String(part(given, 'trojan')['password'] ?? secret()) },
    shadowsocks: {
      password: String(part(given, 'shadowsocks')['password'] ?? secret()),
      method: String(part(given, 'shadowsocks')['method'] ?? 'chacha20-ietf-poly1305'),
    },
    wireguard: { private_key: null, public_key: null, peer_ips: [] },
    hysteria: { auth: String(part(given, 'hysteria')['auth'] ?? secret()) },
  };
}

/** Instant as the panel stores it: seconds, a text of seconds, or ISO, without a zone in UTC. 0 is none. */
function instant(value: unknown): string | null {
  if (value === undefined || value === null || Number(value) === 0) return null;
  const text = String(value);
  const seconds = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  const date = new Date(
    seconds === undefined ? (/T.*(Z|[+-]\d\d:\d\d)$/.test(text) || !text.includes('T') ? text : `${text}Z`) : seconds * 1000,
  );
  return date
    .toISOString()
    .replace('.000Z', 'Z')
    .replace(/(\.\d{3})Z$/, '$1000Z');
}

function list(value: unknown): number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function number(value: unknown): number | null {
  return value === undefined || value === null ? null : Number(value);
}

function plan(value: unknown): object | null {
  return typeof value === 'object' && value !== null ? { user_template_id: null, ...value } : null;
}

// The timeout may be seconds from now.
function holdTimeout(value: unknown, now: Date): string | null {
  if (typeof value === 'number') return new Date(now.getTime() + value * 1000).toISOString().replace('Z', '000');
  return typeof value === 'string' ? value.replace(/Z$/, '') : null;
}

/** Makes a user. Without groups it is useless, and made all the same. */
export function makeUser(book: Book, fields: Fields, by: { readonly admin: string; readonly now: Date }): StoredUser {
  return {
    id: book.nextId,
    username: String(fields['username']),
    proxies: proxiesOf(part(fields, 'proxy_settings')),
    group_ids: list(fields['group_ids']),
    expire: instant(fields['expire']),
    data_limit: number(fields['data_limit']),
    data_limit_reset_strategy: String(fields['data_limit_reset_strategy'] ?? 'no_reset'),
    note: text(fields['note']),
    status: String(fields['status'] ?? 'active'),
    hwid_limit: number(fields['hwid_limit']),
    on_hold_expire_duration: number(fields['on_hold_expire_duration']),
    on_hold_timeout: holdTimeout(fields['on_hold_timeout'], by.now),
    next_plan: plan(fields['next_plan']),
    used_traffic: 0,
    lifetime_used_traffic: 0,
    created_at: new Date().toISOString(),
    edit_at: null,
    admin: by.admin,
  };
}

function hasEnded(user: StoredUser, now: Date): boolean {
  return user.expire !== null && new Date(user.expire) <= now;
}

function isUsedUp(user: StoredUser): boolean {
  return user.data_limit !== null && user.data_limit > 0 && user.used_traffic >= user.data_limit;
}

/** The status that the facts give; what was switched off or waits stays so. */
export function judge(user: StoredUser, now: Date): void {
  if (['disabled', 'on_hold'].includes(user.status)) return;
  user.status = isUsedUp(user) ? 'limited' : hasEnded(user, now) ? 'expired' : 'active';
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Carries out a PUT: null and what is left out stay, but `next_plan`, which goes when it is left out, and a null `hwid_limit`. */
export function changeUser(user: StoredUser, fields: Fields, now: Date): void {
  if (isGiven(fields['proxy_settings'])) user.proxies = proxiesOf(part(fields, 'proxy_settings'));
  if (isGiven(fields['group_ids'])) user.group_ids = list(fields['group_ids']);
  if (typeof fields['note'] === 'string') user.note = text(fields['note']);
  if (isGiven(fields['data_limit_reset_strategy'])) user.data_limit_reset_strategy = String(fields['data_limit_reset_strategy']);
  if (fields['hwid_limit'] !== undefined) user.hwid_limit = number(fields['hwid_limit']);
  if (isGiven(fields['on_hold_expire_duration'])) user.on_hold_expire_duration = Number(fields['on_hold_expire_duration']);
  user.next_plan = plan(fields['next_plan']);
  if (isGiven(fields['status'])) user.status = String(fields['status']);
  if (user.status === 'on_hold') user.expire = null;
  if (isGiven(fields['data_limit'])) user.data_limit = Number(fields['data_limit']) === 0 ? null : Number(fields['data_limit']);
  if (isGiven(fields['expire'])) user.expire = instant(fields['expire']);
  // A status alone holds until the panel's job looks; a fact beside it decides at once.
  if (isGiven(fields['data_limit']) || isGiven(fields['expire'])) judge(user, now);
  user.edit_at = new Date().toISOString();
}

/** The user as answers show it; lists carry no address of a subscription. */
export function shownUser(book: Book, user: StoredUser, isListed: boolean): object {
  const { proxies, admin, ...rest } = user;
  const owner = book.admins.find((one) => one.username === admin);
  return {
    ...rest,
    proxy_settings: proxies,
    auto_delete_in_days: null,
    online_at: null,
    subscription_url: isListed ? '' : `/sub/${Buffer.from(`v3,${user.id},${Date.now()}`).toString('base64url')}.signature`,
    admin: owner === undefined ? null : { id: owner.id, username: owner.username },
  };
}

/** Links as the panel's subscription gives them, whatever the user's status. */
export function linksOf(book: Book, user: StoredUser): string[] {
  const tags = book.groups
    .filter((group) => !group.is_disabled && user.group_ids.includes(group.id))
    .flatMap((group) => group.inbound_tags);
  const name = encodeURIComponent(`(${user.username})`).replaceAll('(', '%28').replaceAll(')', '%29');
  return seedHosts
    .filter((host) => tags.includes(host.tag))
    .map((host) => {
      const { vless, shadowsocks } = user.proxies;
      const end = `node-${host.letter}.example:443`;
      if (host.query !== '') return `vless://${vless.id}@${end}?${host.query}#node-${host.letter}%20${name}`;
      const secrets = Buffer.from(`${shadowsocks.method}:${shadowsocks.password}`).toString('base64url');
      return `ss://${secrets}@${end}#node-${host.letter}%20${name}`;
    });
}
