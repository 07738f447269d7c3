import { defineQuery, defineSignal } from '@temporalio/workflow';
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
  | { readonly kind: 'resync' }
  | { readonly kind: 'userEventReported' };

export const paymentReported = defineSignal<[{ readonly v: 1; readonly paymentId: string }]>('paymentReported');
export const operationFinished = defineSignal<[{ readonly v: 1; readonly operationId: string }]>('operationFinished');
export const resync = defineSignal<[{ readonly v: 1 }]>('resync');
export const userEventReported = defineSignal<[{ readonly v: 1 }]>('userEventReported');

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

/** Workflow id of charging a saved method for one payment. */
export function chargeWorkflowId(userId: number, paymentId: string): string {
  return `user-${userId}-charge-${paymentId}`;
}

/** Workflow id of one piece of panel work. */
export function operationWorkflowId(userId: number, operationId: string): string {
  return `user-${userId}-op-${operationId}`;
}
