import { createHash, createHmac } from 'node:crypto';
import { z } from 'zod';
import { formatDecimal, type Money } from '../domain/money';
import type { PaymentEvent, PaymentEventType } from '../domain/payment';
import { ShopError } from '../errors';
import type { HttpClient } from '../http';
import type { Settings } from './blocks';
import { callMs, callProvider, failureOf, readJson, readMoney } from './calls';
import { emptyAck, headerOf, isSame, jsonOf, notAuthentic, meaningOf, referenceOf, unreadable } from './proof';
import type { CreateInvoiceInput, PaymentProvider, PaymentRef, RawWebhook, WebhookResult } from './provider';

const code = 'cryptopay';
const name = 'Crypto Pay';
const pageSize = 100;
const longestSearch = 2_000;
/** Crypto Pay repeats a webhook for about three days; an older one is a replay. */
const oldestMs = 4 * 86_400_000;
const longestExpirySeconds = 2_678_400;

/** Object Invoice of the Crypto Pay API (help.crypt.bot, "Invoice"), the fields the shop uses. */
const invoice = z.object({
  invoice_id: z.int(),
  status: z.string(),
  currency_type: z.enum(['crypto', 'fiat']).default('crypto'),
  asset: z.string().optional(),
  fiat: z.string().optional(),
  amount: z.union([z.string(), z.number()]).transform(String),
  bot_invoice_url: z.url().optional(),
  payload: z.string().optional(),
});
type Invoice = z.infer<typeof invoice>;

const update = z.object({ update_type: z.string(), request_date: z.string(), payload: z.unknown() });
const answer = z.object({ ok: z.boolean(), result: z.unknown().optional(), error: z.object({ name: z.string().max(64) }).optional() });
const list = z.object({ items: z.array(invoice) });

const types: Readonly<Record<string, PaymentEventType>> = { active: 'pending', paid: 'paid', expired: 'expired' };

type Call = (method: string, parameters: object) => Promise<unknown>;

function createCall(settings: Settings<'cryptopay'>, http: HttpClient): Call {
  return async (method, parameters) => {
    const harmless = method.startsWith('get');
    const reply = await callProvider(http, name, {
      method: 'POST',
      url: `${settings.apiUrl}/api/${method}`,
      headers: { 'crypto-pay-api-token': settings.token, 'content-type': 'application/json' },
      body: JSON.stringify(parameters),
      timeoutMs: callMs,
    });
    const parsed = answer.safeParse(jsonOf(Buffer.from(reply.text)));
    if (parsed.success && parsed.data.ok) return parsed.data.result;
    if (reply.status === 200)
      throw new ShopError('ProviderContract', { message: `${name} answered ${method} with something it does not document` });
    throw failureOf({ provider: name, reply, harmless, detail: parsed.data?.error?.name.replace(/\W/g, '') });
  };
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  return readJson(name, JSON.stringify(value ?? null), schema);
}

function askedOf(found: Invoice): Money {
  return readMoney(name, found.amount, (found.currency_type === 'fiat' ? found.fiat : found.asset) ?? '');
}

/** What an invoice says. It is paid exactly or not at all, so what was asked is what arrived, in the currency of the invoice. */
function eventOf(found: Invoice): PaymentEvent {
  const type = meaningOf(types, found.status);
  const asked = askedOf(found);
  const id = String(found.invoice_id);
  return {
    provider: code,
    type: type ?? 'pending',
    trusted: true,
    dedupeKey: `${found.status.slice(0, 32)}:${id}`,
    ref: { externalId: id, ...referenceOf(found.payload) },
    asked,
    ...(type === 'paid' ? { chargeId: id, received: asked } : {}),
    live: true,
    detail: found.status.slice(0, 32),
    ...(type === undefined ? { alarm: 'unknown_word' as const } : {}),
  };
}

/** `crypto-pay-api-signature` is HMAC-SHA256 over the raw body, its key the 32 raw bytes of SHA-256 of the token (help.crypt.bot, "Verifying webhook updates"). */
function signatureOf(token: string, body: Buffer): string {
  return createHmac('sha256', createHash('sha256').update(token).digest()).update(body).digest('hex');
}

