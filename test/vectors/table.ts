import type { HttpReply, HttpRequest } from '../../src/http';
import type { PaymentEvent, PaymentEventType } from '../../src/domain/payment';

/** A message as it comes in; what is left out is ordinary. */
export interface Message {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
  readonly slot?: string;
  readonly remoteIp?: string;
  readonly receivedAt?: string;
}

/** A payment of 299 roubles that was paid in full. */
export interface PaidInFull {
  /** The provider's own id of it. */
  readonly id: string;
  /** The shop's id of it. */
  readonly reference: string;
  readonly now: Date;
}

/** What a body says in the provider's own words, as text; read without the shop's code. */
export interface Claim {
  readonly reference: unknown;
  readonly amount: unknown;
  readonly currency: unknown;
  readonly status: unknown;
}

/** How a provider sends a message. */
export interface Sending {
  readonly slot?: string;
  readonly form: 'json' | 'form';
  /** The body without a proof that stands in it. */
  readonly body: (paid: PaidInFull) => string;
  /** Any body, whole or broken, with its proof. */
  readonly sign: (body: Buffer, now: Date) => { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer };
  /** Status words that mean money, and the claim of a body; `minor` where amounts are whole minor units. */
  readonly paidWords: readonly string[];
  readonly claim?: (fields: Readonly<Record<string, unknown>>) => Claim;
  readonly minor?: boolean;
}

/** What a test of one provider needs to know; every provider has one table. */
export interface VectorTable {
  readonly code: string;
  /** The block of `shop.yaml`. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The same block with the key of another merchant, under which every good message has to be refused; none = nothing is signed. */
  readonly otherKey?: Readonly<Record<string, unknown>>;
  /** Headers that carry the proof: without one, with two, or with an empty one the message has to be refused. */
  readonly proofHeaders: readonly string[];
  /** `raw`: every byte of the body is signed. `fields`: its values are. `none`: the proof is elsewhere, and the body is not believed. */
  readonly bodyProof: 'raw' | 'fields' | 'none';
  /** Good messages, with what they say; `asked` for one that the provider wants an answer to. */
  readonly good: readonly { readonly name: string; readonly message: Message; readonly events: readonly Partial<PaymentEvent>[] }[];
  /** Messages that have to be refused (`auth`, `stale`), passed over (`ignored`) or kept for the operator (`unreadable`). */
  readonly bad: readonly { readonly name: string; readonly message: Message; readonly verdict: 'rejected' | 'ignored' | 'unreadable' }[];
  /** Messages as the provider would send them now; none where it sends nothing. */
  readonly send?: Sending;
  /** Making an invoice; none where no call is made for it. */
  readonly create?: {
    readonly currency: string;
    readonly reply: Partial<HttpReply>;
    /** The request for 299.00 (or its like), exactly. */
    readonly request: {
      readonly method: string;
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: unknown;
    };
    /** Where the amount stands in the request, as text. */
    readonly amountIn: (request: HttpRequest) => string;
    /** Texts of the amount for 299, 299.5, 0.01 and 100000. */
    readonly amounts: readonly [string, string, string, string];
    /** What makes a repeat the same; none where the provider has nothing like it. */
    readonly keyIn?: (request: HttpRequest) => string;
  };
  /** Asking: the answer that has a status word, and what each word means. */
  readonly statuses?: {
    readonly reply: (word: string) => Partial<HttpReply>;
    readonly words: Readonly<Record<string, PaymentEventType>>;
    /** An answer that differs only by a test flag, where the provider has one. */
    readonly testReply?: Partial<HttpReply>;
  };
}
