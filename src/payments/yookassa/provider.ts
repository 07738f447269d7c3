import type { Clock } from '../../clock';
import { addressList } from '../../addresses';
import { formatDecimal } from '../../domain/money';
import type { PaymentEvent, PaymentEventType } from '../../domain/payment';
import { ShopError } from '../../errors';
import type { HttpClient, HttpReply } from '../../http';
import { callProvider, readJson, retryAfterOf } from '../calls';
import type { CreateInvoiceInput, PaymentProvider, PaymentRef, RawWebhook, RefundInput, RefundResult, WebhookResult } from '../provider';
import type { YookassaSettings } from './settings';
import { errorObject, moneyOf, notification, paymentList, paymentObject, refundObject, type PaymentObject } from './wire';

const code = 'yookassa';
const timeoutMs = 9_000;
const pageSize = 100;
/** Clocks differ; a search for a payment starts this much before its row was made. */
const searchMarginMs = 60_000;

export interface YookassaDeps {
  readonly http: HttpClient;
  readonly clock: Clock;
}

interface Api {
  get(path: string): Promise<HttpReply>;
  post(path: string, body: object, key: string): Promise<HttpReply>;
}

function failFor(reply: HttpReply, method: 'GET' | 'POST'): ShopError {
  const retryAfterMs = retryAfterOf(reply);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  const message = `YooKassa answered ${reply.status}`;
  if (reply.status === 401 || reply.status === 403) {
    return new ShopError('ProviderMisconfigured', { message: 'YooKassa refused the shop id or secret key' });
  }
  if (reply.status === 429) return new ShopError('ProviderUnavailable', { message, ...wait });
  if (reply.status >= 500 || reply.status < 400) {
    return new ShopError(method === 'GET' ? 'ProviderUnavailable' : 'ProviderUnknownOutcome', { message, ...wait });
  }
  const parsed = errorObject.safeParse(safeJson(reply.text));
  const detail = parsed.success ? ` ${parsed.data.code ?? ''} ${parsed.data.parameter ?? ''}`.trimEnd() : '';
  return new ShopError('ProviderRejected', { message: `${message}${detail}` });
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function createApi(settings: YookassaSettings, http: HttpClient): Api {
  const authorization = `Basic ${Buffer.from(`${settings.shopId}:${settings.secretKey}`).toString('base64')}`;
  const base = settings.apiUrl.replace(/\/$/, '');
  return {
    async get(path) {
      const reply = await callProvider(http, 'YooKassa', { method: 'GET', url: `${base}${path}`, headers: { authorization }, timeoutMs });
      if (reply.status === 200 || reply.status === 404) return reply;
      throw failFor(reply, 'GET');
    },
    async post(path, body, key) {
      const headers = { authorization, 'content-type': 'application/json', 'idempotence-key': key };
      const reply = await callProvider(http, 'YooKassa', {
        method: 'POST',
        url: `${base}${path}`,
        headers,
        body: JSON.stringify(body),
        timeoutMs,
      });
      if (reply.status === 200) return reply;
      throw failFor(reply, 'POST');
    },
  };
}

function receiptFor(settings: YookassaSettings, input: CreateInvoiceInput): object {
  const { receipt } = settings;
  if (receipt === undefined) return {};
  const amount = { value: formatDecimal(input.price), currency: input.price.currency };
  return {
    receipt: {
      customer: { email: receipt.email },
      ...(receipt.taxSystemCode === undefined ? {} : { tax_system_code: receipt.taxSystemCode }),
      items: [
        {
          description: input.description.slice(0, 128),
          quantity: 1,
          amount,
          vat_code: receipt.vatCode,
          payment_subject: receipt.paymentSubject,
          payment_mode: receipt.paymentMode,
          measure: 'piece',
        },
      ],
    },
  };
}

const eventTypes: Readonly<Record<string, PaymentEventType>> = {
  pending: 'pending',
  waiting_for_capture: 'pending',
  succeeded: 'paid',
  canceled: 'cancelled',
};

function typeOf(payment: PaymentObject): PaymentEventType {
  if (payment.status !== 'canceled') return eventTypes[payment.status] ?? 'pending';
  const reason = payment.cancellation_details?.reason;
  if (reason === 'expired_on_confirmation') return 'expired';
  return reason === 'canceled_by_merchant' ? 'cancelled' : 'failed';
}

/** What a payment object says, as trusted events: its status, and what was given back. */
function eventsOf(payment: PaymentObject, settings: YookassaSettings): PaymentEvent[] {
  const type = typeOf(payment);
  const paymentId = payment.metadata?.['payment_id'];
  const common = {
    provider: code,
    trusted: true,
    ref: { externalId: payment.id, ...(paymentId === undefined ? {} : { paymentId }) },
    live: payment.test !== true || settings.mode === 'test',
  };
  const detail = payment.cancellation_details?.reason ?? payment.status;
  const paid = type === 'paid' ? { chargeId: payment.id, received: moneyOf(payment.amount) } : {};
  const events: PaymentEvent[] = [{ ...common, ...paid, type, dedupeKey: `${payment.status}:${payment.id}`, detail }];
  const refunded = payment.refunded_amount === undefined ? undefined : moneyOf(payment.refunded_amount);
  if (refunded === undefined || refunded.minor === 0) return events;
  return [...events, { ...common, type: 'refunded', refundedTotal: refunded, dedupeKey: `refunded:${payment.id}:${refunded.minor}` }];
}

function wakeUp(webhook: RawWebhook): PaymentEvent | undefined {
  const parsed = notification.safeParse(safeJson(webhook.body.toString('utf8')));
  if (!parsed.success) return undefined;
  const { event, object } = parsed.data;
  const hint = object.metadata?.['payment_id'];
  const paymentId = typeof hint === 'string' && /^[\w-]{1,32}$/.test(hint) ? { paymentId: hint } : {};
  return {
    provider: code,
    type: 'wake_up',
    trusted: false,
    dedupeKey: `${event}:${object.id}`,
    ref: { externalId: object.payment_id ?? object.id, ...paymentId },
    live: true,
    detail: event,
  };
}

const ack = (status: number): { status: number; body: string; contentType: string } => ({ status, body: '', contentType: 'text/plain' });

function verify(webhook: RawWebhook, isKnown: (address: string) => boolean): WebhookResult {
  if (!isKnown(webhook.remoteIp)) return { kind: 'rejected', why: 'auth', ack: ack(403) };
  const event = wakeUp(webhook);
  if (event === undefined) return { kind: 'rejected', why: 'malformed', ack: ack(400) };
  if (!/^(payment|refund)\./.test(event.detail ?? '')) return { kind: 'ignored', why: 'not about a payment', ack: ack(200) };
  return { kind: 'events', events: [event], ack: ack(200) };
}

async function listPage(api: Api, since: Date, cursor: string | undefined): Promise<{ items: PaymentObject[]; next: string | undefined }> {
  const query = new URLSearchParams({ 'created_at.gte': since.toISOString(), limit: String(pageSize) });
  if (cursor !== undefined) query.set('cursor', cursor);
  const page = readJson('YooKassa', (await api.get(`/payments?${query.toString()}`)).text, paymentList);
  return { items: page.items, next: page.next_cursor };
}

// Without the provider's id (our answer got lost) the payment is looked up by the id the shop put into its metadata.
async function findPayment(api: Api, ref: PaymentRef): Promise<PaymentObject | undefined> {
  if (ref.externalId !== undefined) {
    const reply = await api.get(`/payments/${encodeURIComponent(ref.externalId)}`);
    return reply.status === 404 ? undefined : readJson('YooKassa', reply.text, paymentObject);
  }
  let cursor: string | undefined;
  do {
    const page = await listPage(api, new Date(ref.createdAt.getTime() - searchMarginMs), cursor);
    const match = page.items.find((payment) => payment.metadata?.['payment_id'] === ref.paymentId);
    if (match !== undefined) return match;
    cursor = page.next;
  } while (cursor !== undefined);
  return undefined;
}

async function refund(api: Api, input: RefundInput): Promise<RefundResult> {
  const body = { payment_id: input.externalId, amount: { value: formatDecimal(input.amount), currency: input.amount.currency } };
  const answer = readJson('YooKassa', (await api.post('/refunds', body, input.key)).text, refundObject);
  if (answer.status === 'canceled') return { state: 'refused', why: answer.cancellation_details?.reason ?? 'canceled' };
  return answer.status === 'pending' ? { state: 'pending', refundId: answer.id } : { state: 'done', refundId: answer.id };
}

async function createInvoice(
  api: Api,
  settings: YookassaSettings,
  input: CreateInvoiceInput,
): ReturnType<PaymentProvider['createInvoice']> {
  const body = {
    amount: { value: formatDecimal(input.price), currency: input.price.currency },
    capture: true,
    confirmation: { type: 'redirect', return_url: input.returnUrl },
    description: input.description.slice(0, 128),
    metadata: { payment_id: input.paymentId },
    merchant_customer_id: String(input.userId),
    ...receiptFor(settings, input),
  };
  const reply = await api.post('/payments', body, `${input.paymentId}-${input.attempt}`);
  const payment = readJson('YooKassa', reply.text, paymentObject);
  const payUrl = payment.confirmation?.confirmation_url;
  if (payUrl === undefined) throw new ShopError('ProviderContract', { message: 'YooKassa gave no page to pay at' });
  return { externalId: payment.id, payUrl, asked: moneyOf(payment.amount) };
}

/** YooKassa, API v3 (yookassa.ru/developers/api). Its notifications carry no signature: they only make the shop ask. */
export function createYookassa(settings: YookassaSettings, deps: YookassaDeps): PaymentProvider {
  const api = createApi(settings, deps.http);
  const sources = addressList(settings.ipRanges);
  return {
    code,
    capabilities: {
      currencies: ['RUB'],
      webhookProof: 'refetch-only',
      poll: true,
      cancelOpen: false,
      expiry: 'provider',
      refund: 'partial',
      recurring: 'saved-method',
      partialPayments: false,
      createIdempotent: 'key',
      needsReceiptContact: settings.receipt !== undefined,
    },
    createInvoice: (input) => createInvoice(api, settings, input),
    verifyWebhook: (webhook) => verify(webhook, (address) => sources.contains(address)),
    async fetchStatus(ref) {
      const payment = await findPayment(api, ref);
      return payment === undefined ? [] : eventsOf(payment, settings);
    },
    async listSince(since, cursor) {
      const page = await listPage(api, since, cursor);
      const told = page.items.filter((payment) => payment.status === 'succeeded');
      return { events: told.flatMap((payment) => eventsOf(payment, settings)), cursor: page.next };
    },
    refund: (input) => refund(api, input),
    async check() {
      await api.get('/payments?limit=1');
    },
  };
}
