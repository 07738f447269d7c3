import { z } from 'zod';
import type { PaymentEvent } from '../domain/payment';
import { ShopError } from '../errors';
import type { HttpClient } from '../http';
import type { Settings } from './blocks';
import { callMs, callProvider, failureOf } from './calls';
import { emptyAck, jsonOf, referenceOf } from './proof';
import type { CreateInvoiceInput, PaymentProvider, RefundInput, RefundResult } from './provider';

const code = 'stars';
const pageSize = 100;

export interface StarsDeps {
  readonly http: HttpClient;
  readonly apiRoot: string;
  readonly token: string;
}

const answer = z.object({
  ok: z.boolean(),
  result: z.unknown().optional(),
  error_code: z.number().optional(),
  description: z.string().optional(),
  parameters: z.object({ retry_after: z.number().optional() }).optional(),
});

const party = z.object({
  type: z.string(),
  invoice_payload: z.string().optional(),
  user: z.object({ id: z.number() }).optional(),
  subscription_period: z.int().positive().optional(),
});

/** Object StarTransaction of the Bot API; a refund has the id of its payment and a receiver. */
const starTransactions = z.object({
  transactions: z.array(z.object({ id: z.string(), amount: z.int(), date: z.int(), source: party.optional(), receiver: party.optional() })),
});
type StarTransaction = z.infer<typeof starTransactions>['transactions'][number];

const moneyMessage = z.object({
  currency: z.literal('XTR'),
  total_amount: z.int().positive(),
  invoice_payload: z.string().min(1).max(128),
  telegram_payment_charge_id: z.string().min(1),
  subscription_expiration_date: z.int().positive().optional(),
  is_recurring: z.boolean().optional(),
  is_first_recurring: z.boolean().optional(),
});

/** Update `subscription` of the Bot API after 10.1: what became of a Stars subscription. */
const subscriptionUpdate = z.object({
  update_id: z.number(),
  subscription: z.object({
    user: z.object({ id: z.number() }),
    invoice_payload: z.string().min(1).max(128),
    state: z.string(),
  }),
});

/** Seconds of the only period Telegram offers (Bot API, createInvoiceLink). */
const subscriptionSeconds = 2_592_000;
const savedTitle = 'Telegram Stars';

const paymentUpdate = z.object({
  message: z.object({
    from: z.object({ id: z.number() }).optional(),
    chat: z.object({ id: z.number() }),
    successful_payment: moneyMessage.optional(),
    refunded_payment: moneyMessage.optional(),
  }),
});

interface Charge {
  readonly id: string;
  readonly stars: number;
  readonly payload: string;
  readonly payer: number | undefined;
  /** Unix seconds until which a subscription is paid. */
  readonly paidUntil?: number | undefined;
  readonly isRenewal?: boolean;
}

function paidEvent(charge: Charge): PaymentEvent {
  return {
    provider: code,
    type: charge.isRenewal === true ? 'renewed' : 'paid',
    trusted: true,
    dedupeKey: `charge:${charge.id}`,
    ref: referenceOf(charge.payload),
    chargeId: charge.id,
    received: { minor: charge.stars, currency: 'XTR' },
    ...(charge.payer === undefined ? {} : { payerTelegramId: charge.payer }),
    ...(charge.paidUntil === undefined ? {} : { periodEnd: new Date(charge.paidUntil * 1_000).toISOString() }),
    live: true,
  };
}

function savedEvent(charge: Charge): PaymentEvent {
  const { periodEnd } = paidEvent(charge);
  return {
    provider: code,
    type: 'method_saved',
    trusted: true,
    dedupeKey: `saved:${charge.id}`,
    ref: referenceOf(charge.payload),
    savedMethod: { id: charge.id, title: savedTitle, renewsItself: true },
    ...(periodEnd === undefined ? {} : { periodEnd }),
    live: true,
  };
}

