import Stripe from 'stripe';
import { z } from 'zod';
import { knownCurrencies } from '../domain/money';
import type { PaymentEvent } from '../domain/payment';
import { isShopError, ShopError } from '../errors';
import type { HttpClient } from '../http';
import type { Settings } from './blocks';
import { callMs, callProvider, failureOf } from './calls';
import { emptyAck, headerOf, jsonOf, notAuthentic, unreadable } from './proof';
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
import {
  amount,
  charge,
  event,
  eventsOf,
  idOf,
  intent,
  isLive,
  isSettled,
  refundEvent,
  session,
  sessionEvent,
  type Known,
} from './stripeWire';

const code = 'stripe';
const name = 'Stripe';
/** Where the library sends its requests; the operator's address takes its place. */
const publishedUrl = 'https://api.stripe.com';
/** Age of a signature that is still taken, in seconds (docs.stripe.com, "Verify webhook signatures"). */
const toleranceSeconds = 300;
/** A session lives 30 minutes to 24 hours from the call (docs.stripe.com, `expires_at`); ten minutes are kept for repeats and clocks that differ. */
const sessionMs = { least: 40 * 60_000, most: 23 * 3_600_000 };

type Api = <T>(work: (stripe: Stripe) => Promise<T>) => Promise<T>;

// The library's own network layer retries by itself and throws many kinds of errors: requests go through the shop's client instead, and its errors win.
function createApi(settings: Settings<'stripe'>, http: HttpClient): Api {
  return async (work) => {
    let failure: ShopError | undefined;
    const send = async (url: string, init: { method?: string; headers?: Record<string, string>; body?: string }): Promise<Response> => {
      try {
        const method = init.method === 'GET' ? 'GET' : init.method === 'DELETE' ? 'DELETE' : 'POST';
        const { 'content-length': _, ...headers } = Object.fromEntries(new Headers(init.headers).entries());
        const reply = await callProvider(http, name, {
          method,
          url: url.replace(publishedUrl, settings.apiUrl),
          headers,
          timeoutMs: callMs,
          ...(method === 'POST' ? { body: init.body ?? '' } : {}),
        });
        if (reply.status !== 200) failure = failureOf({ provider: name, reply, harmless: method === 'GET', detail: errorCode(reply.text) });
        return new Response(reply.text, { status: reply.status, headers: { 'request-id': reply.headers['request-id'] ?? 'none' } });
      } catch (error) {
        if (isShopError(error)) failure = error;
        throw error;
      }
    };
    const stripe = new Stripe(settings.secretKey, {
      // The library asks for a `fetch`; this one takes what the library gives it.
      httpClient: Stripe.createFetchHttpClient(send as unknown as typeof fetch),
      maxNetworkRetries: 0,
      telemetry: false,
    });
    try {
      const result = await work(stripe);
      if (failure !== undefined) throw failure;
      return result;
    } catch (error) {
      if (failure !== undefined) throw failure;
      if (isShopError(error)) throw error;
      throw new ShopError('ProviderContract', { message: `${name} answered something it does not document`, cause: error });
    }
  };
}

function errorCode(text: string): string | undefined {
  const parsed = z.object({ error: z.object({ code: z.string().regex(/^\w{1,64}$/) }) }).safeParse(jsonOf(Buffer.from(text)));
  return parsed.success ? parsed.data.error.code : undefined;
}

