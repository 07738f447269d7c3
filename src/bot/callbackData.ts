import { z } from 'zod';

const planId = z.string().regex(/^[a-z0-9-]{1,24}$/);
const providerCode = z.string().regex(/^[a-z]{1,12}$/);
const recordId = z.string().regex(/^(ord|sub)_[a-z0-9]{20}$/);

const schemas = {
  home: z.tuple([]),
  plans: z.tuple([]),
  plan: z.tuple([planId]),
  renewPlan: z.tuple([recordId]),
  buy: z.tuple([planId, providerCode]),
  renew: z.tuple([recordId, providerCode]),
  buyBalance: z.tuple([planId]),
  renewBalance: z.tuple([recordId]),
  method: z.tuple([recordId]),
  cancel: z.tuple([recordId]),
  subs: z.tuple([]),
  sub: z.tuple([recordId]),
  qr: z.tuple([recordId]),
  balance: z.tuple([]),
  help: z.tuple([]),
  support: z.tuple([]),
  lang: z.tuple([z.enum(['ru', 'en'])]),
} as const;

type Schemas = typeof schemas;

/** What a button means. */
export type Press = { [Kind in keyof Schemas]: { readonly kind: Kind; readonly args: z.infer<Schemas[Kind]> } }[keyof Schemas];

const version = '1';

/** A press as callback data: at most 64 bytes (Bot API, InlineKeyboardButton). */
export function encodePress(press: Press): string {
  return [version, press.kind, ...press.args].join(':');
}

function isKind(kind: string | undefined): kind is keyof Schemas {
  return kind !== undefined && Object.hasOwn(schemas, kind);
}

/** Reads callback data; undefined for what an older version or somebody else wrote. */
export function decodePress(data: string): Press | undefined {
  const [given, kind, ...args] = data.split(':');
  if (given !== version || !isKind(kind)) return undefined;
  const parsed = schemas[kind].safeParse(args);
  // The schema of exactly this kind has just accepted the arguments.
  return parsed.success ? ({ kind, args: parsed.data } as Press) : undefined;
}
