import { randomBytes, randomUUID } from 'node:crypto';
import type { Removals } from '../mount';
import { isRecord, type Fields } from './fields';
import { seedHosts, seedInbounds, type StoredInbound } from './seed';

type Settings = Record<string, string>;

export interface StoredUser {
  readonly username: string;
  proxies: Record<string, Settings>;
  /** Membership is what is left out: an inbound that comes later is everybody's. */
  excluded: Record<string, string[]>;
  expire: number | null;
  data_limit: number | null;
  data_limit_reset_strategy: string;
  note: string | null;
  status: string;
  on_hold_expire_duration: number | null;
  on_hold_timeout: string | null;
  next_plan: object | null;
  used_traffic: number;
  lifetime_used_traffic: number;
  readonly created_at: string;
  /** Name of the owner; null for users of the administrator from the environment. */
  admin: string | null;
}

export interface StoredAdmin {
  readonly username: string;
  readonly password: string;
  readonly is_sudo: boolean;
}

export interface Book {
  users: StoredUser[];
  inbounds: StoredInbound[];
  admins: StoredAdmin[];
  /** Who each token belongs to. */
  tokens: Record<string, string>;
  /** Names that the core lets in. */
  core: string[];
  coreStarted: boolean;
  /** Tags of inbounds whose hosts are switched off. */
  disabledHosts: string[];
  removed: Removals;
}

/** Seconds after which the panel can no longer convert an instant to its calendars. */
const lastInstant = 250_000_000_000;

/** Whether showing the user breaks the panel, and with it every list that has it. */
export function isPoisoned(user: StoredUser): boolean {
  return Math.abs(user.expire ?? 0) > lastInstant || Object.keys(user.proxies).length === 0;
}

function tagsOf(book: Book, protocol: string): string[] {
  return book.inbounds.filter((inbound) => inbound.protocol === protocol).map((inbound) => inbound.tag);
}

function newSettings(protocol: string, given: Fields): Settings {
  const id = String(given['id'] ?? randomUUID());
  switch (protocol) {
    case 'vless':
      return { id, flow: String(given['flow'] ?? '') };
    case 'vmess':
      return { id };
    case 'trojan':
      return { password: String(given['password'] ?? randomBytes(12).toString('base64url')), flow: String(given['flow'] ?? '') };
    default:
      return {
        password: String(given['password'] ?? randomBytes(12).toString('base64url')),
        method: String(given['method'] ?? 'chacha20-ietf-poly1305'),
      };
  }
}

function proxiesOf(given: unknown): Record<string, Settings> {
  if (!isRecord(given)) return {};
  return Object.fromEntries(
    Object.entries(given).map(([protocol, settings]) => [protocol, newSettings(protocol, isRecord(settings) ? settings : {})]),
  );
}

function number(value: unknown): number | null {
  // A fraction of a limit is cut; 0 is none.
  return value === undefined || value === null || Number(value) === 0 ? null : Math.trunc(Number(value));
}

function listOf(inbounds: Fields, protocol: string): string[] {
  const list = inbounds[protocol];
  return Array.isArray(list) ? list.map(String) : [];
}

/** Makes a user. Without `inbounds` it is in none; with an empty list of a protocol it is in all of them. */
export function makeUser(book: Book, fields: Fields, admin: string | null): StoredUser {
  const proxies = proxiesOf(fields['proxies']);
  const inbounds = fields['inbounds'];
  const excluded = Object.keys(proxies).map((protocol) => {
    const all = tagsOf(book, protocol);
    if (!isRecord(inbounds)) return [protocol, all] as const;
    const wanted = listOf(inbounds, protocol);
    return [protocol, wanted.length === 0 ? [] : all.filter((tag) => !wanted.includes(tag))] as const;
  });
  return {
    username: String(fields['username']),
    proxies,
    excluded: Object.fromEntries(excluded),
    expire: number(fields['expire']),
    data_limit: number(fields['data_limit']),
    data_limit_reset_strategy: String(fields['data_limit_reset_strategy'] ?? 'no_reset'),
    note: typeof fields['note'] === 'string' ? fields['note'] : null,
    status: String(fields['status'] ?? 'active'),
    on_hold_expire_duration: number(fields['on_hold_expire_duration']),
    on_hold_timeout: typeof fields['on_hold_timeout'] === 'string' ? fields['on_hold_timeout'].replace(/Z$/, '') : null,
    next_plan: isRecord(fields['next_plan']) ? fields['next_plan'] : null,
    used_traffic: 0,
    lifetime_used_traffic: 0,
    created_at: new Date().toISOString().replace('Z', '000'),
    admin,
  };
}

