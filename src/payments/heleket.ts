import { createHash } from 'node:crypto';
import { z } from 'zod';
import { addressList } from '../addresses';
import { formatDecimal, parseDecimal, type Money } from '../domain/money';
import type { PaymentEvent, PaymentEventType } from '../domain/payment';
import { ShopError } from '../errors';
import type { HttpClient } from '../http';
import type { Settings } from './blocks';
import { callMs, callProvider, failureOf, readJson, readMoney } from './calls';
import { emptyAck, isSame, jsonOf, notAuthentic, meaningOf, referenceOf, unreadable } from './proof';
import type { CreateInvoiceInput, PaymentProvider, PaymentRef, RawWebhook, WebhookResult } from './provider';

const code = 'heleket';
const name = 'Heleket';
const lifetimeSeconds = { least: 300, most: 43_200 };

const text = z.union([z.string(), z.number()]).transform(String);

/** Payment of the Heleket API (doc.heleket.com, "Payment information" and "Webhook"), the fields the shop uses. */
const payment = z.object({
  uuid: z.string().min(1).max(64),
  order_id: z.string().nullish(),
  amount: text,
  currency: z.string(),
  status: z.string().optional(),
  payment_status: z.string().optional(),
  payment_amount: text.nullish(),
  payer_amount: text.nullish(),
  url: z.url().nullish(),
});
type Payment = z.infer<typeof payment>;

/** Any message: only those of type `payment` are about an invoice. */
const message = z.object({ type: z.string() });

const envelope = z.object({ state: z.int(), result: z.unknown().optional(), message: z.string().optional() });
const page = z.object({ items: z.array(payment), paginate: z.object({ nextCursor: z.string().nullish() }).optional() });

const types: Readonly<Record<string, PaymentEventType>> = {
  check: 'pending',
  process: 'pending',
  confirm_check: 'pending',
  wrong_amount_waiting: 'underpaid',
  wrong_amount: 'underpaid',
  paid: 'paid',
  paid_over: 'paid',
  cancel: 'expired',
  fail: 'failed',
  system_fail: 'failed',
  locked: 'pending',
  refund_process: 'pending',
  refund_fail: 'pending',
  refund_paid: 'refunded',
};

/** `sign` is hex MD5 over Base64 of the text and the key (doc.heleket.com, "Signature"). */
function signOf(body: string, key: string): string {
  return createHash('md5')
    .update(`${Buffer.from(body).toString('base64')}${key}`)
    .digest('hex');
}