function stateEvents(update: unknown): readonly PaymentEvent[] {
  const parsed = subscriptionUpdate.safeParse(update);
  if (!parsed.success) return [];
  const { state, invoice_payload: payload } = parsed.data.subscription;
  const known = ['active', 'canceled', 'failed'].includes(state);
  return [
    {
      provider: code,
      type: 'subscription_state',
      trusted: true,
      dedupeKey: `subscription:${payload}:${parsed.data.update_id}`,
      ref: referenceOf(payload),
      detail: state,
      ...(known ? { goesOn: state === 'active' } : { alarm: 'unknown_word' as const }),
      live: true,
    },
  ];
}

function refundedEvent(charge: { id: string; stars: number; payload: string }): PaymentEvent {
  return {
    provider: code,
    type: 'refunded',
    trusted: true,
    dedupeKey: `refunded:${charge.id}`,
    ref: referenceOf(charge.payload),
    chargeId: charge.id,
    refundId: charge.id,
    refunded: { minor: charge.stars, currency: 'XTR' },
    live: true,
  };
}

function eventsOfPayment(paid: z.infer<typeof moneyMessage>, payer: number): readonly PaymentEvent[] {
  const charge: Charge = {
    id: paid.telegram_payment_charge_id,
    stars: paid.total_amount,
    payload: paid.invoice_payload,
    payer,
    paidUntil: paid.subscription_expiration_date,
    isRenewal: paid.is_recurring === true && paid.is_first_recurring !== true,
  };
  return paid.is_first_recurring === true ? [paidEvent(charge), savedEvent(charge)] : [paidEvent(charge)];
}

/** Payment events in a Telegram update (Bot API, SuccessfulPayment, RefundedPayment and `subscription`); empty when it has none. */
export function eventsFromUpdate(update: unknown): readonly PaymentEvent[] {
  const parsed = paymentUpdate.safeParse(update);
  if (!parsed.success) return stateEvents(update);
  const { message } = parsed.data;
  const { successful_payment: paid, refunded_payment: refunded } = message;
  return [
    ...(paid === undefined ? [] : eventsOfPayment(paid, message.from?.id ?? message.chat.id)),
    ...(refunded === undefined
      ? []
      : [refundedEvent({ id: refunded.telegram_payment_charge_id, stars: refunded.total_amount, payload: refunded.invoice_payload })]),
  ];
}

// The list does not say which charge of a subscription was the first: the fold takes the earliest for it.
function eventOf(transaction: StarTransaction): PaymentEvent | undefined {
  const { id, amount: stars, source, receiver, date } = transaction;
  if (source?.type === 'user' && source.invoice_payload !== undefined) {
    const period = source.subscription_period;
    const again = period === undefined ? {} : { isRenewal: true, paidUntil: date + period };
    return paidEvent({ id, stars, payload: source.invoice_payload, payer: source.user?.id, ...again });
  }
  if (receiver?.type === 'user' && receiver.invoice_payload !== undefined)
    return refundedEvent({ id, stars, payload: receiver.invoice_payload });
  return undefined;
}

type Call = (method: string, parameters: object) => Promise<unknown>;

