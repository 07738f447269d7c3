import { randomBytes, randomUUID } from 'node:crypto';
import type { Removals } from '../mount';
import { seedHosts, seedInbounds, seedSquads, type StoredHost } from './seed';

export type UserStatus = 'ACTIVE' | 'DISABLED' | 'LIMITED' | 'EXPIRED';

export interface StoredUser {
  readonly uuid: string;
  readonly id: number;
  readonly username: string;
  shortUuid: string;
  status: UserStatus;
  trafficLimitBytes: number;
  trafficLimitStrategy: string;
  expireAt: string;
  telegramId: number | null;
  email: string | null;
  description: string | null;
  tag: string | null;
  hwidDeviceLimit: number | null;
  trojanPassword: string;
  vlessUuid: string;
  ssPassword: string;
  subRevokedAt: string | null;
  lastTrafficResetAt: string | null;
  readonly createdAt: string;
  updatedAt: string;
  squads: string[];
  usedTrafficBytes: number;
  lifetimeUsedTrafficBytes: number;
}

export interface Book {
  users: StoredUser[];
  nextId: number;
  hosts: StoredHost[];
  tokens: string[];
  nodes: { name: string; isConnected: boolean; isDisabled: boolean }[];
  /** A stopped database: every call that needs it fails with its own code. */
  databaseDown: boolean;
  removed: Removals;
}

/** Fields a create or a change may carry, checked already. */
export interface UserFields {
  readonly username?: string | undefined;
  readonly shortUuid?: string | undefined;
  readonly uuid?: string | undefined;
  readonly status?: UserStatus | undefined;
  readonly trafficLimitBytes?: number | undefined;
  readonly trafficLimitStrategy?: string | undefined;
  readonly expireAt?: string | undefined;
  readonly createdAt?: string | undefined;
  readonly telegramId?: number | null | undefined;
  readonly email?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly tag?: string | null | undefined;
  readonly hwidDeviceLimit?: number | null | undefined;
  readonly trojanPassword?: string | undefined;
  readonly vlessUuid?: string | undefined;
  readonly ssPassword?: string | undefined;
  readonly externalSquadUuid?: string | null | undefined;
  readonly activeInternalSquads?: readonly string[] | undefined;
}

/** Whether the database would refuse these fields although the schema let them pass. */
export function breaksDatabase(fields: UserFields): boolean {
  const limit = fields.trafficLimitBytes ?? 0;
  const unknownSquad = (fields.activeInternalSquads ?? []).some((uuid) => !seedSquads.some((squad) => squad.uuid === uuid));
  const fractionId = typeof fields.telegramId === 'number' && !Number.isInteger(fields.telegramId);
  const externalSquad = fields.externalSquadUuid !== undefined && fields.externalSquadUuid !== null;
  return !Number.isInteger(limit) || limit > 2 ** 63 || unknownSquad || fractionId || externalSquad;
}

function secret(): string {
  return randomBytes(24).toString('base64url');
}