/** The text as PHP's `json_encode` with JSON_UNESCAPED_UNICODE writes it, in the order of the wire. */
function asPhpWrites(value: object): string {
  return JSON.stringify(value)
    .replaceAll('/', String.raw`\/`)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`);
}

type Call = (path: string, body: object) => Promise<unknown>;

function createCall(settings: Settings<'heleket'>, http: HttpClient): Call {
  return async (path, fields) => {
    const body = JSON.stringify(fields);
    const reply = await callProvider(http, name, {
      method: 'POST',
      url: `${settings.apiUrl}${path}`,
      headers: { merchant: settings.merchant, sign: signOf(body, settings.paymentKey), 'content-type': 'application/json' },
      body,
      timeoutMs: callMs,
    });
    const parsed = envelope.safeParse(jsonOf(Buffer.from(reply.text)));
    if (parsed.success && parsed.data.state === 0) return parsed.data.result;
    if (reply.status === 200 && !parsed.success)
      throw new ShopError('ProviderContract', { message: `${name} answered something it does not document` });
    throw failureOf({ provider: name, reply: reply.status === 200 ? { ...reply, status: 422 } : reply, harmless: path !== '/payment' });
  };
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  return readJson(name, JSON.stringify(value ?? null), schema);
}

// The buyer pays in a coin; what came is valued at the rate of the invoice itself: asked × arrived ÷ asked in that coin.
function arrived(found: Payment, asked: Money): Money | undefined {
  if (found.payment_amount == null || found.payer_amount == null) return undefined;
  const scale = 18;
  const units = (decimal: string): bigint | undefined => {
    const match = /^(\d+)(?:\.(\d+))?$/.exec(decimal);
    return match === null ? undefined : BigInt(`${match[1]}${(match[2] ?? '').slice(0, scale).padEnd(scale, '0')}`);
  };
  const got = units(found.payment_amount);
  const wanted = units(found.payer_amount);
  if (got === undefined || wanted === undefined || wanted === 0n) return undefined;
  const minor = Number((BigInt(asked.minor) * got) / wanted);
  return Number.isSafeInteger(minor) ? { minor, currency: asked.currency } : undefined;
}

function totalOf(found: Payment, status: string, asked: Money): Money | undefined {
  if (status === 'paid') return asked;
  const total = arrived(found, asked);
  if (status !== 'paid_over') return total;
  return total === undefined || total.minor < asked.minor ? asked : total;
}

/** What a payment object says; undefined when its sums cannot be valued without asking again. */
function eventsOf(found: Payment): readonly PaymentEvent[] | undefined {
  const status = (found.status ?? found.payment_status ?? '').slice(0, 32);
  const type = meaningOf(types, status);
  const asked = parseDecimal(found.amount, found.currency);
  const common = {
    provider: code,
    trusted: true,
    ref: { externalId: found.uuid, ...referenceOf(found.order_id) },
    asked,
    live: true,
    detail: status,
  };
  const alarm = type === undefined ? { alarm: 'unknown_word' as const } : status === 'locked' ? { alarm: 'held' as const } : {};
  if (type === 'refunded') return [{ ...common, type, dedupeKey: `${status}:${found.uuid}`, refundedTotal: asked }];
  if (type !== 'paid' && type !== 'underpaid')
    return [{ ...common, ...alarm, type: type ?? 'pending', dedupeKey: `${status}:${found.uuid}` }];
  const total = totalOf(found, status, asked);
  if (total === undefined) return undefined;
  const money: PaymentEvent = {
    ...common,
    type,
    dedupeKey: `${status}:${found.uuid}:${total.minor}`,
    chargeId: found.uuid,
    receivedTotal: total,
  };
  return status === 'wrong_amount' ? [money, { ...common, type: 'expired', dedupeKey: `closed:${found.uuid}` }] : [money];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a body is signed: the member `sign` is cut out of the text as it came, or the text is written anew as PHP would. */
function isSigned(body: string, parsed: Readonly<Record<string, unknown>>, key: string): boolean {
  const { sign, ...rest } = parsed;
  if (typeof sign !== 'string') return false;
  const cut = body.replace(/,\s*"sign"\s*:\s*"[^"]*"|"sign"\s*:\s*"[^"]*"\s*,?/, '');
  if (isSame(sign, signOf(cut, key))) return true;
  try {
    return isSame(sign, signOf(asPhpWrites(rest), key));
  } catch {
    // Deeper than can be written again: PHP would not have written it either.
    return false;
  }
}

function read(value: unknown): WebhookResult | readonly PaymentEvent[] {
  const kind = message.safeParse(value);
  if (kind.success && kind.data.type !== 'payment') return { kind: 'ignored', why: 'not about a payment', ack: emptyAck(200) };
  const found = payment.safeParse(value);
  if (!found.success) return unreadable('no payment object');
  try {
    const events = eventsOf(found.data);
    if (events !== undefined) return events;
  } catch {
    return unreadable('an amount that is no decimal');
  }
  const { uuid, order_id: orderId, status } = found.data;
  return [
    {
      provider: code,
      type: 'wake_up',
      trusted: false,
      dedupeKey: `ask:${uuid}:${status}`,
      ref: { externalId: uuid, ...referenceOf(orderId) },
      live: true,
    },
  ];
}

function verify(settings: Settings<'heleket'>, webhook: RawWebhook): WebhookResult {
  if (settings.ipCheck === 'enforce' && !addressList(settings.ipRanges).contains(webhook.remoteIp)) return notAuthentic;
  const value = jsonOf(webhook.body);
  if (!isObject(value) || !isSigned(webhook.body.toString('utf8'), value, settings.paymentKey)) return notAuthentic;
  const result = read(value);
  return 'kind' in result ? result : { kind: 'events', events: result, ack: emptyAck(200) };
}

async function createInvoice(call: Call, input: CreateInvoiceInput): ReturnType<PaymentProvider['createInvoice']> {
  const seconds = Math.ceil((input.expiresAt.getTime() - input.now.getTime()) / 1_000);
  const made = parse(
    payment,
    await call('/payment', {
      amount: formatDecimal(input.price),
      currency: input.price.currency,
      order_id: input.paymentId,
      url_callback: input.webhookUrl,
      url_return: input.returnUrl,
      url_success: input.returnUrl,
      is_payment_multiple: true,
      lifetime: Math.min(lifetimeSeconds.most, Math.max(lifetimeSeconds.least, seconds)),
    }),
  );
  if (made.url == null) throw new ShopError('ProviderContract', { message: `${name} gave no page to pay at` });
  return { externalId: made.uuid, payUrl: made.url, asked: readMoney(name, made.amount, made.currency) };
}

function known(found: Payment): readonly PaymentEvent[] {
  try {
    return eventsOf(found) ?? [];
  } catch (error) {
    throw new ShopError('ProviderContract', { message: `${name} gave an amount that cannot be read`, cause: error });
  }
}

async function fetchStatus(call: Call, ref: PaymentRef): Promise<readonly PaymentEvent[]> {
  const query = ref.externalId === undefined ? { order_id: ref.paymentId } : { uuid: ref.externalId };
  try {
    return known(parse(payment, await call('/payment/info', query)));
  } catch (error) {
    if (error instanceof ShopError && error.code === 'ProviderRejected') return [];
    throw error;
  }
}

/** `2026-01-31 10:20:30`, the form of dates in lists. */
function dateText(date: Date): string {
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

/** Heleket (doc.heleket.com): invoices in the shop's own currency, paid in coins, also in parts. */
export function createHeleket(settings: Settings<'heleket'>, deps: { readonly http: HttpClient }): PaymentProvider {
  const call = createCall(settings, deps.http);
  return {
    code,
    capabilities: {
      currencies: ['RUB', 'USD', 'EUR', 'KZT', 'BYN', 'UAH', 'USDT'],
      choices: [],
      webhookProof: 'signature',
      poll: true,
      cancelOpen: false,
      expiry: 'ours',
      refund: 'manual',
      refundReports: 'total',
      recurring: 'none',
      partialPayments: true,
      createIdempotent: 'reference',
      needsReceiptContact: false,
    },
    createInvoice: (input) => createInvoice(call, input),
    verifyWebhook: (webhook) => verify(settings, webhook),
    fetchStatus: (ref) => fetchStatus(call, ref),
    async listSince(since, cursor) {
      const path = cursor === undefined ? '/payment/list' : `/payment/list?cursor=${encodeURIComponent(cursor)}`;
      const found = parse(page, await call(path, { date_from: dateText(since) }));
      return { events: found.items.flatMap(known), cursor: found.paginate?.nextCursor ?? undefined };
    },
    async check() {
      await call('/balance', {});
    },
  };
}
