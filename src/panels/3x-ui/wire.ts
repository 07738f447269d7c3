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
});
export type Client = z.infer<typeof client>;

/** Inbound as `get/:id` and `list` give it; `settings` and `streamSettings` are JSON in strings. */
export const inbound = z.object({
  id: z.int(),
  remark: z.string(),
  enable: z.boolean(),
  listen: z.string(),
  port: z.int(),
  protocol: z.string(),
  settings: z.string(),
  streamSettings: z.string(),
  clientStats: z.array(z.object({ email: z.string(), up: z.number(), down: z.number() })).nullish(),
});
export type Inbound = z.infer<typeof inbound>;

export const inboundSettings = z.looseObject({ clients: z.array(client).nullish(), encryption: z.string().optional() });

/** Server status: of it the shop reads xray's state only. */
export const serverStatus = z.object({ xray: z.object({ state: z.string(), version: z.string().optional() }) });

const headersField = z.record(z.string(), z.unknown()).nullish();
const tlsClient = z.looseObject({ fingerprint: z.string().optional() }).nullish();

/** Stream settings, the parts a share link is built from. */
export const streamSettings = z.looseObject({
  network: z.string(),
  security: z.string().default('none'),
  externalProxy: z
    .array(z.looseObject({ forceTls: z.string().default('same'), dest: z.string(), port: z.int(), remark: z.string().default('') }))
    .nullish(),
  tcpSettings: z
    .looseObject({
      header: z
        .looseObject({
          type: z.string().default('none'),
          request: z.looseObject({ path: z.array(z.string()).nullish(), headers: headersField }).nullish(),
        })
        .nullish(),
    })
    .nullish(),
  wsSettings: z.looseObject({ path: z.string().default('/'), host: z.string().optional(), headers: headersField }).nullish(),
  httpupgradeSettings: z.looseObject({ path: z.string().default('/'), host: z.string().optional(), headers: headersField }).nullish(),
  grpcSettings: z
    .looseObject({ serviceName: z.string().default(''), authority: z.string().optional(), multiMode: z.boolean().default(false) })
    .nullish(),
  xhttpSettings: z.looseObject({ path: z.string().default('/'), host: z.string().optional(), mode: z.string().optional() }).nullish(),
  tlsSettings: z.looseObject({ serverName: z.string().optional(), alpn: z.array(z.string()).nullish(), settings: tlsClient }).nullish(),
  realitySettings: z
    .looseObject({
      serverNames: z.array(z.string()).nullish(),
      shortIds: z.array(z.string()).nullish(),
      settings: z.looseObject({ publicKey: z.string(), fingerprint: z.string().optional(), spiderX: z.string().optional() }),
    })
    .nullish(),
});
export type StreamSettings = z.infer<typeof streamSettings>;

/** Reads `value` by `schema`; anything else breaks the contract. The value never enters the message. */
export function read<T>(what: string, value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new ShopError('PanelContract', { message: `the panel gave ${what} whose field "${field}" cannot be read` });
}

/** Reads JSON in a string by `schema`. */
export function readJson<T>(what: string, text: string, schema: z.ZodType<T>): T {
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
