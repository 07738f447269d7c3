import type { UpdateDefinition } from '@temporalio/common';
import { defineUpdate } from '@temporalio/workflow';
import type { Refusal } from '../../../domain/refusal';

/** Every wish carries a key. */
export interface Keyed {
  readonly v: 1;
  /** The caller's own id of this request; the same key gets the same answer, for ever. */
  readonly key: string;
}

export interface OpenOrderRequest extends Keyed {
  /** Absent for money to the balance. */
  readonly planId?: string;
  /** For somebody else, by a link. */
  readonly isGift?: boolean;
  /** Tag of the server that the buyer chose, where the plan leaves it open. */
  readonly place?: string;
  /** Money to the balance, in minor units of the shop's currency. */
  readonly topupMinor?: number;
  readonly provider: string;
  /** One of the provider's choices. */
  readonly choice?: string;
  /** Takes what the balance has as part of the price. */
  readonly useBalance?: boolean;
  /** The buyer agreed that the way of paying is kept for renewals. */
  readonly saveMethod?: boolean;
  /** Set to renew; absent for a new subscription. */
  readonly subscriptionId?: string;
  /** Message of the buyer's chat that becomes the order's own. */
  readonly messageId?: number;
}

export interface CancelOrderRequest extends Keyed {
  readonly orderId: string;
}

export interface PayFromBalanceRequest extends Keyed {
  readonly planId: string;
  readonly isGift?: boolean;
  readonly place?: string;
  readonly subscriptionId?: string;
  readonly messageId?: number;
}

/** The buyer does not want a way of paying kept any more. */
export interface ForgetMethodRequest extends Keyed {
  readonly methodId: string;
}

/** The buyer says that a transfer was sent. */
export interface SubmitTransferRequest extends Keyed {
  readonly paymentId: string;
}

/** What an operator does has a name to it. */
export interface Operated extends Keyed {
  readonly actor: string;
}

export interface DecideTransferRequest extends Operated {
  readonly paymentId: string;
  readonly verdict: 'approved' | 'declined';
  /** The version that the operator saw. */
  readonly version?: number;
  readonly reason?: string;
}

export interface RefundOrderRequest extends Operated {
  readonly orderId: string;
  readonly scope: 'full' | 'unused';
  readonly destination: 'provider' | 'balance';
  readonly reason: string;
}

export interface EndRefundRequest extends Operated {
  readonly refundId: string;
  /** `done`: the money was sent by hand. `cancelled`: it stays with the shop, and the access comes back. */
  readonly end: 'done' | 'cancelled';
}

export interface CorrectBalanceRequest extends Operated {
  /** Minor units of the shop's currency; less than zero takes away. */
  readonly minor: number;
  readonly reason: string;
}

export interface ResolveQuarantineRequest extends Operated {
  readonly quarantineId: string;
  /** `credit`: to the user's balance. `keep`: it stays where it is, the decision is noted. */
  readonly action: 'credit' | 'keep';
}

export interface SettleDifferenceRequest extends Operated {
  /** What the report of differences named: a payment, an order, or the user's balance in the shop's currency. */
  readonly subject: { readonly payment: string } | { readonly order: string } | 'balance';
}

/** A user enters a promo code, spelled as it is stored. */
export interface RedeemCodeRequest extends Keyed {
  readonly code: string;
}

/** An operator shuts the shop to a user, or opens it again. */
export interface BanRequest extends Operated {
  readonly reason: string;
}

export interface GrantTimeRequest extends BanRequest {
  readonly days: number;
  /** Without it the one that ends last. */
  readonly subscriptionId?: string;
  /** For a user who has none. */
  readonly planId?: string;
}

export interface DeleteUserRequest extends BanRequest {
  /** Goes on though the shop owes the user money. */
  readonly leavesBalance?: boolean;
}

export interface RevokeAccessRequest extends BanRequest {
  readonly subscriptionId: string;
}

/** Whoever opened the link of a gift takes it; the link itself stays out of the workflow. */
export interface ClaimGiftRequest extends Keyed {
  readonly orderId: string;
  /** The giver keeps it. */
  readonly isForGiver?: boolean;
}

export interface OfSubscriptionRequest extends Keyed {
  readonly subscriptionId: string;
}

export interface ChangePlanRequest extends OfSubscriptionRequest {
  readonly planId: string;
  /** The offer that the buyer saw. */
  readonly tag: string;
}

export interface SetAutoRenewRequest extends OfSubscriptionRequest {
  /** `balance`, or the id of a saved method; absent switches it off. */
  readonly source?: string;
}

export type OrderResult =
  | { readonly outcome: 'order'; readonly orderId: string }
  | { readonly outcome: 'refused'; readonly reason: Refusal };

export type ForgetResult = { readonly outcome: 'done' } | { readonly outcome: 'refused'; readonly reason: Refusal };

/** What a code gave: lower prices until the next order, or days. */
export type RedeemResult =
  | { readonly outcome: 'discount'; readonly code: string }
  | { readonly outcome: 'days'; readonly days: number; readonly endsAt: string }
  | { readonly outcome: 'refused'; readonly reason: Refusal };

/** What became of something an operator did; `note` says it in words for the operator. */
export type OperatorResult =
  | { readonly outcome: 'done'; readonly note: string }
  | { readonly outcome: 'refused'; readonly reason: Refusal; readonly note?: string };

