import type { Clock } from '../clock';
import { addressList } from '../addresses';
import { formatDecimal } from '../domain/money';
import type { PaymentEvent, PaymentEventType } from '../domain/payment';
import { ShopError } from '../errors';
import type { HttpClient, HttpReply } from '../http';
import { callMs, callProvider, failureOf, readJson } from './calls';
import type {
  CreateInvoiceInput,
  PaymentProvider,
  PaymentRef,
  RawWebhook,
  RefundInput,
  RefundResult,
  SavedCharge,
  WebhookResult,
} from './provider';
import type { Settings } from './blocks';
import { emptyAck, jsonOf, notAuthentic, meaningOf, referenceOf } from './proof';
import { errorObject, moneyOf, notification, paymentList, paymentObject, refundObject, type PaymentObject } from './yookassaWire';

const code = 'yookassa';
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
  const parsed = errorObject.safeParse(jsonOf(Buffer.from(reply.text)));
  const detail = parsed.success ? `${parsed.data.code ?? ''} ${parsed.data.parameter ?? ''}`.trim() : undefined;
  return failureOf({ provider: 'YooKassa', reply, harmless: method === 'GET', detail });
}

function createApi(settings: Settings<'yookassa'>, http: HttpClient): Api {
  const authorization = `Basic ${Buffer.from(`${settings.shopId}:${settings.secretKey}`).toString('base64')}`;
  const base = settings.apiUrl;
  return {
    async get(path) {
      const reply = await callProvider(http, 'YooKassa', {
        method: 'GET',
        url: `${base}${path}`,
        headers: { authorization },
        timeoutMs: callMs,
      });
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
        timeoutMs: callMs,
      });
      if (reply.status === 200) return reply;
      throw failFor(reply, 'POST');
    },
  };
}

