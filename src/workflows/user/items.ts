import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure, ParentClosePolicy, startChild } from '@temporalio/workflow';
import type { ItemDone, OrderAnswered, ShopActivities } from '../../activities/contract';
import type { TechnicalTimes } from '../../domain/policy';
import type { Deadline, UserView } from '../../domain/user';
import { paymentActivities, shopActivities, telegramOnce } from '../activities';
import { ensureAccountWorkflow } from '../ensureAccount';
import { showOrderWorkflow } from '../showOrder';
import type { Item, Wish } from './mailbox';
import { operationWorkflowId, type CarriedItem, type OrderResult } from './messages';

/** What the loop keeps of its user between items. */
export interface UserRun {
  readonly userId: number;
  readonly times: TechnicalTimes;
  view: UserView;
  /** Operations whose child was started in this run. */
  readonly started: Set<string>;
  /** Deadlines that were dealt with (or parked) in this run and must not wake the loop again. */
  readonly passedDeadlines: Set<string>;
  /** What the search attributes were set to last. */
  shownAttributes: string;
}

/** Name of a deadline, the same as long as it means the same moment. */
export function deadlineKey(deadline: Deadline): string {
  const subject = deadline.kind === 'expireOrder' ? deadline.orderId : deadline.kind === 'subscriptionEnds' ? deadline.subscriptionId : '';
  return `${deadline.kind}:${subject}:${deadline.at}`;
}

async function startOnce(start: () => Promise<unknown>): Promise<void> {
  try {
    await start();
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Starts a child for every open operation that has none; one that runs already is left alone. */
export async function startOperations(run: UserRun): Promise<void> {
  for (const operation of run.view.operations) {
    if (run.started.has(operation.operationId)) continue;
    await startOnce(() =>
      startChild(ensureAccountWorkflow, {
        workflowId: operationWorkflowId(run.userId, operation.operationId),
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: `make ${operation.panelId} equal to what was paid for`,
        args: [{ v: 1, userId: run.userId, operationId: operation.operationId, times: run.times, policy: run.view.policy }],
      }),
    );
    run.started.add(operation.operationId);
  }
}

async function showOrder(run: UserRun, orderId: string): Promise<void> {
  try {
    await telegramOnce(run.times).showOrder({ orderId });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    await startOnce(() =>
      startChild(showOrderWorkflow, {
        workflowId: `user-${run.userId}-show-${orderId}`,
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        args: [{ v: 1, orderId, times: run.times }],
      }),
    );
  }
}

async function settle(run: UserRun, done: ItemDone): Promise<void> {
  run.view = done.view;
  await startOperations(run);
  for (const orderId of done.show) await showOrder(run, orderId);
}

function askShop(run: UserRun, wish: Wish): Promise<OrderAnswered> {
  const shop = shopActivities(run.times);
  switch (wish.kind) {
    case 'openOrder':
      return shop.createOrder({ userId: run.userId, ...wish.request });
    case 'cancelOrder':
      return shop.cancelOrder({ userId: run.userId, ...wish.request });
    case 'payFromBalance':
      return shop.payFromBalance({ userId: run.userId, ...wish.request });
  }
}

async function invoice(run: UserRun, paymentId: string): Promise<ItemDone | undefined> {
  try {
    await paymentActivities(run.times).createInvoice({ paymentId });
    return undefined;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return shopActivities(run.times).failInvoice({ userId: run.userId, paymentId });
  }
}

async function grantWish(run: UserRun, wish: Wish): Promise<OrderResult> {
  const answered = await askShop(run, wish);
  const failed = answered.paymentId === undefined ? undefined : await invoice(run, answered.paymentId);
  await settle(run, { view: failed?.view ?? answered.view, show: [...new Set([...answered.show, ...(failed?.show ?? [])])] });
  return answered.result;
}

function failureOf(error: ActivityFailure): ApplicationFailure {
  const cause = error.cause;
  if (cause instanceof ApplicationFailure) return ApplicationFailure.nonRetryable(cause.message, cause.type ?? 'Internal');
  return ApplicationFailure.nonRetryable('the shop could not do this', 'Internal');
}

async function applyPayment(run: UserRun, shop: ShopActivities, paymentId: string): Promise<void> {
  try {
    await paymentActivities(run.times).answerWakeUps({ paymentId });
  } catch (error) {
    // The asking job keeps asking; what is known by now is applied all the same.
    if (!(error instanceof ActivityFailure)) throw error;
  }
  await settle(run, await shop.applyPayment({ userId: run.userId, paymentId }));
}

async function passDeadline(run: UserRun, shop: ShopActivities, deadline: Deadline): Promise<void> {
  switch (deadline.kind) {
    case 'expireOrder':
      await settle(run, await shop.expireOrder({ userId: run.userId, orderId: deadline.orderId }));
      return;
    case 'subscriptionEnds':
    case 'idle':
      run.view = await shop.loadUser({ userId: run.userId });
      return;
  }
}

async function workOff(run: UserRun, item: CarriedItem | { readonly kind: 'deadline'; readonly deadline: Deadline }): Promise<void> {
  const shop = shopActivities(run.times);
  switch (item.kind) {
    case 'paymentReported':
      await applyPayment(run, shop, item.paymentId);
      return;
    case 'operationFinished':
      run.started.delete(item.operationId);
      run.view = await shop.loadUser({ userId: run.userId });
      await startOperations(run);
      return;
    case 'resync':
      run.started.clear();
      run.passedDeadlines.clear();
      run.view = await shop.loadUser({ userId: run.userId });
      await startOperations(run);
      return;
    case 'deadline':
      await passDeadline(run, shop, item.deadline);
      return;
  }
}

function parkable(item: CarriedItem | { readonly kind: 'deadline'; readonly deadline: Deadline }): { kind: string; orderId?: string } {
  if (item.kind !== 'deadline') return item;
  return item.deadline.kind === 'expireOrder' ? { kind: item.deadline.kind, orderId: item.deadline.orderId } : { kind: item.deadline.kind };
}

/** Does one item to its end. One that fails for our own fault is set aside for an operator, and the next goes on. */
export async function doItem(run: UserRun, item: Item): Promise<void> {
  if (item.kind === 'wish') {
    try {
      item.answer = { result: await grantWish(run, item.wish) };
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      item.answer = { failure: failureOf(error) };
    }
    return;
  }
  if (item.kind === 'deadline') run.passedDeadlines.add(deadlineKey(item.deadline));
  try {
    await workOff(run, item);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const failure = failureOf(error);
    run.view = await shopActivities(run.times).parkItem({
      userId: run.userId,
      item: parkable(item),
      errorCode: failure.type ?? 'Internal',
      errorMessage: failure.message,
    });
  }
}
