import { z } from 'zod';

const planId = z.string().regex(/^[a-z0-9-]{1,24}$/);
const methodWord = z.string().regex(/^[a-z]{1,16}(_[a-z]{1,8})?$/);
const recordId = z.string().regex(/^(ord|sub)_[a-z0-9]{20}$/);
const paymentId = z.string().regex(/^pay_[a-z0-9]{20}$/);
const whole = z.string().regex(/^\d{1,9}$/);
/** How a price is paid: `n` plainly, `b` with what the balance has, `k` asking for consent to keep the method, `y` with that consent. */
const manner = z.enum(['n', 'b', 'k', 'y']).default('n');

/** Stands for something whose id would be too long. */
const tag = z.string().regex(/^[a-z0-9]{4}$/);
/** Tag of a server that was chosen. */
const place = tag.optional();

const schemas = {
  home: z.tuple([]),
  promo: z.tuple([]),
  invite: z.tuple([]),
  gift: z.tuple([]),
  gifts: z.tuple([]),
  giftPlan: z.tuple([planId]),
  giftBuy: z.tuple([planId, methodWord]),
  giftBalance: z.tuple([planId]),
  giftTake: z.tuple([recordId]),
  plans: z.tuple([]),
  trial: z.tuple([]),
  plan: z.tuple([planId, manner, place]),
  renewPlan: z.tuple([recordId, manner]),
  buy: z.tuple([planId, methodWord, manner, place]),
  renew: z.tuple([recordId, methodWord, manner]),
  topups: z.tuple([]),
  topup: z.tuple([whole]),
  fund: z.tuple([whole, methodWord]),
  sent: z.tuple([paymentId]),
  payQr: z.tuple([paymentId]),
  forget: z.tuple([z.string().regex(/^svm_[a-z0-9]{20}$/)]),
  noEmail: z.tuple([]),
  ops: z.tuple([]),
  opsTransfers: z.tuple([whole]),
  opsProof: z.tuple([paymentId]),
  opsDecide: z.tuple([paymentId, z.enum(['yes', 'no']), whole]),
  opsMoney: z.tuple([whole]),
  opsEntry: z.tuple([z.string().regex(/^qtn_[a-z0-9]{20}$/), z.enum(['credit', 'keep'])]),
  opsRefunds: z.tuple([whole]),
  opsRefund: z.tuple([z.string().regex(/^rfd_[a-z0-9]{20}$/), z.enum(['done', 'cancelled'])]),
  opsGive: z.tuple([recordId, z.enum(['full', 'unused']), z.enum(['provider', 'balance'])]),
  buyBalance: z.tuple([planId, place]),
  renewBalance: z.tuple([recordId]),
  method: z.tuple([recordId]),
  cancel: z.tuple([recordId]),
  subs: z.tuple([]),
  sub: z.tuple([recordId]),
  subDefault: z.tuple([recordId]),
  qr: z.tuple([recordId]),
  manage: z.tuple([recordId]),
  auto: z.tuple([recordId]),
  autoOn: z.tuple([recordId, z.string().regex(/^(balance|svm_[a-z0-9]{20})$/)]),
  autoOff: z.tuple([recordId]),
  pause: z.tuple([recordId]),
  pauseOk: z.tuple([recordId]),
  resume: z.tuple([recordId]),
  moves: z.tuple([recordId]),
  move: z.tuple([recordId, planId]),
  moveOk: z.tuple([recordId, planId, tag]),
  newLink: z.tuple([recordId, z.enum(['ask', 'yes'])]),
  devices: z.tuple([recordId]),
  extras: z.tuple([recordId]),
  extra: z.tuple([recordId, tag]),
  extraBuy: z.tuple([recordId, tag, methodWord]),
  extraBalance: z.tuple([recordId, tag]),
  dropDevice: z.tuple([recordId, z.string().regex(/^dev_[a-z0-9]{20}$/)]),
  balance: z.tuple([]),
  help: z.tuple([]),
  support: z.tuple([]),
  lang: z.tuple([z.enum(['ru', 'en'])]),
} as const;

type Schemas = typeof schemas;

/** What a button means. */
export type Press = { [Kind in keyof Schemas]: { readonly kind: Kind; readonly args: z.infer<Schemas[Kind]> } }[keyof Schemas];

/** How a price is paid. */
export type Manner = z.infer<typeof manner>;

const version = '1';

/** A press as callback data: at most 64 bytes (Bot API, InlineKeyboardButton). */
export function encodePress(press: Press): string {
  return [version, press.kind, ...press.args.filter((arg) => arg !== undefined)].join(':');
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
