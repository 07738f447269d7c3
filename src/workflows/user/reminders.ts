import { ActivityFailure } from '@temporalio/workflow';
import type { ReminderOutcome } from '../../activities/contract';
import { withReminded, type Deadline } from '../../domain/user';
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
  let outcome: ReminderOutcome;
  try {
    outcome = await send(run, deadline);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    // For our own fault: it stays with the facts, and the sweep comes back to it.
    return;
  }
  const againAt = outcome.outcome === 'waiting' ? outcome.at : undefined;
  run.view = withReminded(run.view, deadline, againAt);
  // What somebody else deals with is theirs to tell: a view that is loaded meanwhile knows better.
  if (outcome.outcome !== 'gone') run.reminded.push({ reminder: deadline, againAt });
  // Read by runs from before `isThrifty` alone: of two answers at once, the second takes back the news of the first.
  run.deadlinesMoved = againAt !== undefined || run.view.reminders?.length === 0;
}

function keyOf({ subscriptionId, reminder, endsAt }: ReminderDeadline): string {
  return `${subscriptionId}:${reminder}:${endsAt}`;
}

/**
 * Begins to deal with a reminder. The loop does not wait for it: a message may wait its turn at Telegram for long, and the user's wishes must not.
 * That nothing is said twice, or of an end that has moved, is seen to by its row in Postgres; a run that ends waits a moment for it, and
 * leaves it to the next if that is too short.
 */
export function startReminder(run: UserRun, deadline: ReminderDeadline): void {
  const key = keyOf(deadline);
  if (run.isThrifty && run.reminding.has(key)) return;
  run.reminding.add(key);
  void remind(run, deadline).finally(() => run.reminding.delete(key));
}

/** Tells the view of an item what came of reminders while the item was done: the facts may have been read before. */
export function retakeReminded(run: UserRun): void {
  for (const { reminder, againAt } of run.reminded.splice(0)) run.view = withReminded(run.view, reminder, againAt);
}