/** `at`: until when a pause goes on at most, or the new end. */
export type TermResult = { readonly outcome: 'done'; readonly at: string } | { readonly outcome: 'refused'; readonly reason: Refusal };

export type TrialResult =
  | { readonly outcome: 'started'; readonly subscriptionId: string }
  | { readonly outcome: 'refused'; readonly reason: Refusal };

/** What the caller of each update says and hears. A new wish is an entry here and one in `wishDescriptions`, and an activity of its name. */
export interface Wishes {
  readonly openOrder: { readonly request: OpenOrderRequest; readonly result: OrderResult };
  readonly cancelOrder: { readonly request: CancelOrderRequest; readonly result: OrderResult };
  readonly payFromBalance: { readonly request: PayFromBalanceRequest; readonly result: OrderResult };
  readonly submitTransfer: { readonly request: SubmitTransferRequest; readonly result: OrderResult };
  readonly forgetMethod: { readonly request: ForgetMethodRequest; readonly result: ForgetResult };
  readonly decideTransfer: { readonly request: DecideTransferRequest; readonly result: OperatorResult };
  readonly refundOrder: { readonly request: RefundOrderRequest; readonly result: OperatorResult };
  readonly endRefund: { readonly request: EndRefundRequest; readonly result: OperatorResult };
  readonly correctBalance: { readonly request: CorrectBalanceRequest; readonly result: OperatorResult };
  readonly resolveQuarantine: { readonly request: ResolveQuarantineRequest; readonly result: OperatorResult };
  readonly settleDifference: { readonly request: SettleDifferenceRequest; readonly result: OperatorResult };
  readonly redeemCode: { readonly request: RedeemCodeRequest; readonly result: RedeemResult };
  readonly startTrial: { readonly request: Keyed; readonly result: TrialResult };
  readonly grantTime: { readonly request: GrantTimeRequest; readonly result: OperatorResult };
  readonly revokeAccess: { readonly request: RevokeAccessRequest; readonly result: OperatorResult };
  readonly ban: { readonly request: BanRequest; readonly result: OperatorResult };
  readonly unban: { readonly request: BanRequest; readonly result: OperatorResult };
  readonly claimGift: { readonly request: ClaimGiftRequest; readonly result: TrialResult };
  readonly pause: { readonly request: OfSubscriptionRequest; readonly result: TermResult };
  readonly resume: { readonly request: OfSubscriptionRequest; readonly result: TermResult };
  readonly setAutoRenew: { readonly request: SetAutoRenewRequest; readonly result: TermResult };
  readonly changePlan: { readonly request: ChangePlanRequest; readonly result: TermResult };
  readonly replaceToken: { readonly request: OfSubscriptionRequest; readonly result: ForgetResult };
  readonly deleteUser: { readonly request: DeleteUserRequest; readonly result: OperatorResult };
}

export type WishName = keyof Wishes;
export type RequestOf<Name extends WishName> = Wishes[Name]['request'];
export type ResultOf<Name extends WishName> = Wishes[Name]['result'];

/** What each update does, as operators read it in Temporal's UI. The workflow takes updates in this order where several wait at its start. */
export const wishDescriptions: Readonly<Record<WishName, string>> = {
  openOrder: 'Opens an order, or gives the open one for the same plan and method.',
  cancelOrder: 'Cancels an open order; money that still arrives is not lost.',
  payFromBalance: 'Buys or renews with the full price from the balance.',
  submitTransfer: 'The buyer says that the money of a transfer was sent.',
  forgetMethod: 'Forgets a way of paying; nothing is charged by it any more.',
  decideTransfer: 'An operator approves or declines a transfer.',
  refundOrder: 'Gives the money of an order back, and takes what it bought.',
  endRefund: 'Ends a refund that waits for an operator.',
  correctBalance: 'Adds to the balance or takes from it, with a reason.',
  resolveQuarantine: 'Decides what becomes of money that was put aside.',
  settleDifference: 'Decides what becomes of money that was put aside.',
  redeemCode: 'Redeems a promo code: days at once, or lower prices until the next order.',
  startTrial: 'Gives the one trial that a person can have.',
  grantTime: 'Gives days in the name of an operator.',
  revokeAccess: 'Takes a subscription away in the name of an operator.',
  ban: 'Shuts the shop and every access to the user.',
  unban: 'Opens the shop and what was paid for again.',
  claimGift: 'Starts the subscription of a gift whose link was opened.',
  pause: 'Stops the time of a subscription for a while.',
  resume: 'Opens a paused subscription again.',
  setAutoRenew: 'Lets a subscription renew itself, or ends that.',
  changePlan: 'Moves a subscription to another plan; what is left keeps its worth.',
  replaceToken: 'Gives a subscription a new link; the old one opens nothing any more.',
  deleteUser: 'Deletes what the shop knows of the person.',
};

// The keys of an object literal are exactly those of its type.
export const wishNames = Object.keys(wishDescriptions) as readonly WishName[];

/** The update of that name. */
export function updateOf<Name extends WishName>(name: Name): UpdateDefinition<ResultOf<Name>, [RequestOf<Name>]> {
  return defineUpdate(name);
}