function createCall(deps: StarsDeps): Call {
  return async (method, parameters) => {
    const reply = await callProvider(deps.http, 'Telegram', {
      method: 'POST',
      url: `${deps.apiRoot}/bot${deps.token}/${method}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(parameters),
      timeoutMs: callMs,
    });
    const parsed = answer.safeParse(jsonOf(Buffer.from(reply.text)));
    if (parsed.success) {
      if (parsed.data.ok) return parsed.data.result;
      throw failFor(method, parsed.data);
    }
    if (reply.status !== 200) throw failureOf({ provider: 'Telegram', reply, harmless: method.startsWith('get') });
    throw new ShopError('ProviderContract', { message: `Telegram answered ${method} with something it does not document` });
  };
}

function failFor(method: string, failure: z.infer<typeof answer>): ShopError {
  const message = `Telegram refused ${method} (${failure.error_code ?? 'no code'})`;
  if (failure.error_code === 429) {
    return new ShopError('ProviderUnavailable', { message, retryAfterMs: (failure.parameters?.retry_after ?? 1) * 1_000 });
  }
  if (failure.error_code === 401) return new ShopError('ProviderMisconfigured', { message: 'Telegram refused the bot token' });
  if ((failure.error_code ?? 500) >= 500) return new ShopError('ProviderUnknownOutcome', { message });
  return new ShopError('ProviderRejected', {
    message: `${message}${/CHARGE_ALREADY_REFUNDED/.test(failure.description ?? '') ? ' CHARGE_ALREADY_REFUNDED' : ''}`,
  });
}

async function createInvoice(call: Call, input: CreateInvoiceInput): ReturnType<PaymentProvider['createInvoice']> {
  const title = input.description.slice(0, 32);
  const link = z.url().safeParse(
    await call('createInvoiceLink', {
      title,
      description: input.description.slice(0, 255),
      payload: input.paymentId,
      provider_token: '',
      currency: 'XTR',
      prices: [{ label: title, amount: input.price.minor }],
      ...(input.saveMethod ? { subscription_period: subscriptionSeconds } : {}),
    }),
  );
  if (!link.success) throw new ShopError('ProviderContract', { message: 'Telegram gave no invoice link' });
  return { payUrl: link.data, asked: input.price };
}

async function transactionsAt(call: Call, offset: number): Promise<readonly StarTransaction[]> {
  const parsed = starTransactions.safeParse(await call('getStarTransactions', { offset, limit: pageSize }));
  if (!parsed.success) throw new ShopError('ProviderContract', { message: 'Telegram gave a list of transactions that cannot be read' });
  return parsed.data.transactions;
}

async function cancelSubscription(call: Call, agreement: { methodId: string; payerTelegramId: number | undefined }): Promise<void> {
  if (agreement.payerTelegramId === undefined)
    throw new ShopError('ProviderRejected', { message: 'the payer of a Stars subscription is not known' });
  await call('editUserStarSubscription', {
    user_id: agreement.payerTelegramId,
    telegram_payment_charge_id: agreement.methodId,
    is_canceled: true,
  });
}

async function refund(call: Call, input: RefundInput): Promise<RefundResult> {
  if (input.payerTelegramId === undefined) return { state: 'refused', why: 'the payer is not known' };
  try {
    await call('refundStarPayment', { user_id: input.payerTelegramId, telegram_payment_charge_id: input.chargeId });
  } catch (error) {
    const again = error instanceof ShopError && error.message.endsWith('CHARGE_ALREADY_REFUNDED');
    if (!again) throw error;
  }
  return { state: 'done', refundId: input.chargeId };
}

/** Telegram Stars (Bot API, "Payments"). The proof of a payment is an update, so webhooks of its own it has none. */
export function createStars(settings: Settings<'stars'>, deps: StarsDeps): PaymentProvider {
  const call = createCall(deps);
  return {
    code,
    capabilities: {
      currencies: ['XTR'],
      choices: [],
      webhookProof: 'none',
      poll: false,
      cancelOpen: false,
      expiry: 'ours',
      refund: 'full',
      // One charge goes back whole or not at all, so its id is the refund's too.
      refundReports: 'parts',
      recurring: 'provider-managed',
      partialPayments: false,
      createIdempotent: 'none',
      needsReceiptContact: false,
    },
    ...(settings.rubPerStar === undefined ? {} : { rate: { unitPrice: settings.rubPerStar, source: 'shop.yaml' } }),
    createInvoice: (input) => createInvoice(call, input),
    verifyWebhook: () => ({ kind: 'rejected', why: 'auth', ack: emptyAck(404) }),
    // Stars are found by the list alone: Telegram has no question about one payment.
    fetchStatus: () => Promise.resolve([]),
    async listSince(since, cursor) {
      const offset = cursor === undefined ? 0 : Number(cursor);
      const transactions = await transactionsAt(call, offset);
      const recent = transactions.filter((transaction) => transaction.date * 1_000 >= since.getTime());
      const events = recent.flatMap((transaction) => eventOf(transaction) ?? []);
      return { events, cursor: transactions.length < pageSize ? undefined : String(offset + pageSize) };
    },
    refund: (input) => refund(call, input),
    cancelSubscription: (agreement) => cancelSubscription(call, agreement),
    async check() {
      await call('getMyStarBalance', {});
    },
  };
}
