import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { TechnicalTimes } from '../../domain/policy';
import type { Deadline, UserView } from '../../domain/user';

/** Input of a user's workflow. `mailbox` is carried over a continue-as-new. */
export interface UserWorkflowInput {
  readonly v: 1;
  readonly userId: number;
  readonly times: TechnicalTimes;
  readonly mailbox?: readonly CarriedItem[];
}

/** Facts that wait to be worked on, in the order they came. Updates are never carried: their callers are answered first. */
export type CarriedItem =
  | { readonly kind: 'paymentReported'; readonly paymentId: string }
  | { readonly kind: 'operationFinished'; readonly operationId: string }
  | { readonly kind: 'resync' };

interface Keyed {
  readonly v: 1;
  /** The caller's own id of this request; the same key gets the same answer, for ever. */
  readonly key: string;
}

export interface OpenOrderRequest extends Keyed {
  /** Absent for money to the balance. */
  readonly planId?: string;
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
interface Operated extends Keyed {
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

/** Reasons why a wish is declined; the caller shows them, nothing was changed. */
export type Refusal =
  | 'PlanUnavailable'
  | 'SoldOut'
  | 'MethodUnavailable'
  | 'OrderNotOpen'
  | 'UserBanned'
  | 'BalanceTooLow'
  | 'NotFound'
  | 'AlreadyDecided'
  | 'ProofNeeded'
  | 'NothingToRefund'
  | 'NothingToSettle'
  | 'OnlyInFull'
  | 'RefundRunning';

export type OrderResult =
  | { readonly outcome: 'order'; readonly orderId: string }
  | { readonly outcome: 'refused'; readonly reason: Refusal };

export type ForgetResult = { readonly outcome: 'done' } | { readonly outcome: 'refused'; readonly reason: Refusal };

/** What became of something an operator did; `note` says it in words for the operator. */
export type OperatorResult =
  | { readonly outcome: 'done'; readonly note: string }
  | { readonly outcome: 'refused'; readonly reason: Refusal; readonly note?: string };

export const openOrder = defineUpdate<OrderResult, [OpenOrderRequest]>('openOrder');
export const cancelOrder = defineUpdate<OrderResult, [CancelOrderRequest]>('cancelOrder');
export const payFromBalance = defineUpdate<OrderResult, [PayFromBalanceRequest]>('payFromBalance');

export const forgetMethod = defineUpdate<ForgetResult, [ForgetMethodRequest]>('forgetMethod');
export const submitTransfer = defineUpdate<OrderResult, [SubmitTransferRequest]>('submitTransfer');

export const decideTransfer = defineUpdate<OperatorResult, [DecideTransferRequest]>('decideTransfer');
export const refundOrder = defineUpdate<OperatorResult, [RefundOrderRequest]>('refundOrder');
export const endRefund = defineUpdate<OperatorResult, [EndRefundRequest]>('endRefund');
export const correctBalance = defineUpdate<OperatorResult, [CorrectBalanceRequest]>('correctBalance');
export const resolveQuarantine = defineUpdate<OperatorResult, [ResolveQuarantineRequest]>('resolveQuarantine');

export const settleDifference = defineUpdate<OperatorResult, [SettleDifferenceRequest]>('settleDifference');

export const paymentReported = defineSignal<[{ readonly v: 1; readonly paymentId: string }]>('paymentReported');
export const operationFinished = defineSignal<[{ readonly v: 1; readonly operationId: string }]>('operationFinished');
export const resync = defineSignal<[{ readonly v: 1 }]>('resync');

export interface UserStateAnswer {
  readonly view: UserView;
  readonly mailbox: readonly string[];
  readonly lastActivityAt: string;
}

export const getState = defineQuery<UserStateAnswer>('getState');
export const getDeadlines = defineQuery<readonly Deadline[]>('getDeadlines');

/** Workflow id of a user: one id, one running workflow, so it is the lock. */
export function userWorkflowId(userId: number): string {
  return `user-${userId}`;
}

/** Workflow id of one refund at its provider. */
export function refundWorkflowId(userId: number, refundId: string): string {
  return `user-${userId}-refund-${refundId}`;
}

/** Workflow id of telling a provider to charge no more by itself. */
export function stopWorkflowId(userId: number, methodId: string): string {
  return `user-${userId}-stop-${methodId}`;
}

/** Workflow id of one piece of panel work. */
export function operationWorkflowId(userId: number, operationId: string): string {
  return `user-${userId}-op-${operationId}`;
}
