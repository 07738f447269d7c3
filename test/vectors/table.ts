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
