import { allHandlersFinished, ApplicationFailure, condition, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Deadline } from '../../domain/user';
import {
  cancelOrder,
  correctBalance,
  decideTransfer,
  endRefund,
  forgetMethod,
  openOrder,
  operationFinished,
  payFromBalance,
  paymentReported,
  refundOrder,
  resolveQuarantine,
  settleDifference,
  resync,
  submitTransfer,
  type CancelOrderRequest,
  type CarriedItem,
  type CorrectBalanceRequest,
  type DecideTransferRequest,
  type EndRefundRequest,
  type ForgetMethodRequest,
  type ForgetResult,
  type OpenOrderRequest,
  type OperatorResult,
  type OrderResult,
  type PayFromBalanceRequest,
  type RefundOrderRequest,
  type ResolveQuarantineRequest,
  type SettleDifferenceRequest,
  type SubmitTransferRequest,
} from './messages';

/** Something a caller waits for, by the name of its update. */
export type Wish =
  | { readonly kind: 'openOrder'; readonly request: OpenOrderRequest }
  | { readonly kind: 'cancelOrder'; readonly request: CancelOrderRequest }
  | { readonly kind: 'payFromBalance'; readonly request: PayFromBalanceRequest }
  | { readonly kind: 'forgetMethod'; readonly request: ForgetMethodRequest }
  | { readonly kind: 'submitTransfer'; readonly request: SubmitTransferRequest }
  | { readonly kind: 'decideTransfer'; readonly request: DecideTransferRequest }
  | { readonly kind: 'refundOrder'; readonly request: RefundOrderRequest }
  | { readonly kind: 'endRefund'; readonly request: EndRefundRequest }
  | { readonly kind: 'correctBalance'; readonly request: CorrectBalanceRequest }
  | { readonly kind: 'resolveQuarantine'; readonly request: ResolveQuarantineRequest }
  | { readonly kind: 'settleDifference'; readonly request: SettleDifferenceRequest };

type WishResult = OrderResult | OperatorResult | ForgetResult;
type Answer = { readonly result: WishResult } | { readonly failure: ApplicationFailure };

/** One thing to do: a wish with its slot for the answer, a fact, or a deadline that passed. */
export type Item =
  | { readonly kind: 'wish'; readonly wish: Wish; answer: Answer | undefined }
  | CarriedItem
  | { readonly kind: 'deadline'; readonly deadline: Deadline };

export interface Mailbox {
  readonly items: Item[];
  /** Set from the policy once it is known: above it, wishes are answered "busy" until the workflow has continued as new. */
  continueAsNewEvents: number;
}

function refuseWhenFull(mailbox: Mailbox): void {
  const info = workflowInfo();
  if (info.historyLength > mailbox.continueAsNewEvents || info.continueAsNewSuggested) {
    throw ApplicationFailure.nonRetryable('about to continue as new, ask again', 'Busy');
  }
}

async function ask<Result extends WishResult>(mailbox: Mailbox, wish: Wish): Promise<Result> {
  const item: Item & { kind: 'wish' } = { kind: 'wish', wish, answer: undefined };
  mailbox.items.push(item);
  await condition(() => item.answer !== undefined);
  const answer = item.answer;
  if (answer === undefined) throw ApplicationFailure.nonRetryable('no answer was made', 'Internal');
  if ('failure' in answer) throw answer.failure;
  // The activity of exactly this wish has answered it.
  return answer.result as Result;
}

/** Whether `item` says what a waiting one says already; repeating it would only cost history. */
function isWaiting(items: readonly Item[], item: CarriedItem): boolean {
  return items.some((waiting) => {
    if (waiting.kind !== item.kind) return false;
    if (waiting.kind === 'paymentReported' && item.kind === 'paymentReported') return waiting.paymentId === item.paymentId;
    if (waiting.kind === 'operationFinished' && item.kind === 'operationFinished') return waiting.operationId === item.operationId;
    return true;
  });
}