/** Instant as the panel writes it; without a zone it is UTC. */
function instant(text: string): string {
  return new Date(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`).toISOString();
}

/** Makes a user; what is left out becomes null, 0, `NO_RESET`, `ACTIVE` or none. */
export function makeUser(book: Book, fields: UserFields & { readonly username: string; readonly expireAt: string }): StoredUser {
  const now = new Date().toISOString();
  return {
    uuid: fields.uuid ?? randomUUID(),
    id: book.nextId,
    username: fields.username,
    shortUuid: fields.shortUuid === undefined || fields.shortUuid === '' ? randomBytes(12).toString('base64url') : fields.shortUuid,
    status: fields.status ?? 'ACTIVE',
    trafficLimitBytes: fields.trafficLimitBytes ?? 0,
    trafficLimitStrategy: fields.trafficLimitStrategy ?? 'NO_RESET',
    expireAt: instant(fields.expireAt),
    // 0 is none, as in the recording.
    telegramId: fields.telegramId === 0 ? null : (fields.telegramId ?? null),
    email: fields.email ?? null,
    description: fields.description ?? null,
    tag: fields.tag ?? null,
    hwidDeviceLimit: fields.hwidDeviceLimit ?? null,
    trojanPassword: fields.trojanPassword ?? secret(),
    vlessUuid: fields.vlessUuid ?? randomUUID(),
    ssPassword: fields.ssPassword ?? secret(),
    subRevokedAt: null,
    lastTrafficResetAt: null,
    createdAt: fields.createdAt ?? now,
    updatedAt: now,
    squads: [...(fields.activeInternalSquads ?? [])],
    usedTrafficBytes: 0,
    lifetimeUsedTrafficBytes: 0,
  };
}

function statusAfter(user: StoredUser, fields: UserFields): UserStatus {
  if (fields.status === 'ACTIVE') return 'ACTIVE';
  const limit = fields.trafficLimitBytes;
  if (user.status === 'LIMITED' && limit !== undefined && (limit === 0 || limit > user.trafficLimitBytes)) return 'ACTIVE';
  // The same date again does not revive, only another one does.
  if (user.status === 'EXPIRED' && fields.expireAt !== undefined && instant(fields.expireAt) !== user.expireAt) return 'ACTIVE';
  // DISABLED by PATCH acts on active users only; the action acts on all.
  return fields.status === 'DISABLED' && user.status === 'ACTIVE' ? 'DISABLED' : user.status;
}

/** Carries out a PATCH: omitted fields stay, unknown ones were dropped, credentials cannot change. */
export function changeUser(user: StoredUser, fields: UserFields): void {
  user.status = statusAfter(user, fields);
  if (fields.expireAt !== undefined) user.expireAt = instant(fields.expireAt);
  for (const key of [
    'trafficLimitBytes',
    'trafficLimitStrategy',
    'telegramId',
    'email',
    'description',
    'tag',
    'hwidDeviceLimit',
  ] as const) {
    // Each key has the same type in both, which the compiler cannot pair up in a loop.
    if (fields[key] !== undefined) Object.assign(user, { [key]: fields[key] });
  }
  const squads = fields.activeInternalSquads;
  const known = squads?.length === user.squads.length && squads.every((uuid) => user.squads.includes(uuid));
  if (squads !== undefined && !known) user.squads = [...squads];
  user.updatedAt = new Date().toISOString();
}

/** The user as answers show it; 2.x has a uuid before the number. */
export function shownUser(user: StoredUser, withUuid: boolean): object {
  const { uuid, id, shortUuid, username, squads, usedTrafficBytes, lifetimeUsedTrafficBytes, ...rest } = user;
  return {
    ...(withUuid ? { uuid } : {}),
    id,
    shortUuid,
    username,
    ...rest,
    externalSquadUuid: null,
    lastTriggeredThreshold: 0,
    subscriptionUrl: `https://sub.example/api/sub/${shortUuid}`,
    activeInternalSquads: seedSquads.filter((squad) => squads.includes(squad.uuid)).map(({ uuid: squad, name }) => ({ uuid: squad, name })),
    userTraffic: { usedTrafficBytes, lifetimeUsedTrafficBytes, onlineAt: null, lastConnectedNodeUuid: null, firstConnectedAt: null },
  };
}

function dummies(...remarks: readonly string[]): string[] {
  const node = 'vless://00000000-0000-0000-0000-000000000000@0.0.0.0:1?encryption=none&type=tcp&security=none';
  return remarks.map((remark) => `${node}#${encodeURIComponent(remark)}`);
}

/** Links as the panel hands them out; whoever may not use any gets dummies at `0.0.0.0:1` with a remark. */
export function linksOf(book: Book, user: StoredUser): string[] {
  if (user.status === 'DISABLED') return dummies('🚫 Subscription disabled', 'Contact support');
  if (user.status === 'EXPIRED') return dummies('⌛ Subscription expired', 'Contact support');
  if (user.status === 'LIMITED') return dummies('🚧 Subscription limited', 'Contact support');
  const inbounds = seedSquads.filter((squad) => user.squads.includes(squad.uuid)).flatMap((squad) => squad.inbounds);
  const links = book.hosts
    .filter((host) => !host.isDisabled && inbounds.includes(host.inbound))
    .map((host) => {
      const type = seedInbounds.find((inbound) => inbound.uuid === host.inbound)?.type ?? 'vless';
      const credential = type === 'trojan' ? user.trojanPassword : user.vlessUuid;
      return `${type}://${credential}@${host.address}:${host.port}?${host.query}#${encodeURIComponent(host.remark)}`;
    });
  if (links.length > 0) return links;
  return dummies('→ Remnawave', '→ No hosts found', '→ Check Hosts tab', '→ Check Internal Squads tab');
}

/** Books of a fresh panel with one API token. */
export function seedBook(token: string): Book {
  const nodes = [{ name: 'node-1', isConnected: true, isDisabled: false }];
  return { users: [], nextId: 2, hosts: seedHosts(), tokens: [token], nodes, databaseDown: false, removed: {} };
}