function verify(settings: Settings<'stripe'>, webhook: RawWebhook): WebhookResult {
  const header = headerOf(webhook, 'stripe-signature');
  if (header === undefined || header !== header.trim()) return notAuthentic;
  try {
    Stripe.webhooks.constructEvent(webhook.body, header, settings.webhookSecret, toleranceSeconds, undefined, webhook.receivedAt.getTime());
  } catch (error) {
    return error instanceof SyntaxError ? unreadable('no JSON') : notAuthentic;
  }
  const parsed = event.safeParse(jsonOf(webhook.body));
  if (!parsed.success) return unreadable('no event');
  try {
    const object = parsed.data.data.object;
    const withMode = typeof object === 'object' && object !== null ? { livemode: parsed.data.livemode ?? true, ...object } : object;
    const events = eventsOf(parsed.data.type, withMode, settings.mode);
    if (events === undefined) return { kind: 'ignored', why: 'a kind of event the shop does not use', ack: emptyAck(200) };
    return { kind: 'events', events, ack: emptyAck(200) };
  } catch {
    return unreadable('an object that is not as documented');
  }
}

async function createInvoice(
  api: Api,
  settings: Settings<'stripe'>,
  input: CreateInvoiceInput,
): ReturnType<PaymentProvider['createInvoice']> {
  // Stripe takes its key again only with the same request, so nothing in it may depend on when the call is repeated.
  const wanted = input.expiresAt.getTime() - input.madeAt.getTime();
  const ends = input.madeAt.getTime() + Math.min(sessionMs.most, Math.max(sessionMs.least, wanted));
  const reference = { payment_id: input.paymentId };
  const save = settings.saveMethods && input.saveMethod;
  const made = await api((stripe) =>
    stripe.checkout.sessions.create(
      {
        mode: 'payment',
        line_items: [
          {
            quantity: 1,
            price_data: {
              currency: input.price.currency.toLowerCase(),
              unit_amount: input.price.minor,
              product_data: { name: input.description },
            },
          },
        ],
        success_url: input.returnUrl,
        cancel_url: input.returnUrl,
        client_reference_id: input.paymentId,
        metadata: reference,
        payment_intent_data: { metadata: reference, ...(save ? { setup_future_usage: 'off_session' as const } : {}) },
        ...(save ? { customer_creation: 'always' as const } : {}),
        ...(input.email === undefined ? {} : { customer_email: input.email }),
        expires_at: Math.floor(ends / 1_000),
      },
      { idempotencyKey: `${input.paymentId}-${input.attempt}` },
    ),
  );
  if (typeof made.url !== 'string') throw new ShopError('ProviderContract', { message: `${name} gave no page to pay at` });
  return { externalId: made.id, payUrl: made.url, asked: input.price };
}

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ShopError('ProviderContract', {
    message: `${name} answered an object whose field "${parsed.error.issues[0]?.path.join('.') ?? ''}" is not as documented`,
  });
}

async function fetchStatus(api: Api, mode: Known['mode'], ref: PaymentRef): Promise<readonly PaymentEvent[]> {
  const { externalId } = ref;
  if (externalId === undefined) return [];
  const found = read(
    session,
    await api((stripe) => stripe.checkout.sessions.retrieve(externalId, { expand: ['payment_intent.latest_charge'] })),
  );
  const told = sessionEvent(found, mode, undefined);
  const paid = intent.safeParse(found.payment_intent);
  if (told.type !== 'paid' || !paid.success) return [told];
  const last = charge.safeParse(paid.data.latest_charge);
  const refunds = last.success && last.data.amount_refunded > 0 ? [refundEvent(last.data, mode)] : [];
  const customer = idOf(found.customer);
  const method = idOf(paid.data.payment_method);
  if (customer === undefined || method === undefined) return [told, ...refunds];
  const saved: PaymentEvent = {
    ...told,
    type: 'method_saved',
    dedupeKey: `saved:${found.id}`,
    savedMethod: { id: `${customer}:${method}`, title: 'Card' },
  };
  return [told, saved, ...refunds];
}

