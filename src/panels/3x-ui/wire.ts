import { z } from 'zod';
import { ShopError } from '../../errors';

/** Every answer of 3x-ui: `success` decides, `msg` is localised and ends in an English detail in brackets. */
export const envelope = z.object({ success: z.boolean(), msg: z.string(), obj: z.unknown() });
export type Envelope = z.infer<typeof envelope>;

/** One client inside an inbound's settings. Unknown fields are kept, because an update replaces the whole object. */
export const client = z.looseObject({
  id: z.string().optional(),
  email: z.string().optional(),
  subId: z.string().optional(),
  enable: z.boolean().optional(),
  expiryTime: z.number().optional(),
  totalGB: z.number().optional(),
  limitIp: z.number().optional(),
  flow: z.string().optional(),
  password: z.string().optional(),
  auth: z.string().optional(),
  security: z.string().optional(),
});
export type Client = z.infer<typeof client>;

/** JSON in a string up to 3.0, an object from 3.1 on; `readJson` takes both. */
const jsonField = z.union([z.string(), z.looseObject({})]);

/** Inbound as `get/:id` and `list` give it. */
export const inbound = z.object({
  id: z.int(),
  remark: z.string(),
  enable: z.boolean(),
  listen: z.string(),
  port: z.int(),
  protocol: z.string(),
  settings: jsonField,
  streamSettings: jsonField,
  /** From 3.0 on: the node of the panel that the inbound runs on, and which address its links carry. */
  nodeId: z.int().nullish(),
  shareAddrStrategy: z.string().optional(),
  shareAddr: z.string().optional(),
  clientStats: z.array(z.object({ email: z.string(), up: z.number(), down: z.number() })).nullish(),
});
export type Inbound = z.infer<typeof inbound>;

export const inboundSettings = z.looseObject({
  clients: z.array(client).nullish(),
  encryption: z.string().optional(),
  method: z.string().optional(),
  password: z.string().optional(),
  version: z.number().optional(),
});

/** Server status: of it the shop reads xray's state and the versions. */
export const serverStatus = z.object({
  xray: z.object({ state: z.string(), version: z.string().optional() }),
  /** From 3.1 on. */
  panelVersion: z.string().optional(),
});

/** Reads `value` by `schema`; anything else breaks the contract. The value never enters the message. */
export function read<T>(what: string, value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new ShopError('PanelContract', { message: `the panel gave ${what} whose field "${field}" cannot be read` });
}

/** Reads JSON by `schema`, whether it comes in a string or as an object. */
export function readJson<T>(what: string, text: string | Readonly<Record<string, unknown>>, schema: z.ZodType<T>): T {
  if (typeof text !== 'string') return read(what, text, schema);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ShopError('PanelContract', { message: `the panel gave ${what} that is not JSON` });
  }
  return read(what, value, schema);
}

/** The English detail at the end of a message: `Something went wrong (record not found\n)` → `record not found`. */
export function detailOf(message: string): string {
  return (/\(([^]*)\)\s*$/.exec(message)?.[1] ?? '').trim();
}

/** A client of 3.1 and later as `clients/get` gives it: `id` is a number here, and the uuid in requests. */
export const clientRecord = z.object({
  client: z.looseObject({
    uuid: z.string(),
    email: z.string(),
    subId: z.string(),
    enable: z.boolean(),
    expiryTime: z.number(),
    totalGB: z.number(),
    limitIp: z.number(),
    tgId: z.number().optional(),
    comment: z.string().optional(),
    group: z.string().optional(),
  }),
  inboundIds: z
    .array(z.int())
    .nullish()
    .transform((ids) => ids ?? []),
});
export type ClientRecord = z.infer<typeof clientRecord>;
