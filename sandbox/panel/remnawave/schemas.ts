import { z } from 'zod';

const status = z.enum(['ACTIVE', 'DISABLED', 'LIMITED', 'EXPIRED']);
const instant = z.iso.datetime({ local: true, offset: true });
const dropped = z
  .unknown()
  .transform((): undefined => undefined)
  .optional();
const common = {
  trafficLimitStrategy: z.enum(['NO_RESET', 'DAY', 'WEEK', 'MONTH', 'MONTH_ROLLING']).optional(),
  trafficLimitBytes: z.number().min(0).optional(),
  description: z.string().nullable().optional(),
  tag: z
    .string()
    .max(16)
    .regex(/^[A-Z0-9_]+$/)
    .nullable()
    .optional(),
  email: z.email().nullable().optional(),
  activeInternalSquads: z.array(z.guid()).optional(),
  externalSquadUuid: z.guid().nullable().optional(),
};

/** Schemas of 2.x (`uuid` is the key, whole numbers only) and 3.x (`id` is the key). Unknown fields are dropped. */
export function schemasOf(major: 2 | 3, now: Date) {
  const telegramId = (major === 2 ? z.int() : z.number()).nullable().optional();
  const keys = {
    uuid: major === 2 ? z.guid().optional() : dropped,
    id: major === 3 ? z.number().optional() : dropped,
  };
  const create = z.object({
    ...common,
    telegramId,
    username: z
      .string()
      .min(3)
      .max(36)
      .regex(/^[a-zA-Z0-9_-]+$/),
    status: status.optional(),
    shortUuid: z.string().optional(),
    uuid: keys.uuid,
    trojanPassword: z.string().min(8).max(32).optional(),
    vlessUuid: z.guid().optional(),
    ssPassword: z.string().min(8).max(32).optional(),
    expireAt: instant,
    createdAt: instant.optional(),
    hwidDeviceLimit: z.int().min(0).optional(),
  });
  const change = z
    .object({
      ...common,
      ...keys,
      telegramId,
      username: z.string().optional(),
      status: z.enum(['ACTIVE', 'DISABLED']).optional(),
      expireAt: instant.optional(),
      hwidDeviceLimit: z.int().min(0).nullable().optional(),
    })
    .refine((fields) => (fields.username ?? '') !== '' || fields.uuid !== undefined || fields.id !== undefined, { path: [] })
    .refine((fields) => fields.expireAt === undefined || new Date(fields.expireAt) > now, { path: ['expireAt'] });
  const resolve = z
    .object({ username: z.string().optional(), shortUuid: z.string().optional(), ...keys })
    .refine((fields) => Object.values(fields).filter((value) => value !== undefined).length === 1, { path: [] });
  return { create, change, resolve };
}

/** What a list may be asked for. */
export const listQuery = z.object({ start: z.coerce.number().min(0).default(0), size: z.coerce.number().min(1).max(1000).default(25) });
