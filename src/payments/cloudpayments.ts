import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { addressList } from '../addresses';
import { formatDecimal, parseDecimal } from '../domain/money';
import type { PaymentEvent, PaymentEventType } from '../domain/payment';
import { ShopError } from '../errors';
import type { HttpClient } from '../http';
import type { Settings } from './blocks';
import { callMs, callProvider, failureOf, readJson } from './calls';
import { headerOf, isSame, notAuthentic, meaningOf, referenceOf, unreadable } from './proof';
import type {
  CheckoutVerdict,
  CreateInvoiceInput,
  PaymentProvider,
  PaymentRef,
  RawWebhook,
  RefundInput,
  RefundResult,
  SavedCharge,
  WebhookAck,
  WebhookResult,
} from './provider';

const code = 'cloudpayments';
const name = 'CloudPayments';

const text = z.union([z.string(), z.number()]).transform(String);

/** A notification, or an operation of the API (developers.cloudpayments.ru, "Notifications" and "API"); the fields the shop uses. */
const operation = z.object({
  TransactionId: text,
  Amount: text,
  Currency: z.string(),
  InvoiceId: z.string().nullish(),
  AccountId: z.string().nullish(),
  Status: z.string().nullish(),
  OperationType: z.string().nullish(),
  TestMode: z.union([z.string(), z.number(), z.boolean()]).nullish(),
  Token: z.string().nullish(),
  CardType: z.string().nullish(),
  CardLastFour: z.string().nullish(),
  PaymentTransactionId: text.nullish(),
  Reason: z.string().nullish(),
});
type Operation = z.infer<typeof operation>;

const envelope = z.object({ Success: z.boolean(), Message: z.string().nullish(), Model: z.unknown().optional() });
const order = z.object({ Id: z.string().min(1).max(64), Url: z.url() });
const refunded = z.object({ TransactionId: text });

const types: Readonly<Record<string, PaymentEventType>> = {
  AwaitingAuthentication: 'pending',
  Authorized: 'pending',
  Completed: 'paid',
  Cancelled: 'cancelled',
  // The payer may try another card on the same page.
  Declined: 'pending',
};

/** Codes of the answer to `Check`. */
const checkCodes: Readonly<Record<CheckoutVerdict, number>> = { ok: 0, unknown: 10, not_yours: 11, wrong_amount: 12, gone: 20 };

function ackOf(value: number): WebhookAck {
  return { status: 200, body: JSON.stringify({ code: value }), contentType: 'application/json' };
}

function isLive(found: Operation, settings: Settings<'cloudpayments'>): boolean {
  const test = found.TestMode === true || String(found.TestMode ?? '0') === '1';
  return !test || settings.mode === 'test';
}

function commonOf(
  found: Operation,
  settings: Settings<'cloudpayments'>,
): Pick<PaymentEvent, 'provider' | 'trusted' | 'ref' | 'live' | 'detail'> {
  return {
    provider: code,
    trusted: true,
    ref: referenceOf(found.InvoiceId),
    live: isLive(found, settings),
    detail: (found.Status ?? '').slice(0, 32),
  };
}

function refundOf(found: Operation, settings: Settings<'cloudpayments'>): PaymentEvent {
  const id = found.TransactionId;
  const original = found.PaymentTransactionId;
  const refunded = parseDecimal(found.Amount, found.Currency);
  const chargeId = original == null ? {} : { chargeId: original };
  return { ...commonOf(found, settings), type: 'refunded', dedupeKey: `refund:${id}`, refundId: id, refunded, ...chargeId };
}

function alarmOf(status: string): Pick<PaymentEvent, 'alarm'> {
  if (meaningOf(types, status) === undefined) return { alarm: 'unknown_word' };
  return status === 'Authorized' ? { alarm: 'held' } : {};
}

