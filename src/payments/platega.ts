import { z } from 'zod';
import { formatDecimal, type Money } from '../domain/money';
import type { PaymentEvent, PaymentEventType } from '../domain/payment';
import { ShopError } from '../errors';
import type { HttpClient, HttpReply } from '../http';
import type { Settings } from './blocks';
import { callMs, callProvider, failureOf, readJson, readMoney } from './calls';
import { emptyAck, headerOf, isSame, jsonOf, notAuthentic, meaningOf, referenceOf, unreadable } from './proof';
import type { CreateInvoiceInput, PaymentProvider, RawWebhook, RefundInput, RefundResult, WebhookResult } from './provider';

const code = 'platega';
const name = 'Platega';
const longestDescription = 64;

/** Answers and callbacks of Platega (app.platega.io), read from its public SDK; the fields the shop uses. */
const made = z.object({
  transactionId: z.string().min(1).max(64),
  redirect: z.url().nullish(),
  url: z.url().nullish(),
  expiresIn: z.string().nullish(),
});
const transaction = z.object({
  id: z.string().min(1).max(64),
  status: z.string(),
  paymentDetails: z.object({ amount: z.number(), currency: z.string() }),
  payload: z.string().nullish(),
});
const callback = z.object({ id: z.string().min(1).max(64), status: z.string().max(32), payload: z.string().nullish() });
const cancelAnswer = z.object({ accepted: z.boolean(), manualControlRequired: z.boolean().nullish() });
const statusOnly = z.object({ status: z.string() });
const supported = z.object({ supported: z.boolean() });

const types: Readonly<Record<string, PaymentEventType>> = {
  PENDING: 'pending',
  INPROGRESS: 'pending',
  CONFIRMED: 'paid',
  CANCELED: 'cancelled',
  FAILED: 'failed',
  EXPIRED: 'expired',
  CHARGEBACKED: 'dispute_lost',
};

interface Api {
  get(path: string): Promise<HttpReply>;
  post(path: string, body: object): Promise<HttpReply>;
}

