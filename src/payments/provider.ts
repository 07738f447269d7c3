import type { Instructions } from '../domain/instructions';
import type { Language } from '../domain/language';
import type { Money } from '../domain/money';
import type { PaymentEvent } from '../domain/payment';

/** What a provider can and cannot do. */
export interface Capabilities {
  /** Currencies it takes; the first is the one to convert to when the shop's is none of them. */
  readonly currencies: readonly string[];
  /** Further ways to pay that it offers as buttons of their own, such as `sbp`. */
  readonly choices: readonly string[];
  readonly webhookProof: 'signature' | 'secret-header' | 'refetch-only' | 'none';
  readonly poll: boolean;
  readonly cancelOpen: boolean;
  readonly expiry: 'ours' | 'provider' | 'both';
  readonly refund: 'none' | 'manual' | 'full' | 'partial';
  /** How the provider tells of refunds: their sum, each with its id, or not at all. */
  readonly refundReports: 'total' | 'parts' | 'none';
  readonly recurring: 'none' | 'saved-method' | 'provider-managed';
  readonly partialPayments: boolean;
  readonly createIdempotent: 'key' | 'reference' | 'none';
  readonly needsReceiptContact: boolean;
  /** Ends the time to pay at this instead of the shop's own, in milliseconds. */
  readonly deadlineMs?: number;
  /** Money is sent from person to person and found by its amount: the places it can go to, and how an operator decides. */
  readonly transfer?: { readonly places: readonly string[]; readonly decisionMs: number; readonly proofRequired: boolean };
}

export interface CreateInvoiceInput {
  /** The shop's own id, `[A-Za-z0-9_-]`, at most 32 characters. */
  readonly paymentId: string;
  readonly attempt: number;
  readonly price: Money;
  /** At most 128 characters, shown to the payer. */
  readonly description: string;
  readonly language: Language;
  readonly userId: number;
  /** Where a receipt goes, as the buyer gave it. */
  readonly email: string | undefined;
  /** One of the provider's choices. */
  readonly choice: string | undefined;
  /** The buyer agreed that the way of paying is kept for renewals. */
  readonly saveMethod: boolean;
  readonly expiresAt: Date;
  /** When the attempt was written: the same at every repeat, which `now` is not. */
  readonly madeAt: Date;
  readonly returnUrl: string;
  /** The shop's own address for this provider's webhooks. */
  readonly webhookUrl: string;
  /** An earlier call for this payment may have been carried out: look it up where no key makes a repeat safe. */
  readonly repeated: boolean;
  readonly now: Date;
}

export interface CreatedInvoice {
  readonly externalId?: string;
  /** A page to pay at; at least one of page and instructions is there. */
  readonly payUrl?: string;
  readonly instructions?: Instructions;
  /** What the payer is asked for, in the provider's currency. */
  readonly asked: Money;
  /** The provider's own end of the time to pay, where it sets one. */
  readonly expiresAt?: Date;
}

/** One HTTP request as it came in, body untouched. */
export interface RawWebhook {
  readonly method: string;
  readonly slot: string | undefined;
  readonly query: string;
  /** Lower-case names, every value in the order it came. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
  readonly body: Buffer;
  /** Address of the sender after trusted proxies were stepped over. */
  readonly remoteIp: string;
  readonly receivedAt: Date;
}

export interface WebhookAck {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
}

export type WebhookResult =
  | { readonly kind: 'events'; readonly events: readonly PaymentEvent[]; readonly ack: WebhookAck }
  | { readonly kind: 'ignored'; readonly why: string; readonly ack: WebhookAck }
  /** The provider asks whether a payment may go on; answered from the facts, at once. */
  | { readonly kind: 'question'; readonly question: CheckoutQuestion; readonly answer: (verdict: CheckoutVerdict) => WebhookAck }
  | { readonly kind: 'rejected'; readonly why: 'auth' | 'malformed' | 'stale'; readonly ack: WebhookAck }
  /** Authentic, and not as documented: kept for the operator. */
  | { readonly kind: 'unreadable'; readonly why: string; readonly ack: WebhookAck };

export interface CheckoutQuestion {
  readonly paymentId: string;
  readonly userId: number | undefined;
  readonly amount: Money;
}

export type CheckoutVerdict = 'ok' | 'unknown' | 'not_yours' | 'wrong_amount' | 'gone';

export interface PaymentRef {
  readonly paymentId: string | undefined;
  readonly externalId: string | undefined;
  /** What the shop asked for, where the payment is known. */
  readonly asked: Money | undefined;
  /** When the payment row was made; a floor for searches. */
  readonly createdAt: Date;
}

export interface RefundInput {
  readonly paymentId: string;
  readonly externalId: string | undefined;
  readonly chargeId: string;
  readonly payerTelegramId: number | undefined;
  readonly amount: Money;
  /** Same key, same refund. At most 64 characters. */
  readonly key: string;
}

export type RefundResult =
  | { readonly state: 'done'; readonly refundId: string | undefined }
  | { readonly state: 'pending'; readonly refundId: string }
  | { readonly state: 'refused'; readonly why: string };

export interface SavedCharge extends CreateInvoiceInput {
  /** The provider's id of the saved method. */
  readonly methodId: string;
}

export interface EventPage {
  readonly events: readonly PaymentEvent[];
  /** Give it back to continue; undefined when nothing is left. */
  readonly cursor: string | undefined;
}

/**
 * One payment provider. Calls throw `ShopError` with `ProviderUnavailable` (nothing happened, try again), `ProviderUnknownOutcome`
 * (may have happened: repeat with the same key or look up), `ProviderRejected` (final), `ProviderMisconfigured` (credentials refused),
 * `ProviderContract` (an answer that breaks the contract).
 */
export interface PaymentProvider {
  readonly code: string;
  readonly capabilities: Capabilities;
  /** Price of one unit of its own currency in the shop's currency, as a plain decimal, where the operator set one. */
  readonly rate?: { readonly unitPrice: string; readonly source: string };
  /** Asks the provider for a page where `input` can be paid; the same payment id and attempt give the same invoice. */
  createInvoice(input: CreateInvoiceInput): Promise<CreatedInvoice>;
  /** Pure: no database, no network. Only what it returns as trusted may be believed. */
  verifyWebhook(webhook: RawWebhook): WebhookResult;
  /** The provider's present truth about one payment, as trusted events; empty when it knows nothing of it. */
  fetchStatus(ref: PaymentRef): Promise<readonly PaymentEvent[]>;
  /** Money that came in at or after `since`, oldest page first; for finding what no webhook told. */
  listSince?(since: Date, cursor: string | undefined): Promise<EventPage>;
  cancel?(externalId: string): Promise<'cancelled' | 'too-late'>;
  refund?(input: RefundInput): Promise<RefundResult>;
  /** Asks how a refund that was `pending` ended. */
  refundStatus?(refundId: string): Promise<RefundResult>;
  /** Takes money by a method the buyer let the shop keep; what came of it, as trusted events. */
  chargeSaved?(charge: SavedCharge): Promise<readonly PaymentEvent[]>;
  /** Ends what it charges by itself; ended before is done. */
  cancelSubscription?(agreement: { readonly methodId: string; readonly payerTelegramId: number | undefined }): Promise<void>;
  /** Price of one unit of its own currency as a market says now, in the given currency, where it can tell. */
  fetchRate?(currency: string): Promise<{ readonly unitPrice: string; readonly source: string } | undefined>;
  /** Asks whether the credentials work; throws like every other call. */
  check(): Promise<void>;
}