function changeMembership(book: Book, user: StoredUser, fields: Fields): void {
  const { proxies, inbounds } = fields;
  if (isRecord(proxies) && Object.keys(proxies).length > 0) {
    user.proxies = proxiesOf(proxies);
    user.excluded = Object.fromEntries(Object.keys(user.proxies).map((protocol) => [protocol, user.excluded[protocol] ?? []]));
  }
  if (!isRecord(inbounds)) return;
  for (const protocol of Object.keys(inbounds).filter((one) => one in user.proxies)) {
    user.excluded[protocol] = tagsOf(book, protocol).filter((tag) => !listOf(inbounds, protocol).includes(tag));
  }
}

function seconds(now: Date): number {
  return now.getTime() / 1000;
}

/** Carries out a PUT: what is left out or null stays, but `next_plan`, which goes when it is left out. */
export function changeUser(book: Book, user: StoredUser, change: { readonly fields: Fields; readonly now: Date }): void {
  const { fields, now } = change;
  changeMembership(book, user, fields);
  if (typeof fields['status'] === 'string') user.status = fields['status'];
  if (fields['data_limit'] !== undefined && fields['data_limit'] !== null) {
    user.data_limit = number(fields['data_limit']);
    if (['active', 'limited'].includes(user.status)) {
      user.status = user.data_limit === null || user.used_traffic < user.data_limit ? 'active' : 'limited';
    }
  }
  if (fields['expire'] !== undefined && fields['expire'] !== null) {
    user.expire = number(fields['expire']);
    if (['active', 'expired'].includes(user.status)) {
      user.status = user.expire === null || user.expire > seconds(now) ? 'active' : 'expired';
    }
  }
  if (typeof fields['note'] === 'string') user.note = fields['note'] === '' ? null : fields['note'];
  if (typeof fields['data_limit_reset_strategy'] === 'string') user.data_limit_reset_strategy = fields['data_limit_reset_strategy'];
  if (typeof fields['on_hold_expire_duration'] === 'number') user.on_hold_expire_duration = fields['on_hold_expire_duration'];
  user.next_plan = isRecord(fields['next_plan']) ? fields['next_plan'] : null;
}

/** Counts from 0 again: whoever was disabled, limited or on hold is active afterwards. */
export function resetUser(user: StoredUser): void {
  user.used_traffic = 0;
  user.next_plan = null;
  if (user.status !== 'expired') user.status = 'active';
}

function inboundsOf(book: Book, user: StoredUser): Record<string, string[]> {
  return Object.fromEntries(
    Object.keys(user.proxies).map((protocol) => [
      protocol,
      tagsOf(book, protocol).filter((tag) => !(user.excluded[protocol] ?? []).includes(tag)),
    ]),
  );
}

function quoted(text: string): string {
  return encodeURIComponent(text).replace(/[()]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Links as the panel hands them out, whatever the user's status. */
function linksOf(book: Book, user: StoredUser): string[] {
  const tags = Object.values(inboundsOf(book, user)).flat();
  return seedHosts
    .filter((host) => tags.includes(host.tag) && !book.disabledHosts.includes(host.tag))
    .map((host) => {
      const protocol = book.inbounds.find((inbound) => inbound.tag === host.tag)?.protocol ?? 'vless';
      const { id, flow, password, method } = user.proxies[protocol] ?? {};
      const name = quoted(host.remark.replace('{USERNAME}', user.username));
      if (protocol === 'shadowsocks') {
        return `ss://${Buffer.from(`${method}:${password}`).toString('base64url')}@${host.address}:${host.port}#${name}`;
      }
      const query = host.query.replace('{flow}', flow === undefined || flow === '' ? '' : `flow=${flow}&`);
      return `${protocol}://${id ?? password}@${host.address}:${host.port}?${query}#${name}`;
    });
}

/** The user as answers show it. */
export function shownUser(book: Book, user: StoredUser): object {
  const { excluded, admin, ...rest } = user;
  const owner = book.admins.find((one) => one.username === admin);
  return {
    ...rest,
    inbounds: inboundsOf(book, user),
    auto_delete_in_days: null,
    links: linksOf(book, user),
    subscription_url: `/sub/${Buffer.from(`${user.username},${Date.now()}`).toString('base64url')}`,
    excluded_inbounds: excluded,
    admin:
      owner === undefined
        ? null
        : { username: owner.username, is_sudo: owner.is_sudo, telegram_id: null, discord_webhook: null, users_usage: 0 },
  };
}

/** Books of a fresh panel. */
export function seedBook(): Book {
  return { users: [], inbounds: seedInbounds(), admins: [], tokens: {}, core: [], coreStarted: true, disabledHosts: [], removed: {} };
}
