import type { Money } from './money';

/** Where one attempt to pay an order stands. */
export type PaymentState =
  | 'created'
  | 'pending'
  | 'underpaid'
  | 'underpaid_closed'
  | 'paid'
  | 'paid_late'
  | 'partially_refunded'
  | 'refunded'
  | 'disputed'
  | 'expired'
  | 'cancelled'
  | 'failed';

/** What a provider can say about a payment, in the shop's words. */
export type PaymentEventType =
  | 'pending'
  | 'paid'
  | 'underpaid'
  | 'expired'
  | 'cancelled'
  | 'failed'
  | 'refunded'
  | 'dispute_opened'
  | 'dispute_won'
  | 'dispute_lost'
  | 'renewed'
  | 'subscription_state'
  | 'method_saved'
  | 'wake_up';

/** A provider's message, normalised. Only a trusted one may change anything; an untrusted one makes the shop ask the provider. */
export interface PaymentEvent {
  readonly provider: string;
  /** Same message, same key: at most one row per provider and key. */
  readonly dedupeKey: string;
  readonly type: PaymentEventType;
  readonly trusted: boolean;
  readonly ref: { readonly paymentId?: string; readonly externalId?: string };
  /** The provider's id of the money that arrived, for `paid`. */
  readonly chargeId?: string;
  /** What the provider says was asked; another amount than the shop asked is no payment of it. */
  readonly asked?: Money;
  /** Money of this charge. */
  readonly received?: Money;
  /** Everything that arrived so far, from a provider that counts and does not list. */
  readonly receivedTotal?: Money;
  /** What one refund gave back, with the provider's id of it. */
  readonly refunded?: Money;
  readonly refundId?: string;
  /** Everything given back so far, from a provider that counts and does not list. */
  readonly refundedTotal?: Money;
  readonly payerTelegramId?: number;
  /** A way of paying that may be used again, for `method_saved`. `renewsItself`: the provider charges again by itself. */
  readonly savedMethod?: { readonly id: string; readonly title: string; readonly renewsItself?: boolean };
  /** End of the period this charge is for, where the provider charges again by itself. */
  readonly periodEnd?: string;
  /** Whether the provider goes on charging, for `subscription_state`. */
  readonly goesOn?: boolean;
  readonly occurredAt?: string;
  /** False for a provider's test money where the shop takes real money: it changes nothing. */
  readonly live: boolean;
  /** Status word or reason as the provider gave it, for operators; no personal data. */
  readonly detail?: string;
  /** The operators have to hear of it: a status word the shop does not know, or money that the provider holds back. */
  readonly alarm?: 'unknown_word' | 'held';
}

const longestText = 300;

// Control characters and halves of pairs are in no id or word of a provider, and Postgres cannot keep them.
function isPlain(text: string | undefined): boolean {
  return text === undefined || (text.length <= longestText && !/[\p{Cc}\p{Cs}]/u.test(text));
}

function isSum(amount: Money | undefined): boolean {
  return amount === undefined || (Number.isSafeInteger(amount.minor) && amount.minor >= 0);
}

/** Whether an event can be kept: its texts are short and plain, its sums whole and not negative. */
export function isStorable(event: PaymentEvent): boolean {
  const { ref, savedMethod } = event;
  const texts = [event.dedupeKey, event.chargeId, event.refundId, event.detail, ref.paymentId, ref.externalId];
  const sums = [event.asked, event.received, event.receivedTotal, event.refunded, event.refundedTotal];
  return [...texts, savedMethod?.id, savedMethod?.title].every(isPlain) && sums.every(isSum);
}

/** Payment states in which money of the buyer is with the shop. */
export function isPaid(state: PaymentState): boolean {
  return state === 'paid' || state === 'paid_late' || state === 'partially_refunded' || state === 'disputed';
}

/** Payment states in which the provider is still asked by schedule. */
export function isAwaited(state: PaymentState): boolean {
  return state === 'created' || state === 'pending' || state === 'underpaid';
}
