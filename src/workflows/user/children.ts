import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ActivityFailure, ParentClosePolicy, startChild } from '@temporalio/workflow';
import type { ItemDone } from '../../activities/contract';
import type { TechnicalTimes } from '../../domain/policy';
import type { ReminderInView, UserView } from '../../domain/user';
import { telegramOnce } from '../activities';
import { chargeSavedWorkflow } from '../chargeSaved';
import { ensureAccountWorkflow } from '../ensureAccount';
import { refundWorkflow } from '../refund';
import { sendNoticeWorkflow } from '../sendNotice';
import { showOrderWorkflow } from '../showOrder';
import { stopRenewalWorkflow } from '../stopRenewal';
import { chargeWorkflowId, operationWorkflowId, refundWorkflowId, stopWorkflowId } from './messages';

/** What the loop keeps of its user between items. */
export interface UserRun {
  readonly userId: number;
  readonly times: TechnicalTimes;
  view: UserView;
  /** When the last item was done. */
  lastActivityAt: string;
  /** Operations, refunds and notices that were taken care of in this run. */
  readonly started: Set<string>;
  /** Deadlines that were dealt with (or parked) in this run and must not wake the loop again. */
  readonly passedDeadlines: Set<string>;
  /** Reminders under way. */
  readonly reminding: Set<string>;
  /** What came of reminders while the present item was done; `againAt` is set for one that was put off. */
  readonly reminded: { readonly reminder: ReminderInView; readonly againAt: string | undefined }[];
  /** Whether the run began after fewer events were made of a quiet month; one that began before goes on as it knows. */
  readonly isThrifty: boolean;
  /** Read by runs from before `isThrifty` alone: a reminder was put off, or the last one was dealt with, and the timer is set anew. */
  deadlinesMoved: boolean;
  /** What the search attributes were set to last. */
  shownAttributes: string;
}

const child = { parentClosePolicy: ParentClosePolicy.ABANDON, workflowIdReusePolicy: 'ALLOW_DUPLICATE' } as const;

async function startOnce(start: () => Promise<unknown>): Promise<void> {
  try {
    await start();
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

async function startOperations(run: UserRun): Promise<void> {
  for (const operation of run.view.operations) {
    if (run.started.has(operation.operationId)) continue;
    await startOnce(() =>
      startChild(ensureAccountWorkflow, {
        ...child,
        workflowId: operationWorkflowId(run.userId, operation.operationId),
        staticSummary: `make ${operation.panelId} equal to what was paid for`,
        args: [{ v: 1, userId: run.userId, operationId: operation.operationId, times: run.times, policy: run.view.policy }],
      }),
    );
    run.started.add(operation.operationId);
  }
}

async function startRefunds(run: UserRun): Promise<void> {
  // Histories from before refunds have views without them.
  for (const refundId of run.view.refunds ?? []) {
    if (run.started.has(refundId)) continue;
    await startOnce(() =>
      startChild(refundWorkflow, {
        ...child,
        workflowId: refundWorkflowId(run.userId, refundId),
        staticSummary: 'give the money back at the provider',
        args: [{ v: 1, refundId, times: run.times }],
      }),
    );
    run.started.add(refundId);
  }
}

async function startStops(run: UserRun): Promise<void> {
  for (const methodId of run.view.stops ?? []) {
    if (run.started.has(methodId)) continue;
    await startOnce(() =>
      startChild(stopRenewalWorkflow, {
        ...child,
        workflowId: stopWorkflowId(run.userId, methodId),
        staticSummary: 'tell the provider to charge no more',
        args: [{ v: 1, methodId, times: run.times }],
      }),
    );
    run.started.add(methodId);
  }
}

async function startCharges(run: UserRun): Promise<void> {
  for (const paymentId of run.view.charges ?? []) {
    if (run.started.has(paymentId)) continue;
    await startOnce(() =>
      startChild(chargeSavedWorkflow, {
        ...child,
        workflowId: chargeWorkflowId(run.userId, paymentId),
        staticSummary: 'charge what the buyer let the shop keep',
        args: [{ v: 1, paymentId, times: run.times }],
      }),
    );
    run.started.add(paymentId);
  }
}

/** Starts a child for every piece of open work that has none; one that runs already is left alone. */
export async function startOpenWork(run: UserRun): Promise<void> {
  await startOperations(run);
  await startRefunds(run);
  await startStops(run);
  await startCharges(run);
}

async function showOrder(run: UserRun, orderId: string): Promise<void> {
  try {
    await telegramOnce(run.times).showOrder({ orderId });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    await startOnce(() =>
      startChild(showOrderWorkflow, {
        ...child,
        workflowId: `user-${run.userId}-show-${orderId}`,
        args: [{ v: 1, orderId, times: run.times }],
      }),
    );
  }
}

/** Sends news that were not sent yet; a child takes over what Telegram does not take now. */
export async function sendNotices(run: UserRun): Promise<void> {
  for (const noticeId of run.view.notices ?? []) {
    if (run.started.has(noticeId)) continue;
    run.started.add(noticeId);
    try {
      await telegramOnce(run.times).sendNotice({ noticeId });
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      await startOnce(() =>
        startChild(sendNoticeWorkflow, {
          ...child,
          workflowId: `user-${run.userId}-tell-${noticeId}`,
          args: [{ v: 1, noticeId, times: run.times }],
        }),
      );
    }
  }
}

/** Takes over what an item did: the new view, work to be started, messages to be drawn and sent. */
export async function settle(run: UserRun, done: ItemDone): Promise<void> {
  run.view = done.view;
  await startOpenWork(run);
  for (const orderId of done.show) await showOrder(run, orderId);
  await sendNotices(run);
}
