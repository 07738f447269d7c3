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
  readonly planId: string;
  readonly provider: string;
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
  readonly subscriptionId?: string;
  readonly messageId?: number;
}

/** Reasons why a wish is declined; the caller shows them, nothing was changed. */
export type Refusal = 'PlanUnavailable' | 'MethodUnavailable' | 'OrderNotOpen' | 'UserBanned' | 'BalanceTooLow' | 'NotFound';

export type OrderResult =
  | { readonly outcome: 'order'; readonly orderId: string }
  | { readonly outcome: 'refused'; readonly reason: Refusal };

export const openOrder = defineUpdate<OrderResult, [OpenOrderRequest]>('openOrder');
export const cancelOrder = defineUpdate<OrderResult, [CancelOrderRequest]>('cancelOrder');
export const payFromBalance = defineUpdate<OrderResult, [PayFromBalanceRequest]>('payFromBalance');

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

/** Workflow id of one piece of panel work. */
export function operationWorkflowId(userId: number, operationId: string): string {
  return `user-${userId}-op-${operationId}`;
}