function verify(settings: Settings<'cryptopay'>, webhook: RawWebhook): WebhookResult {
  if (!isSame(headerOf(webhook, 'crypto-pay-api-signature'), signatureOf(settings.token, webhook.body))) return notAuthentic;
  const outer = update.safeParse(jsonOf(webhook.body));
  if (!outer.success) return unreadable('no update object');
  const sentAt = Date.parse(outer.data.request_date);
  if (Number.isNaN(sentAt)) return unreadable('no request_date');
  if (webhook.receivedAt.getTime() - sentAt > oldestMs) return { kind: 'rejected', why: 'stale', ack: emptyAck(403) };
  if (outer.data.update_type !== 'invoice_paid') return { kind: 'ignored', why: 'not about an invoice', ack: emptyAck(200) };
  const inner = invoice.safeParse(outer.data.payload);
  if (!inner.success) return unreadable('no invoice object');
  try {
    return { kind: 'events', events: [eventOf(inner.data)], ack: emptyAck(200) };
  } catch {
    return unreadable('an amount that is no decimal');
  }
}

async function findInvoices(call: Call, query: object): Promise<readonly Invoice[]> {
  return parse(list, await call('getInvoices', query)).items;
}

// The API takes no key: after a lost answer the invoice is found by the payment id in its payload.
async function findByPayload(call: Call, paymentId: string): Promise<Invoice | undefined> {
  for (let offset = 0; offset < longestSearch; offset += pageSize) {
    const items = await findInvoices(call, { offset, count: pageSize });
    const match = items.find((item) => item.payload === paymentId);
    if (match !== undefined || items.length < pageSize) return match;
  }
  return undefined;
}

async function createInvoice(
  call: Call,
  settings: Settings<'cryptopay'>,
  input: CreateInvoiceInput,
): ReturnType<PaymentProvider['createInvoice']> {
  const known = input.repeated ? await findByPayload(call, input.paymentId) : undefined;
  const seconds = Math.ceil((input.expiresAt.getTime() - input.now.getTime()) / 1_000);
  const made =
    known ??
    parse(
      invoice,
      await call('createInvoice', {
        currency_type: 'fiat',
        fiat: input.price.currency,
        amount: formatDecimal(input.price),
        ...(settings.assets === undefined ? {} : { accepted_assets: settings.assets.join(',') }),
        description: input.description.slice(0, 1_024),
        payload: input.paymentId,
        paid_btn_name: 'openBot',
        paid_btn_url: input.returnUrl,
        expires_in: Math.min(longestExpirySeconds, Math.max(1, seconds)),
      }),
    );
  if (made.bot_invoice_url === undefined) throw new ShopError('ProviderContract', { message: `${name} gave no page to pay at` });
  return { externalId: String(made.invoice_id), payUrl: made.bot_invoice_url, asked: askedOf(made) };
}

async function fetchStatus(call: Call, ref: PaymentRef): Promise<readonly PaymentEvent[]> {
  if (ref.externalId !== undefined) return (await findInvoices(call, { invoice_ids: ref.externalId })).map(eventOf);
  const found = ref.paymentId === undefined ? undefined : await findByPayload(call, ref.paymentId);
  return found === undefined ? [] : [eventOf(found)];
}

/** Crypto Pay of @CryptoBot (help.crypt.bot, API 1.5). Invoices are in the shop's own currency and paid in a coin of the buyer's choice. */
export function createCryptopay(settings: Settings<'cryptopay'>, deps: { readonly http: HttpClient }): PaymentProvider {
  const call = createCall(settings, deps.http);
  return {
    code,
    capabilities: {
      currencies: ['RUB', 'USD', 'EUR', 'KZT', 'BYN', 'UAH'],
      choices: [],
      webhookProof: 'signature',
      poll: true,
      cancelOpen: true,
      expiry: 'ours',
      refund: 'manual',
      refundReports: 'none',
      recurring: 'none',
      partialPayments: false,
      createIdempotent: 'none',
      needsReceiptContact: false,
    },
    createInvoice: (input) => createInvoice(call, settings, input),
    verifyWebhook: (webhook) => verify(settings, webhook),
    fetchStatus: (ref) => fetchStatus(call, ref),
    async listSince(since, cursor) {
      const offset = cursor === undefined ? 0 : Number(cursor);
      const items = await findInvoices(call, { status: 'paid', offset, count: pageSize });
      return { events: items.map(eventOf), cursor: items.length < pageSize ? undefined : String(offset + pageSize) };
    },
    async cancel(externalId) {
      const gone = await call('deleteInvoice', { invoice_id: Number(externalId) });
      return gone === true ? 'cancelled' : 'too-late';
    },
    async check() {
      await call('getMe', {});
    },
  };
}