async function chargeSaved(api: Api, mode: Known['mode'], input: SavedCharge): Promise<readonly PaymentEvent[]> {
  const [customer = '', method = ''] = input.methodId.split(':');
  const made = read(
    intent,
    await api((stripe) =>
      stripe.paymentIntents.create(
        {
          amount: input.price.minor,
          currency: input.price.currency.toLowerCase(),
          customer,
          payment_method: method,
          off_session: true,
          confirm: true,
          description: input.description,
          metadata: { payment_id: input.paymentId },
        },
        { idempotencyKey: `${input.paymentId}-${input.attempt}` },
      ),
    ).catch((error: unknown) => {
      // HTTP 402: the bank said no; that is an answer, not a failure of the call.
      if (isShopError(error, 'ProviderRejected') && error.message.includes('402'))
        return { id: input.paymentId, status: 'canceled', amount: 0, currency: input.price.currency };
      throw error;
    }),
  );
  const paid = made.status === 'succeeded';
  const common = {
    provider: code,
    trusted: true,
    ref: { paymentId: input.paymentId },
    live: isLive({ live: made.livemode, mode }),
    detail: made.status,
  };
  const type = paid ? 'paid' : made.status === 'processing' ? 'pending' : 'failed';
  const arrived = paid ? { chargeId: made.id, received: amount(made.amount, made.currency) } : {};
  return [{ ...common, ...arrived, type, dedupeKey: `${type}:${made.id}` }];
}

async function refund(api: Api, input: RefundInput): Promise<RefundResult> {
  const made = await api((stripe) =>
    stripe.refunds.create({ payment_intent: input.chargeId, amount: input.amount.minor }, { idempotencyKey: input.key }),
  );
  return refundResult(made.id, made.status);
}

function refundResult(id: string, status: string | null): RefundResult {
  if (status === 'succeeded') return { state: 'done', refundId: id };
  return status === 'pending' || status === 'requires_action'
    ? { state: 'pending', refundId: id }
    : { state: 'refused', why: status ?? 'failed' };
}

/** Stripe Checkout (docs.stripe.com), by its own library for requests and signatures. */
export function createStripe(settings: Settings<'stripe'>, deps: { readonly http: HttpClient }): PaymentProvider {
  const api = createApi(settings, deps.http);
  return {
    code,
    capabilities: {
      currencies: knownCurrencies.filter((currency) => !['XTR', 'USDT', 'TON', 'BTC'].includes(currency)),
      choices: [],
      webhookProof: 'signature',
      poll: true,
      cancelOpen: true,
      expiry: 'ours',
      refund: 'partial',
      refundReports: 'total',
      recurring: settings.saveMethods ? 'saved-method' : 'none',
      partialPayments: false,
      createIdempotent: 'key',
      needsReceiptContact: false,
    },
    createInvoice: (input) => createInvoice(api, settings, input),
    verifyWebhook: (webhook) => verify(settings, webhook),
    fetchStatus: (ref) => fetchStatus(api, settings.mode, ref),
    async listSince(since, cursor) {
      const created = { gte: Math.floor(since.getTime() / 1_000) };
      const page = await api((stripe) =>
        stripe.checkout.sessions.list({ created, limit: 100, ...(cursor === undefined ? {} : { starting_after: cursor }) }),
      );
      const sessions = page.data.map((entry) => read(session, entry));
      const paid = sessions.filter(isSettled);
      return {
        events: paid.map((entry) => sessionEvent(entry, settings.mode, undefined)),
        cursor: page.has_more ? sessions.at(-1)?.id : undefined,
      };
    },
    async cancel(externalId) {
      try {
        await api((stripe) => stripe.checkout.sessions.expire(externalId));
        return 'cancelled';
      } catch (error) {
        if (isShopError(error, 'ProviderRejected')) return 'too-late';
        throw error;
      }
    },
    refund: (input) => refund(api, input),
    refundStatus: async (refundId) => refundResult(refundId, (await api((stripe) => stripe.refunds.retrieve(refundId))).status),
    ...(settings.saveMethods ? { chargeSaved: (input: SavedCharge) => chargeSaved(api, settings.mode, input) } : {}),
    async check() {
      await api((stripe) => stripe.balance.retrieve());
    },
  };
}
