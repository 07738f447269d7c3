import { z } from 'zod';
import { userStatuses, type UserState } from '../userState';

const proxySettings = z.looseObject({ id: z.string().optional(), flow: z.string().optional(), password: z.string().optional() });

/** A user as answers show it. */
export const user = z.looseObject({
  username: z.string(),
  status: z.enum(userStatuses),
  proxies: z.record(z.string(), proxySettings),
  inbounds: z.record(z.string(), z.array(z.string())),
  /** Unix seconds; null = never. */
  expire: z.number().nullable(),
  /** Bytes; null or 0 = unlimited. */
  data_limit: z.number().nullable(),
  data_limit_reset_strategy: z.string(),
  used_traffic: z.number(),
  note: z.string().nullable(),
  links: z.array(z.string()),
});
export type User = z.infer<typeof user>;

/** What the panel keeps of the user's right to connect. */
export function stateOf(found: User): UserState {
  return {
    status: found.status,
    endsAt: found.expire === null ? undefined : new Date(found.expire * 1000),
    limitBytes: found.data_limit ?? 0,
    usedBytes: found.used_traffic,
  };
}

export type ProxySettings = z.infer<typeof proxySettings>;

export const userPage = z.looseObject({ users: z.array(user), total: z.number() });
export const system = z.looseObject({ version: z.string() });
export const core = z.looseObject({ version: z.string(), started: z.boolean() });
export const admin = z.looseObject({ username: z.string(), is_sudo: z.boolean() });
export const admins = z.array(z.looseObject({ username: z.string() }));

const inbound = z.looseObject({
  tag: z.string(),
  protocol: z.string(),
  network: z.string().nullish(),
  tls: z.string().nullish(),
  port: z.unknown(),
});
export type Inbound = z.infer<typeof inbound>;
/** By protocol. */
export const inbounds = z.record(z.string(), z.array(inbound));

const host = z.looseObject({ address: z.string(), port: z.number().nullish(), is_disabled: z.boolean().nullish() });
/** By inbound tag. */
export const hosts = z.record(z.string(), z.array(host));
export type Hosts = z.infer<typeof hosts>;