/** What an operation says: money that came, money that went back, and a card that may be charged again. */
function eventsOf(found: Operation, settings: Settings<'cloudpayments'>): readonly PaymentEvent[] {
  if (found.OperationType === 'Refund') return [refundOf(found, settings)];
  const common = commonOf(found, settings);
  const asked = parseDecimal(found.Amount, found.Currency);
  const id = found.TransactionId;
  const status = found.Status ?? '';
  const type = meaningOf(types, status) ?? 'pending';
  const money = type === 'paid' ? { chargeId: id, received: asked } : {};
  const first: PaymentEvent = {
    ...common,
    ...alarmOf(status),
    ...money,
    asked,
    type,
    dedupeKey: `${status.slice(0, 32)}:${id}`,
  };
  if (type !== 'paid' || found.Token == null || found.AccountId == null) return [first];
  const title = `${found.CardType ?? 'Card'} *${found.CardLastFour ?? '****'}`;
  return [first, { ...common, type: 'method_saved', dedupeKey: `saved:${id}`, savedMethod: { id: found.Token, title } }];
}

function isAuthentic(settings: Settings<'cloudpayments'>, webhook: RawWebhook): boolean {
  if (settings.ipCheck === 'enforce' && !addressList(settings.ipRanges).contains(webhook.remoteIp)) return false;
  const expected = createHmac('sha256', settings.apiSecret).update(webhook.body).digest('base64');
  return isSame(headerOf(webhook, 'content-hmac'), expected);
}

function answerCheck(found: Operation): WebhookResult {
  const payment = referenceOf(found.InvoiceId).paymentId;
  if (payment === undefined) return { kind: 'ignored', why: 'a question without an invoice', ack: ackOf(checkCodes.unknown) };
  const userId = Number(found.AccountId ?? Number.NaN);
  return {
    kind: 'question',
    question: {
      paymentId: payment,
      userId: Number.isSafeInteger(userId) ? userId : undefined,
      amount: parseDecimal(found.Amount, found.Currency),
    },
    answer: (verdict) => ackOf(checkCodes[verdict]),
  };
}

function judge(settings: Settings<'cloudpayments'>, slot: string | undefined, found: Operation): WebhookResult {
  const events = (list: readonly PaymentEvent[]): WebhookResult => ({ kind: 'events', events: list, ack: ackOf(0) });
  switch (slot?.toLowerCase()) {
    case 'check':
      return answerCheck(found);
    case 'pay':
    case 'confirm':
      return events(eventsOf({ ...found, Status: found.Status ?? 'Completed' }, settings));
    case 'refund':
      return events(eventsOf({ ...found, OperationType: 'Refund' }, settings));
    // The payer may try again with the same invoice, so a failure ends nothing.
    case 'fail':
      return events([
        {
          ...commonOf(found, settings),
          type: 'pending',
          dedupeKey: `fail:${found.TransactionId}`,
          detail: (found.Reason ?? 'failed').slice(0, 64),
        },
      ]);
    case 'cancel':
      return events([{ ...commonOf(found, settings), type: 'cancelled', dedupeKey: `cancel:${found.TransactionId}` }]);
    default:
      return { kind: 'ignored', why: 'a kind of notification the shop does not use', ack: ackOf(0) };
  }
}

function fieldsOf(body: Buffer): Record<string, string> | undefined {
  const fields = new URLSearchParams(body.toString('utf8'));
  const names = [...fields.keys()];
  return new Set(names).size === names.length ? Object.fromEntries(fields) : undefined;
}

function verify(settings: Settings<'cloudpayments'>, webhook: RawWebhook): WebhookResult {
  if (!isAuthentic(settings, webhook)) return notAuthentic;
  if (webhook.slot?.toLowerCase() === 'recurrent') return { kind: 'ignored', why: 'subscriptions are kept by the shop', ack: ackOf(0) };
  const parsed = operation.safeParse(fieldsOf(webhook.body));
  if (!parsed.success) return unreadable('no operation');
  try {
    return judge(settings, webhook.slot, parsed.data);
  } catch {
    return unreadable('an amount that is no decimal');
  }
}

type Call = (path: string, body: object, key?: string) => Promise<z.infer<typeof envelope>>;

const questions = new Set(['/test', '/v2/payments/find', '/payments/get']);

function createCall(settings: Settings<'cloudpayments'>, http: HttpClient): Call {
  const authorization = `Basic ${Buffer.from(`${settings.publicId}:${settings.apiSecret}`).toString('base64')}`;
  return async (path, body, key) => {
    const reply = await callProvider(http, name, {
      method: 'POST',
      url: `${settings.apiUrl}${path}`,
      headers: { authorization, 'content-type': 'application/json', ...(key === undefined ? {} : { 'x-request-id': key }) },
      body: JSON.stringify(body),
      timeoutMs: callMs,
    });
    if (reply.status !== 200) throw failureOf({ provider: name, reply, harmless: questions.has(path) });
    return readJson(name, reply.text, envelope);
  };
}

