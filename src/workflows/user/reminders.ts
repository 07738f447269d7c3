import { ActivityFailure } from '@temporalio/workflow';
import type { ReminderOutcome } from '../../activities/contract';
import type { Deadline } from '../../domain/user';
import { reminderActivities, shopActivities } from '../activities';
import type { UserRun } from './children';

type ReminderDeadline = Extract<Deadline, { kind: 'remind' }>;

async function send(run: UserRun, input: Pick<ReminderDeadline, 'subscriptionId' | 'reminder' | 'endsAt'>): Promise<ReminderOutcome> {
  const { subscriptionId, reminder: kind, endsAt } = input;
  try {
    return await reminderActivities(run.times).sendReminder({ subscriptionId, kind, endsAt });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return shopActivities(run.times).settleReminder({ subscriptionId, kind, endsAt });
  }
}

async function remind(run: UserRun, deadline: ReminderDeadline): Promise<void> {
  const { subscriptionId, reminder, endsAt } = deadline;
  let outcome: ReminderOutcome;
  try {
    outcome = await send(run, deadline);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    // For our own fault: it stays with the facts, and the sweep comes back to it.
    return;
  }
  const others = (run.view.reminders ?? []).filter(
    (one) => one.subscriptionId !== subscriptionId || one.reminder !== reminder || one.endsAt !== endsAt,
  );
  const again = outcome.outcome === 'waiting' ? [{ subscriptionId, reminder, endsAt, at: outcome.at }] : [];
  run.view = { ...run.view, reminders: [...others, ...again] };
  run.deadlinesMoved = again.length > 0 || others.length === 0;
}

/**
 * Begins to deal with a reminder. The loop does not wait for it: a message may wait its turn at Telegram for long, and the user's wishes must not.
 * That nothing is said twice, or of an end that has moved, is seen to by its row in Postgres; a run that ends meanwhile leaves it to the next.
 */
export function startReminder(run: UserRun, deadline: ReminderDeadline): void {
  void remind(run, deadline);
}
