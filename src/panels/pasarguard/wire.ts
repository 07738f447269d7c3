import { z } from 'zod';
import { userStatuses, type UserState } from '../userState';

const secret = z.looseObject({ id: z.string().optional(), password: z.string().optional(), auth: z.string().optional() });

/** A user as answers show it. */
export const user = z.looseObject({
  username: z.string(),
  status: z.enum(userStatuses),
  proxy_settings: z.record(z.string(), secret),
  group_ids: z.array(z.number()),
  /** Null = never. */
  expire: z.iso.datetime().nullable(),
  /** Bytes; null or 0 = unlimited. */
  data_limit: z.number().nullable(),
  data_limit_reset_strategy: z.string(),
  /** 0 = unlimited; null = the panel's own default. */
  hwid_limit: z.number().nullable(),
  used_traffic: z.number(),
  note: z.string().nullable(),
  /** Empty in lists. */
  subscription_url: z.string(),
});
export type User = z.infer<typeof user>;

export const userPage = z.looseObject({ users: z.array(user), total: z.number() });
export const system = z.looseObject({ version: z.string() });
/** No node was connected when the panel was recorded: how it names their states is taken from its source. */
export const nodes = z.looseObject({ nodes: z.array(z.looseObject({ name: z.string().nullish(), status: z.string().nullish() })) });

/** An administrator of a smaller role sees names and ids only. */
const group = z.looseObject({
  id: z.number(),
  name: z.string(),
  inbound_tags: z.array(z.string()).optional(),
  is_disabled: z.boolean().optional(),
});
export const groupList = z.looseObject({ groups: z.array(group) });
export type Group = z.infer<typeof group>;

const inbound = z.looseObject({ tag: z.string(), protocol: z.string(), network: z.string().nullish() });
export const inboundList = z.array(inbound);
export type Inbound = z.infer<typeof inbound>;

const host = z.looseObject({
  address: z.array(z.string()),
  inbound_tag: z.string().nullable(),
  port: z.number().nullish(),
  is_disabled: z.boolean().nullish(),
});
export const hostList = z.array(host);
export type Host = z.infer<typeof host>;

/** What the panel keeps of the user's right to connect. */
export function stateOf(found: User): UserState {
  return {
    status: found.status,
    endsAt: found.expire === null ? undefined : new Date(found.expire),
    limitBytes: found.data_limit ?? 0,
    usedBytes: found.used_traffic,
  };
}