function receiptFor(settings: Settings<'yookassa'>, input: CreateInvoiceInput): object {
  const { receipt } = settings;
  const email = input.email ?? receipt?.email;
  if (receipt === undefined || email === undefined) return {};
  const amount = { value: formatDecimal(input.price), currency: input.price.currency };
  return {
    receipt: {
      customer: { email },
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
  if (payment.status !== 'canceled') return meaningOf(eventTypes, payment.status) ?? 'pending';
  const reason = payment.cancellation_details?.reason;
  if (reason === 'expired_on_confirmation') return 'expired';
  return reason === 'canceled_by_merchant' ? 'cancelled' : 'failed';
}

// Money is never held back: a payment that waits for a capture was set up wrongly at the provider.
function alarmOf(status: string): Pick<PaymentEvent, 'alarm'> {
  if (meaningOf(eventTypes, status) === undefined) return { alarm: 'unknown_word' };
  return status === 'waiting_for_capture' ? { alarm: 'held' } : {};
}

type Common = Pick<PaymentEvent, 'provider' | 'trusted' | 'ref' | 'live'>;

function savedOf(payment: PaymentObject, common: Common): readonly PaymentEvent[] {
  const method = payment.payment_method;
  if (method?.saved !== true) return [];
  const savedMethod = { id: method.id, title: method.title ?? method.type };
  return [{ ...common, type: 'method_saved', dedupeKey: `saved:${method.id}:${payment.id}`, savedMethod }];
}

function refundsOf(payment: PaymentObject, common: Common): readonly PaymentEvent[] {
  const refundedTotal = payment.refunded_amount === undefined ? undefined : moneyOf(payment.refunded_amount);
  if (refundedTotal === undefined || refundedTotal.minor === 0) return [];
  return [{ ...common, type: 'refunded', chargeId: payment.id, refundedTotal, dedupeKey: `refunded:${payment.id}:${refundedTotal.minor}` }];
}

/** What a payment object says, as trusted events: its status, a way of paying that was kept, and what was given back. */
function eventsOf(payment: PaymentObject, settings: Settings<'yookassa'>): PaymentEvent[] {
  const type = typeOf(payment);
  const isPaid = type === 'paid';
  const common: Common = {
    provider: code,
    trusted: true,
    ref: { externalId: payment.id, ...referenceOf(payment.metadata?.['payment_id']) },
    live: payment.test !== true || settings.mode === 'test',
  };
  const paid = isPaid ? { chargeId: payment.id, received: moneyOf(payment.amount) } : {};
  const detail = payment.cancellation_details?.reason ?? payment.status;
  const first: PaymentEvent = {
    ...common,
    ...paid,
    ...alarmOf(payment.status),
    type,
    dedupeKey: `${payment.status}:${payment.id}`,
    detail,
  };
  return [first, ...(isPaid ? savedOf(payment, common) : []), ...refundsOf(payment, common)];
}

function wakeUp(webhook: RawWebhook): PaymentEvent | undefined {
  const parsed = notification.safeParse(jsonOf(webhook.body));
  if (!parsed.success) return undefined;
  const { event, object } = parsed.data;
  return {
    provider: code,
    type: 'wake_up',
    trusted: false,
    dedupeKey: `${event}:${object.id}`,
    ref: { externalId: object.payment_id ?? object.id, ...referenceOf(object.metadata?.['payment_id']) },
    live: true,
    detail: event,
  };
}

function verify(webhook: RawWebhook, isKnown: (address: string) => boolean): WebhookResult {
  if (!isKnown(webhook.remoteIp)) return notAuthentic;
  const event = wakeUp(webhook);
  if (event === undefined) return { kind: 'rejected', why: 'malformed', ack: emptyAck(400) };
  if (!/^(payment|refund)\./.test(event.detail ?? '')) return { kind: 'ignored', why: 'not about a payment', ack: emptyAck(200) };
  return { kind: 'events', events: [event], ack: emptyAck(200) };
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

function refundResult(text: string): RefundResult {
  const answer = readJson('YooKassa', text, refundObject);
  if (answer.status === 'canceled') return { state: 'refused', why: answer.cancellation_details?.reason ?? 'canceled' };
  return { state: answer.status === 'pending' ? 'pending' : 'done', refundId: answer.id };
}

async function refund(api: Api, input: RefundInput): Promise<RefundResult> {
  const amount = { value: formatDecimal(input.amount), currency: input.amount.currency };
  return refundResult((await api.post('/refunds', { payment_id: input.chargeId, amount }, input.key)).text);
}

function paymentBody(settings: Settings<'yookassa'>, input: CreateInvoiceInput): object {
  return {
    amount: { value: formatDecimal(input.price), currency: input.price.currency },
    capture: true,
    description: input.description.slice(0, 128),
    metadata: { payment_id: input.paymentId },
    merchant_customer_id: String(input.userId),
    ...receiptFor(settings, input),
  };
}

async function createInvoice(
  api: Api,
  settings: Settings<'yookassa'>,
  input: CreateInvoiceInput,
): ReturnType<PaymentProvider['createInvoice']> {
  const body = {
    ...paymentBody(settings, input),
    confirmation: { type: 'redirect', return_url: input.returnUrl },
    ...(input.choice === 'sbp' ? { payment_method_data: { type: 'sbp' } } : {}),
    ...(settings.saveMethods && input.saveMethod ? { save_payment_method: true } : {}),
  };
  const reply = await api.post('/payments', body, `${input.paymentId}-${input.attempt}`);
  const payment = readJson('YooKassa', reply.text, paymentObject);
  const payUrl = payment.confirmation?.confirmation_url;
  if (payUrl === undefined) throw new ShopError('ProviderContract', { message: 'YooKassa gave no page to pay at' });
  return { externalId: payment.id, payUrl, asked: moneyOf(payment.amount) };
}

async function chargeSaved(api: Api, settings: Settings<'yookassa'>, charge: SavedCharge): Promise<readonly PaymentEvent[]> {
  const body = { ...paymentBody(settings, charge), payment_method_id: charge.methodId };
  const reply = await api.post('/payments', body, `${charge.paymentId}-${charge.attempt}`);
  return eventsOf(readJson('YooKassa', reply.text, paymentObject), settings);
}

/** YooKassa, API v3 (yookassa.ru/developers/api). Its notifications carry no signature: they only make the shop ask. */
export function createYookassa(settings: Settings<'yookassa'>, deps: YookassaDeps): PaymentProvider {
  const api = createApi(settings, deps.http);
  const sources = addressList(settings.ipRanges);
  return {
    code,
    capabilities: {
      currencies: ['RUB'],
      choices: settings.sbp ? ['sbp'] : [],
      webhookProof: 'refetch-only',
      poll: true,
      cancelOpen: false,
      expiry: 'provider',
      refund: 'partial',
      refundReports: 'total',
      recurring: settings.saveMethods ? 'saved-method' : 'none',
      partialPayments: false,
      createIdempotent: 'key',
      needsReceiptContact: settings.receipt !== undefined && settings.receipt.email === undefined,
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
    refundStatus: async (refundId) => refundResult((await api.get(`/refunds/${encodeURIComponent(refundId)}`)).text),
    ...(settings.saveMethods ? { chargeSaved: (charge: SavedCharge) => chargeSaved(api, settings, charge) } : {}),
    async check() {
      await api.get('/payments?limit=1');
    },
  };
}