function createApi(settings: Settings<'platega'>, http: HttpClient): Api {
  const headers = { 'x-merchantid': settings.merchantId, 'x-secret': settings.secret, 'content-type': 'application/json' };
  const call = (method: 'GET' | 'POST', path: string, body?: object): Promise<HttpReply> =>
    callProvider(http, name, {
      method,
      url: `${settings.apiUrl}${path}`,
      headers,
      timeoutMs: callMs,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    async get(path) {
      const reply = await call('GET', path);
      if (reply.status === 200 || reply.status === 404) return reply;
      throw failureOf({ provider: name, reply, harmless: true });
    },
    async post(path, body) {
      const reply = await call('POST', path, body);
      if (reply.status === 200) return reply;
      throw failureOf({ provider: name, reply, harmless: false });
    },
  };
}

function amountOf(details: { amount: number; currency: string }): Money {
  // The wire carries a JSON number: its shortest text with two digits is what was meant.
  return readMoney(name, details.amount.toFixed(2), details.currency);
}

function eventOf(found: z.infer<typeof transaction>): PaymentEvent {
  const type = meaningOf(types, found.status);
  const asked = amountOf(found.paymentDetails);
  return {
    provider: code,
    type: type ?? 'pending',
    trusted: true,
    dedupeKey: `${found.status.slice(0, 32)}:${found.id}`,
    ref: { externalId: found.id, ...referenceOf(found.payload) },
    asked,
    ...(type === 'paid' || type === 'dispute_lost' ? { chargeId: found.id } : {}),
    ...(type === 'paid' ? { received: asked } : {}),
    live: true,
    detail: found.status.slice(0, 32),
    ...(type === undefined ? { alarm: 'unknown_word' as const } : {}),
  };
}

// The callback repeats the shop's own secret and signs nothing: it only says which transaction to ask about.
function verify(settings: Settings<'platega'>, webhook: RawWebhook): WebhookResult {
  const bare = webhook.headers['x-merchantid'] === undefined && webhook.headers['x-secret'] === undefined;
  if (bare && webhook.body.length === 0) return { kind: 'ignored', why: 'a test of the address', ack: emptyAck(200) };
  const merchant = isSame(headerOf(webhook, 'x-merchantid'), settings.merchantId);
  const secret = isSame(headerOf(webhook, 'x-secret'), settings.secret);
  if (!merchant || !secret) return notAuthentic;
  const parsed = callback.safeParse(jsonOf(webhook.body));
  if (!parsed.success) return unreadable('no transaction');
  const { id, status, payload } = parsed.data;
  const event: PaymentEvent = {
    provider: code,
    type: 'wake_up',
    trusted: false,
    dedupeKey: `ask:${status}:${id}`,
    ref: { externalId: id, ...referenceOf(payload) },
    live: true,
    detail: status,
  };
  return { kind: 'events', events: [event], ack: emptyAck(200) };
}

/** At most 64 bytes, never half a character. */
function shortened(description: string): string {
  let text = description;
  while (Buffer.byteLength(text) > longestDescription) text = [...text].slice(0, -1).join('');
  return text;
}

function endOf(expiresIn: string | null | undefined, now: Date): { expiresAt?: Date } {
  const match = /^(\d{1,3}):(\d{2}):(\d{2})$/.exec(expiresIn ?? '');
  if (match === null) return {};
  const seconds = Number(match[1]) * 3_600 + Number(match[2]) * 60 + Number(match[3]);
  return { expiresAt: new Date(now.getTime() + seconds * 1_000) };
}

async function createInvoice(
  api: Api,
  settings: Settings<'platega'>,
  input: CreateInvoiceInput,
): ReturnType<PaymentProvider['createInvoice']> {
  // There is neither a key nor a search: a call that may have been carried out is not made again.
  if (input.repeated)
    throw new ShopError('ProviderRejected', { message: `${name} may have made this invoice already, and has no way to ask` });
  const body = {
    ...(settings.method === undefined ? {} : { paymentMethod: settings.method }),
    paymentDetails: { amount: Number(formatDecimal(input.price)), currency: input.price.currency },
    description: shortened(input.description),
    return: input.returnUrl,
    failedUrl: input.returnUrl,
    payload: input.paymentId,
  };
  const path = settings.method === undefined ? '/v2/transaction/process' : '/transaction/process';
  const found = readJson(name, (await api.post(path, body)).text, made);
  const payUrl = found.redirect ?? found.url;
  if (payUrl == null) throw new ShopError('ProviderContract', { message: `${name} gave no page to pay at` });
  return { externalId: found.transactionId, payUrl, asked: input.price, ...endOf(found.expiresIn, input.now) };
}

async function refund(api: Api, input: RefundInput): Promise<RefundResult> {
  const id = encodeURIComponent(input.chargeId);
  // An earlier call may have been carried out and its answer lost.
  const { status } = readJson(name, (await api.get(`/transaction/${id}`)).text, statusOnly);
  if (status === 'CANCELED' || status === 'CHARGEBACKED') return { state: 'done', refundId: input.chargeId };
  const possible = readJson(name, (await api.get(`/transaction/${id}/cancel-supported`)).text, supported);
  if (!possible.supported) return { state: 'refused', why: 'this transaction cannot be given back' };
  const answer = readJson(name, (await api.post(`/transaction/${id}/cancel`, {})).text, cancelAnswer);
  if (!answer.accepted) return { state: 'refused', why: 'not accepted' };
  if (answer.manualControlRequired === true) return { state: 'refused', why: 'has to be finished in the cabinet of Platega' };
  return { state: 'done', refundId: input.chargeId };
}

/** Platega: SBP and cards. Everything about it is from third-party code, so each callback is only a reason to ask. */
export function createPlatega(settings: Settings<'platega'>, deps: { readonly http: HttpClient }): PaymentProvider {
  const api = createApi(settings, deps.http);
  return {
    code,
    capabilities: {
      currencies: ['RUB'],
      choices: [],
      webhookProof: 'secret-header',
      poll: true,
      cancelOpen: false,
      expiry: 'provider',
      refund: 'full',
      refundReports: 'none',
      recurring: 'none',
      partialPayments: false,
      createIdempotent: 'none',
      needsReceiptContact: false,
    },
    createInvoice: (input) => createInvoice(api, settings, input),
    verifyWebhook: (webhook) => verify(settings, webhook),
    async fetchStatus(ref) {
      if (ref.externalId === undefined) return [];
      const reply = await api.get(`/transaction/${encodeURIComponent(ref.externalId)}`);
      return reply.status === 404 ? [] : [eventOf(readJson(name, reply.text, transaction))];
    },
    refund: (input) => refund(api, input),
    async check() {
      await api.get('/transaction/00000000-0000-4000-8000-000000000000');
    },
  };
}
