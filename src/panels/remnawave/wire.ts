import { z } from 'zod';

const userStatus = z.enum(['ACTIVE', 'DISABLED', 'LIMITED', 'EXPIRED']);

/** A user as answers show it. 2.x knows a user by `uuid`, 3.x by `id`; only 2.x objects have both. */
export const user = z.looseObject({
  uuid: z.string().optional(),
  id: z.number().optional(),
  shortUuid: z.string(),
  username: z.string(),
  status: userStatus,
  trafficLimitBytes: z.number(),
  trafficLimitStrategy: z.string(),
  expireAt: z.iso.datetime(),
  /** Null = the panel's own default. */
  hwidDeviceLimit: z.number().nullable(),
  vlessUuid: z.string(),
  activeInternalSquads: z.array(z.looseObject({ uuid: z.string() })),
  userTraffic: z.looseObject({ usedTrafficBytes: z.number() }),
});
export type User = z.infer<typeof user>;

export const userAnswer = z.looseObject({ response: user });
export const userPage = z.looseObject({ response: z.looseObject({ total: z.number(), users: z.array(user) }) });

const squad = z.looseObject({
  uuid: z.string(),
  name: z.string(),
  inbounds: z.array(
    z.looseObject({ uuid: z.string(), tag: z.string(), type: z.string(), port: z.number().nullish(), rawInbound: z.unknown() }),
  ),
});
export type Squad = z.infer<typeof squad>;
export const squadList = z.looseObject({ response: z.looseObject({ internalSquads: z.array(squad) }) });

const host = z.looseObject({
  remark: z.string(),
  address: z.string(),
  port: z.number(),
  isDisabled: z.boolean(),
  excludedInternalSquads: z.array(z.string()).default([]),
  inbound: z.looseObject({ configProfileInboundUuid: z.string().nullable() }),
});
export type Host = z.infer<typeof host>;
export const hostList = z.looseObject({ response: z.array(host) });

export const connectionKeys = z.looseObject({ response: z.looseObject({ enabledKeys: z.array(z.string()) }) });
export const metadata = z.looseObject({ response: z.looseObject({ version: z.string() }) });
export const nodeList = z.looseObject({
  response: z.array(z.looseObject({ name: z.string(), isConnected: z.boolean(), isDisabled: z.boolean() })),
});

/** Errors of the panel itself carry a code; those of its web framework do not. */
export const panelError = z.looseObject({ errorCode: z.string() });
/** A refused body names the fields it refused. */
export const validationError = z.looseObject({ errors: z.array(z.looseObject({ path: z.array(z.union([z.string(), z.number()])) })) });
