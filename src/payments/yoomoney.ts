import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { formatDecimal, parseDecimal, type Money } from '../domain/money';
import type { PaymentEvent } from '../domain/payment';
import type { HttpClient } from '../http';
import type { Settings } from './blocks';
import { emptyAck, isSame, notAuthentic, referenceOf, unreadable } from './proof';
import type { CreateInvoiceInput, CreatedInvoice, PaymentProvider, RawWebhook, WebhookResult } from './provider';

const code = 'yoomoney';
/** ISO 4217 number of the rouble, the only one a wallet takes. */
const rouble = '643';
/** A notice has a dozen fields; more are not worth sorting for whoever sent them. */
const mostFields = 64;

/** Notification of the wallet (yoomoney.ru/docs, "HTTP notifications"), the fields the shop uses. */
const notification = z.object({
  operation_id: z.string().regex(/^[\w-]{1,64}$/),
  amount: z.string(),
  withdraw_amount: z.string().optional(),
  notification_type: z.enum(['p2p-incoming', 'card-incoming']),
  currency: z.string(),
  codepro: z.string(),
  unaccepted: z.string().default('false'),
  label: z.string().default(''),
  datetime: z.string().optional(),
  test_notification: z.string().optional(),
});
type Notification = z.infer<typeof notification>;

/** Percent-encoding of RFC 3986, 2.3: only letters, digits and `-._~` stay. */
function encode(value: string): string {
  return encodeURIComponent(value).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Every field but `sign`, sorted by name, as `name=value` joined by `&`; empty ones stay (yoomoney.ru/docs, "Notification signature", since 18 May 2026). */
function canonical(fields: URLSearchParams): string {
  const entries = [...fields.entries()].filter(([name]) => name !== 'sign');
  return entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${encode(value)}`)
    .join('&');
}

function hasDoubles(fields: URLSearchParams): boolean {
  return new Set(fields.keys()).size !== [...fields.keys()].length;
}

// The wallet gets less than the payer was charged. Where the notice does not say what that was, it follows from the published fees.
function chargedOf(found: Notification): Money {
  if (found.withdraw_amount !== undefined && found.withdraw_amount !== '') return parseDecimal(found.withdraw_amount, 'RUB');
  const net = parseDecimal(found.amount, 'RUB').minor;
  const gross = found.notification_type === 'card-incoming' ? net / 0.97 : net * 1.01;
  return { minor: Math.floor(gross + 1), currency: 'RUB' };
}

function eventOf(found: Notification): PaymentEvent {
  const held = found.codepro !== 'false' || found.unaccepted !== 'false';
  const common = { provider: code, trusted: true, ref: referenceOf(found.label), live: true };
  if (held) return { ...common, type: 'pending', dedupeKey: `held:${found.operation_id}`, detail: 'unaccepted', alarm: 'held' };
  return { ...common, type: 'paid', dedupeKey: found.operation_id, chargeId: found.operation_id, received: chargedOf(found) };
}

function verify(settings: Settings<'yoomoney'>, webhook: RawWebhook): WebhookResult {
  const fields = new URLSearchParams(webhook.body.toString('utf8'));
  if (fields.size > mostFields) return notAuthentic;
  const expected = createHmac('sha256', settings.secret).update(canonical(fields)).digest('hex');
  if (hasDoubles(fields) || !isSame(fields.get('sign') ?? undefined, expected)) return notAuthentic;
  const parsed = notification.safeParse(Object.fromEntries(fields));
  if (!parsed.success) return unreadable('no notification');
  if (parsed.data.test_notification === 'true') return { kind: 'ignored', why: 'a test of the address', ack: emptyAck(200) };
  if (parsed.data.currency !== rouble) return unreadable('another currency than roubles');
  try {
    return { kind: 'events', events: [eventOf(parsed.data)], ack: emptyAck(200) };
  } catch {
    return unreadable('an amount that is no decimal');
  }
}

function invoiceFor(settings: Settings<'yoomoney'>, input: CreateInvoiceInput): CreatedInvoice {
  const query = new URLSearchParams({
    receiver: settings.wallet,
    'quickpay-form': 'button',
    paymentType: settings.paymentType,
    sum: formatDecimal(input.price),
    label: input.paymentId,
    successURL: input.returnUrl,
  });
  return { payUrl: `${settings.formUrl}?${query.toString()}`, asked: input.price };
}

/** A personal YooMoney wallet: a form without an API, and signed notices. The payer can change the sum, so what came is what counts. */
export function createYoomoney(settings: Settings<'yoomoney'>, _deps: { readonly http: HttpClient }): PaymentProvider {
  return {
    code,
    capabilities: {
      currencies: ['RUB'],
      choices: [],
      webhookProof: 'signature',
      poll: false,
      cancelOpen: false,
      expiry: 'ours',
      refund: 'manual',
      refundReports: 'none',
      recurring: 'none',
      partialPayments: true,
      createIdempotent: 'reference',
      needsReceiptContact: false,
    },
    createInvoice: (input) => Promise.resolve(invoiceFor(settings, input)),
    verifyWebhook: (webhook) => verify(settings, webhook),
    // A wallet answers no questions without its owner's own login.
    fetchStatus: () => Promise.resolve([]),
    check: () => Promise.resolve(),
  };
}
