import type { Language } from '../domain/language';
import type { Money } from '../domain/money';
import type { PaymentEvent } from '../domain/payment';

/** What a provider can and cannot do. */
export interface Capabilities {
  readonly currencies: readonly string[];
  readonly webhookProof: 'signature' | 'secret-header' | 'refetch-only' | 'none';
  readonly poll: boolean;
  readonly cancelOpen: boolean;
  readonly expiry: 'ours' | 'provider' | 'both';
  readonly refund: 'none' | 'manual' | 'full' | 'partial';
  readonly recurring: 'none' | 'saved-method' | 'provider-managed';
  readonly partialPayments: boolean;
  readonly createIdempotent: 'key' | 'reference' | 'none';
  readonly needsReceiptContact: boolean;
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
  readonly expiresAt: Date;
  readonly returnUrl: string;
}

export interface CreatedInvoice {
  readonly externalId?: string;
  readonly payUrl: string;
  /** What the payer is asked for, in the provider's currency. */
  readonly asked: Money;
}

/** One HTTP request as it came in, body untouched. */
export interface RawWebhook {
  readonly method: string;
  readonly slot: string | undefined;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
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
  | { readonly kind: 'rejected'; readonly why: 'auth' | 'malformed' | 'stale'; readonly ack: WebhookAck };

export interface PaymentRef {
  readonly paymentId: string | undefined;
  readonly externalId: string | undefined;
  /** When the payment row was made; a floor for searches. */
  readonly createdAt: Date;
}

export interface RefundInput {
  readonly externalId: string;
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
  /** Asks whether the credentials work; throws like every other call. */
  check(): Promise<void>;
}