function orderBody(input: CreateInvoiceInput): object {
  return {
    Amount: Number(formatDecimal(input.price)),
    Currency: input.price.currency,
    Description: input.description,
    InvoiceId: input.paymentId,
    AccountId: String(input.userId),
    ...(input.email === undefined ? {} : { Email: input.email }),
  };
}

async function createInvoice(call: Call, input: CreateInvoiceInput): ReturnType<PaymentProvider['createInvoice']> {
  const body = { ...orderBody(input), RequireConfirmation: false, SuccessRedirectUrl: input.returnUrl, FailRedirectUrl: input.returnUrl };
  const answer = await call('/orders/create', body, `${input.paymentId}-${input.attempt}`);
  if (!answer.Success) throw new ShopError('ProviderRejected', { message: `${name} did not make the order` });
  const made = readJson(name, JSON.stringify(answer.Model ?? null), order);
  return { externalId: made.Id, payUrl: made.Url, asked: input.price };
}

function known(value: unknown, settings: Settings<'cloudpayments'>): readonly PaymentEvent[] {
  const found = readJson(name, JSON.stringify(value ?? null), operation);
  try {
    return eventsOf(found, settings);
  } catch (error) {
    throw new ShopError('ProviderContract', { message: `${name} gave an amount that cannot be read`, cause: error });
  }
}

// The search gives the last operation only: after a refund the payment itself is asked for too.
async function fetchStatus(call: Call, settings: Settings<'cloudpayments'>, ref: PaymentRef): Promise<readonly PaymentEvent[]> {
  if (ref.paymentId === undefined) return [];
  const last = await call('/v2/payments/find', { InvoiceId: ref.paymentId });
  if (!last.Success && last.Model == null) return [];
  const events = known(last.Model, settings);
  const original = events.find((event) => event.type === 'refunded')?.chargeId;
  if (original === undefined) return events;
  const first = await call('/payments/get', { TransactionId: Number(original) });
  return first.Model == null ? events : [...known(first.Model, settings), ...events];
}

async function refund(call: Call, input: RefundInput): Promise<RefundResult> {
  const body = { TransactionId: Number(input.chargeId), Amount: Number(formatDecimal(input.amount)) };
  const answer = await call('/payments/refund', body, input.key);
  if (!answer.Success) return { state: 'refused', why: 'not accepted' };
  return { state: 'done', refundId: readJson(name, JSON.stringify(answer.Model ?? null), refunded).TransactionId };
}

async function chargeSaved(call: Call, settings: Settings<'cloudpayments'>, charge: SavedCharge): Promise<readonly PaymentEvent[]> {
  const body = { ...orderBody(charge), Token: charge.methodId, TrInitiatorCode: 0, PaymentScheduled: 1 };
  const answer = await call('/payments/tokens/charge', body, `${charge.paymentId}-${charge.attempt}`);
  const events = known(answer.Model, settings);
  // Nobody is there to try again.
  return events.map((event) => (event.detail === 'Declined' ? { ...event, type: 'failed' } : event));
}

/** CloudPayments (developers.cloudpayments.ru). Its `Check` is answered at once, because without an answer it declines the payment. */
export function createCloudpayments(settings: Settings<'cloudpayments'>, deps: { readonly http: HttpClient }): PaymentProvider {
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
      refund: 'partial',
      refundReports: 'parts',
      recurring: settings.saveMethods ? 'saved-method' : 'none',
      partialPayments: false,
      createIdempotent: 'key',
      needsReceiptContact: false,
    },
    createInvoice: (input) => createInvoice(call, input),
    verifyWebhook: (webhook) => verify(settings, webhook),
    fetchStatus: (ref) => fetchStatus(call, settings, ref),
    cancel: async (externalId) => ((await call('/orders/cancel', { Id: externalId })).Success ? 'cancelled' : 'too-late'),
    refund: (input) => refund(call, input),
    ...(settings.saveMethods ? { chargeSaved: (charge: SavedCharge) => chargeSaved(call, settings, charge) } : {}),
    async check() {
      await call('/test', {});
    },
  };
}
