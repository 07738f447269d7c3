import { setTimeout as wait } from 'node:timers/promises';
import { WithStartWorkflowOperation, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure, type UpdateDefinition } from '@temporalio/common';
import { ShopError } from '../errors';
import type { userWorkflow } from '../workflows/index';
import {
  cancelOrder,
  correctBalance,
  decideTransfer,
  endRefund,
  forgetMethod,
  openOrder,
  payFromBalance,
  refundOrder,
  resolveQuarantine,
  settleDifference,
  submitTransfer,
  type CancelOrderRequest,
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
} from '../workflows/user/messages';
import { userStart, type StartSettings } from './userStart';

/** Longest an edge waits for an answer; Telegram shows its spinner about that long. */
const askDeadlineMs = 8_000;
const busyPauseMs = 150;
/** Updates of one user under way at once; the server allows 10 per workflow. */
const inFlightPerUser = 8;

interface Keyed {
  readonly v: 1;
  readonly key: string;
}

type Wish<T> = Omit<T, 'v'> & { readonly userId: number };

/**
 * What edges may ask of a user's workflow. Throws `ShopError` `TemporalUnavailable` when no answer came within 8 s: the wish may still be
 * carried out, and asking again with the same key is safe.
 */
export interface Shop {
  openOrder(wish: Wish<OpenOrderRequest>): Promise<OrderResult>;
  cancelOrder(wish: Wish<CancelOrderRequest>): Promise<OrderResult>;
  payFromBalance(wish: Wish<PayFromBalanceRequest>): Promise<OrderResult>;
  forgetMethod(wish: Wish<ForgetMethodRequest>): Promise<ForgetResult>;
  submitTransfer(wish: Wish<SubmitTransferRequest>): Promise<OrderResult>;
  decideTransfer(wish: Wish<DecideTransferRequest>): Promise<OperatorResult>;
  refundOrder(wish: Wish<RefundOrderRequest>): Promise<OperatorResult>;
  endRefund(wish: Wish<EndRefundRequest>): Promise<OperatorResult>;
  correctBalance(wish: Wish<CorrectBalanceRequest>): Promise<OperatorResult>;
  resolveQuarantine(wish: Wish<ResolveQuarantineRequest>): Promise<OperatorResult>;
  settleDifference(wish: Wish<SettleDifferenceRequest>): Promise<OperatorResult>;
}

function failureCode(error: unknown): string | undefined {
  if (!(error instanceof WorkflowUpdateFailedError)) return undefined;
  return error.cause instanceof ApplicationFailure ? (error.cause.type ?? 'Internal') : 'Internal';
}

/** A gate per user that lets a few calls through at once and keeps the rest waiting in order. */
function createGate(limit: number): <T>(userId: number, work: () => Promise<T>) => Promise<T> {
  const users = new Map<number, { running: number; readonly waiting: (() => void)[] }>();
  return async (userId, work) => {
    const lane = users.get(userId) ?? { running: 0, waiting: [] };
    users.set(userId, lane);
    if (lane.running >= limit) await new Promise<void>((resolve) => lane.waiting.push(resolve));
    lane.running += 1;
    try {
      return await work();
    } finally {
      lane.running -= 1;
      lane.waiting.shift()?.();
      if (lane.running === 0 && lane.waiting.length === 0) users.delete(userId);
    }
  };
}

/** Makes the port that edges use. */
export function createShop(client: Client, settings: StartSettings): Shop {
  const gate = createGate(inFlightPerUser);

  async function askOnce<Request extends Keyed, Result>(
    userId: number,
    update: UpdateDefinition<Result, [Request]>,
    call: { readonly request: Request; readonly deadline: number },
  ): Promise<Result> {
    const startWorkflowOperation = new WithStartWorkflowOperation<typeof userWorkflow>('userWorkflow', {
      ...userStart(userId, settings),
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    return client.withDeadline(call.deadline, () =>
      client.workflow.executeUpdateWithStart(update, { args: [call.request], startWorkflowOperation }),
    );
  }

  async function ask<Request extends Keyed, Result>(
    userId: number,
    update: UpdateDefinition<Result, [Request]>,
    request: Request,
  ): Promise<Result> {
    const deadline = Date.now() + askDeadlineMs;
    for (;;) {
      try {
        return await gate(userId, () => askOnce(userId, update, { request, deadline }));
      } catch (error) {
        const code = failureCode(error);
        if (code !== undefined && code !== 'Busy')
          throw new ShopError('Internal', { message: `the user's workflow failed: ${code}`, cause: error });
        if (code === undefined || Date.now() + busyPauseMs >= deadline) {
          throw new ShopError('TemporalUnavailable', { message: 'no answer of the workflow in time', cause: error });
        }
        await wait(busyPauseMs);
      }
    }
  }

  return {
    openOrder: ({ userId, ...wish }) => ask(userId, openOrder, { v: 1, ...wish }),
    cancelOrder: ({ userId, ...wish }) => ask(userId, cancelOrder, { v: 1, ...wish }),
    payFromBalance: ({ userId, ...wish }) => ask(userId, payFromBalance, { v: 1, ...wish }),
    forgetMethod: ({ userId, ...wish }) => ask(userId, forgetMethod, { v: 1, ...wish }),
    submitTransfer: ({ userId, ...wish }) => ask(userId, submitTransfer, { v: 1, ...wish }),
    decideTransfer: ({ userId, ...wish }) => ask(userId, decideTransfer, { v: 1, ...wish }),
    refundOrder: ({ userId, ...wish }) => ask(userId, refundOrder, { v: 1, ...wish }),
    endRefund: ({ userId, ...wish }) => ask(userId, endRefund, { v: 1, ...wish }),
    correctBalance: ({ userId, ...wish }) => ask(userId, correctBalance, { v: 1, ...wish }),
    resolveQuarantine: ({ userId, ...wish }) => ask(userId, resolveQuarantine, { v: 1, ...wish }),
    settleDifference: ({ userId, ...wish }) => ask(userId, settleDifference, { v: 1, ...wish }),
  };
}
