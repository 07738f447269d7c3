import { z } from 'zod';
import { money, type Money } from '../domain/money';
import type { PaymentEvent, PaymentEventType } from '../domain/payment';
import type { Settings } from './blocks';
import { meaningOf, referenceOf } from './proof';

const code = 'stripe';

const metadata = z.record(z.string(), z.string()).nullish();
const idOrObject = z.union([z.string(), z.looseObject({ id: z.string() })]).nullish();

/** Objects of the Stripe API, the fields the shop uses. */
export const session = z.object({
  id: z.string(),
  client_reference_id: z.string().nullish(),
  metadata,
  status: z.string().nullish(),
  payment_status: z.string(),
  amount_total: z.int().nullish(),
  currency: z.string().nullish(),
  payment_intent: idOrObject,
  customer: idOrObject,
  url: z.string().nullish(),
  livemode: z.boolean().default(true),
});
export const charge = z.object({
  id: z.string(),
  amount: z.int(),
  amount_refunded: z.int(),
  currency: z.string(),
  payment_intent: idOrObject,
  metadata,
  livemode: z.boolean().default(true),
});
const dispute = z.object({ id: z.string(), payment_intent: idOrObject, status: z.string(), livemode: z.boolean().default(true), metadata });
export const intent = z.looseObject({
  id: z.string(),
  status: z.string(),
  amount: z.int(),
  currency: z.string(),
  metadata,
  payment_method: idOrObject,
  latest_charge: z.union([z.string(), charge]).nullish(),
  livemode: z.boolean().default(true),
});
export const event = z.object({
  id: z.string(),
  type: z.string(),
  livemode: z.boolean().optional(),
  data: z.object({ object: z.unknown() }),
});

export type Session = z.infer<typeof session>;

/** The id of an object that may have been expanded. */
export function idOf(value: z.infer<typeof idOrObject>): string | undefined {
  return typeof value === 'string' ? value : value?.id;
}

/** Minor units of a currency, which Stripe writes in small letters. */
export function amount(minor: number, currency: string): Money {
  return money(minor, currency.toUpperCase());
}

/** Whether an object is of real money, and what the shop takes. */
export interface Known {
  readonly live: boolean;
  readonly mode: Settings<'stripe'>['mode'];
}

/** Whether money counts: real money, or money of a test on a test shop. */
export function isLive({ live, mode }: Known): boolean {
  return live || mode === 'test';
}

const words: Readonly<Record<string, PaymentEventType>> = { open: 'pending', complete: 'pending', expired: 'expired' };

function totalOf(found: Session): Money | undefined {
  return found.amount_total == null || found.currency == null ? undefined : amount(found.amount_total, found.currency);
}

function sumsOf(found: Session, kind: PaymentEventType, total: Money): Pick<PaymentEvent, 'asked' | 'chargeId' | 'received'> {
  if (kind !== 'paid') return { asked: total };
  return { asked: total, chargeId: idOf(found.payment_intent) ?? found.id, received: total };
}

/** Words for money that is with the shop (docs.stripe.com, `payment_status`); a word that is not known is no money. */
const paidWords: ReadonlySet<string> = new Set(['paid', 'no_payment_required']);

/** Whether a session was paid. */
export function isSettled(found: Session): boolean {
  return paidWords.has(found.payment_status);
}

/** What a session says; `type` where the kind of event says more than the session. */
export function sessionEvent(found: Session, mode: Known['mode'], type: PaymentEventType | undefined): PaymentEvent {
  const isPaid = isSettled(found);
  const status = found.status ?? 'open';
  const kind = type ?? (isPaid ? 'paid' : (meaningOf(words, status) ?? 'pending'));
  const total = totalOf(found);
  const sums = total === undefined ? {} : sumsOf(found, kind, total);
  const isStrange = !isPaid && (meaningOf(words, status) === undefined || found.payment_status !== 'unpaid');
  return {
    provider: code,
    type: kind,
    trusted: true,
    dedupeKey: `${kind}:${found.id}`,
    ref: { externalId: found.id, ...referenceOf(found.client_reference_id ?? found.metadata?.['payment_id']) },
    ...sums,
    live: isLive({ live: found.livemode, mode }),
    detail: status,
    ...(isStrange ? { alarm: 'unknown_word' as const } : {}),
  };
}

/** What a charge says about money that went back. */
export function refundEvent(found: z.infer<typeof charge>, mode: Known['mode']): PaymentEvent {
  const chargeId = idOf(found.payment_intent) ?? found.id;
  return {
    provider: code,
    type: 'refunded',
    trusted: true,
    dedupeKey: `refunded:${chargeId}:${found.amount_refunded}`,
    ref: referenceOf(found.metadata?.['payment_id']),
    chargeId,
    refundedTotal: amount(found.amount_refunded, found.currency),
    live: isLive({ live: found.livemode, mode }),
  };
}

const disputeEnds: Readonly<Record<string, PaymentEventType>> = { won: 'dispute_won', lost: 'dispute_lost', warning_closed: 'dispute_won' };

function disputeEvent(found: z.infer<typeof dispute>, mode: Known['mode'], closed: boolean): PaymentEvent {
  const type = closed ? (meaningOf(disputeEnds, found.status) ?? 'pending') : 'dispute_opened';
  const chargeId = idOf(found.payment_intent);
  return {
    provider: code,
    type,
    trusted: true,
    dedupeKey: `${type}:${found.id}`,
    ref: referenceOf(found.metadata?.['payment_id']),
    ...(chargeId === undefined ? {} : { chargeId }),
    live: isLive({ live: found.livemode, mode }),
    detail: found.status.slice(0, 32),
  };
}

const sessionTypes: Readonly<Record<string, PaymentEventType | undefined>> = {
  'checkout.session.completed': undefined,
  'checkout.session.async_payment_succeeded': 'paid',
  'checkout.session.async_payment_failed': 'failed',
  'checkout.session.expired': 'expired',
};

/** What an event says; undefined for a kind the shop does not use. Throws when its object is not as documented. */
export function eventsOf(type: string, object: unknown, mode: Known['mode']): readonly PaymentEvent[] | undefined {
  if (Object.hasOwn(sessionTypes, type)) {
    const found = session.parse(object);
    const told = sessionEvent(found, mode, sessionTypes[type]);
    // Which card it was, and whether it was kept, only an answer says.
    const ask: PaymentEvent = { provider: code, type: 'wake_up', trusted: false, dedupeKey: `ask:${found.id}`, ref: told.ref, live: true };
    return told.type === 'paid' && idOf(found.customer) !== undefined ? [told, ask] : [told];
  }
  if (type === 'charge.refunded') return [refundEvent(charge.parse(object), mode)];
  if (type === 'charge.dispute.created') return [disputeEvent(dispute.parse(object), mode, false)];
  if (type === 'charge.dispute.closed') return [disputeEvent(dispute.parse(object), mode, true)];
  return undefined;
}