function enqueue(mailbox: Mailbox, item: CarriedItem): void {
  if (!isWaiting(mailbox.items, item)) mailbox.items.push(item);
}

function openToOperators(mailbox: Mailbox, validator: (wish: { readonly v: 1 }) => void): void {
  setHandler(decideTransfer, (request) => ask(mailbox, { kind: 'decideTransfer', request }), {
    validator,
    description: 'An operator approves or declines a transfer.',
  });
  setHandler(refundOrder, (request) => ask(mailbox, { kind: 'refundOrder', request }), {
    validator,
    description: 'Gives the money of an order back, and takes what it bought.',
  });
  setHandler(endRefund, (request) => ask(mailbox, { kind: 'endRefund', request }), {
    validator,
    description: 'Ends a refund that waits for an operator.',
  });
  setHandler(correctBalance, (request) => ask(mailbox, { kind: 'correctBalance', request }), {
    validator,
    description: 'Adds to the balance or takes from it, with a reason.',
  });
  setHandler(resolveQuarantine, (request) => ask(mailbox, { kind: 'resolveQuarantine', request }), {
    validator,
    description: 'Decides what becomes of money that was put aside.',
  });
  setHandler(settleDifference, (request) => ask(mailbox, { kind: 'settleDifference', request }), {
    validator,
    description: 'Decides what becomes of money that was put aside.',
  });
}

/** Makes the mailbox and registers every handler: they only validate and enqueue, the loop does the work. */
export function openMailbox(carried: readonly CarriedItem[]): Mailbox {
  const mailbox: Mailbox = { items: [...carried], continueAsNewEvents: Number.MAX_SAFE_INTEGER };
  const validator = (_wish: { readonly v: 1 }): void => refuseWhenFull(mailbox);
  setHandler(openOrder, (request) => ask(mailbox, { kind: 'openOrder', request }), {
    validator,
    description: 'Opens an order, or gives the open one for the same plan and method.',
  });
  setHandler(cancelOrder, (request) => ask(mailbox, { kind: 'cancelOrder', request }), {
    validator,
    description: 'Cancels an open order; money that still arrives is not lost.',
  });
  setHandler(payFromBalance, (request) => ask(mailbox, { kind: 'payFromBalance', request }), {
    validator,
    description: 'Buys or renews with the full price from the balance.',
  });
  setHandler(submitTransfer, (request) => ask(mailbox, { kind: 'submitTransfer', request }), {
    validator,
    description: 'The buyer says that the money of a transfer was sent.',
  });
  setHandler(forgetMethod, (request) => ask(mailbox, { kind: 'forgetMethod', request }), {
    validator,
    description: 'Forgets a way of paying; nothing is charged by it any more.',
  });
  openToOperators(mailbox, validator);
  setHandler(paymentReported, ({ paymentId }) => enqueue(mailbox, { kind: 'paymentReported', paymentId }), {
    description: 'There is news about a payment in the inbox.',
  });
  setHandler(operationFinished, ({ operationId }) => enqueue(mailbox, { kind: 'operationFinished', operationId }), {
    description: 'A piece of panel work ended.',
  });
  setHandler(resync, () => enqueue(mailbox, { kind: 'resync' }), {
    description: 'Look at the facts in Postgres again and restart what should run.',
  });
  return mailbox;
}

/** What has to survive a continue-as-new: facts only, every caller has been answered by then. */
export function carriedItems(mailbox: Mailbox): readonly CarriedItem[] {
  return mailbox.items.flatMap((item): CarriedItem[] => (item.kind === 'wish' || item.kind === 'deadline' ? [] : [item]));
}

/** Nobody waits for an answer, so the run may end. */
export function isQuiet(mailbox: Mailbox): boolean {
  return allHandlersFinished() && mailbox.items.every((item) => item.kind !== 'wish');
}
