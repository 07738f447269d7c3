import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { ShopActivities } from '../../activities/contract';
import { withoutEnded, type Deadline } from '../../domain/user';
import { paymentActivities, shopActivities } from '../activities';
import { sendNotices, settle, startOpenWork, type UserRun } from './children';
import type { Item } from './mailbox';
import type { CarriedItem } from './messages';
import { startReminder } from './reminders';
import { grantWish } from './wishes';

function subjectOf(deadline: Deadline): string {
  switch (deadline.kind) {
    case 'expireOrder':
      return deadline.orderId;
    case 'subscriptionEnds':
    case 'pauseEnds':
      return deadline.subscriptionId;
    case 'remind':
      return `${deadline.subscriptionId}:${deadline.reminder}:${deadline.endsAt}`;
    case 'renew':
      return `${deadline.subscriptionId}:${deadline.step}:${deadline.endsAt}`;
    case 'idle':
      return '';
  }
}

/** Name of a deadline, the same as long as it means the same moment. */
export function deadlineKey(deadline: Deadline): string {
  return `${deadline.kind}:${subjectOf(deadline)}:${deadline.at}`;
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
    case 'pauseEnds':
      await settle(run, await shop.endPause({ userId: run.userId, subscriptionId: deadline.subscriptionId }));
      return;
    case 'remind':
      startReminder(run, deadline);
      return;
    case 'renew':
      await settle(run, await shop.renewOnTime({ userId: run.userId, ...deadline }));
      return;
    case 'subscriptionEnds':
      run.view = run.isThrifty ? withoutEnded(run.view, Date.parse(deadline.at)) : await shop.loadUser({ userId: run.userId });
      return;
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
      await startOpenWork(run);
      await sendNotices(run);
      return;
    case 'resync':
      run.started.clear();
      run.passedDeadlines.clear();
      run.view = await shop.loadUser({ userId: run.userId });
      await startOpenWork(run);
      await sendNotices(run);
      return;
    case 'userEventReported':
      await settle(run, await shop.applyUserEvents({ userId: run.userId }));
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
