import { condition, continueAsNew, setHandler, workflowInfo } from '@temporalio/workflow';
import { deadlinesOf, type Deadline } from '../../domain/user';
import { shopActivities } from '../activities';
import { showToOperators } from '../operatorsView';
import { sendNotices, startOpenWork, type UserRun } from './children';
import { deadlineKey, doItem } from './items';
import { carriedItems, isQuiet, openMailbox, type Mailbox } from './mailbox';
import { getDeadlines, getState, type UserWorkflowInput } from './messages';

function upcoming(run: UserRun, lastActivityAt: string): readonly Deadline[] {
  return deadlinesOf(run.view, lastActivityAt).filter((deadline) => !run.passedDeadlines.has(deadlineKey(deadline)));
}

function isFull(mailbox: Mailbox): boolean {
  const info = workflowInfo();
  return info.historyLength > mailbox.continueAsNewEvents || info.continueAsNewSuggested;
}

/** Waits for the mailbox or the earliest deadline; a deadline that passed becomes an item, the idle one ends the workflow. */
async function nextWork(run: UserRun, mailbox: Mailbox, earliest: Deadline | undefined): Promise<'work' | 'end'> {
  if (mailbox.items.length > 0) return 'work';
  const waitMs = earliest === undefined ? undefined : Math.max(0, Date.parse(earliest.at) - Date.now());
  const hasWork = (): boolean => mailbox.items.length > 0 || run.deadlinesMoved || (isFull(mailbox) && isQuiet(mailbox));
  const woken = waitMs === undefined ? await condition(hasWork).then(() => true) : await condition(hasWork, waitMs);
  if (woken || earliest === undefined) return 'work';
  if (earliest.kind === 'idle') return 'end';
  mailbox.items.push({ kind: 'deadline', deadline: earliest });
  return 'work';
}

/**
 * Everything that happens to one user's money and access, one thing at a time. It lives as long as something is open or live, waits on one
 * timer, and can be rebuilt from Postgres at any moment.
 */
export async function userWorkflow(input: UserWorkflowInput): Promise<void> {
  const mailbox = openMailbox(input.mailbox ?? []);
  const run: UserRun = {
    userId: input.userId,
    times: input.times,
    view: await shopActivities(input.times).loadUser({ userId: input.userId }),
    started: new Set(),
    passedDeadlines: new Set(),
    deadlinesMoved: false,
    shownAttributes: '',
  };
  mailbox.continueAsNewEvents = run.view.policy.continueAsNewEvents;
  let lastActivityAt = new Date().toISOString();
  setHandler(getState, () => ({ view: run.view, mailbox: mailbox.items.map((item) => item.kind), lastActivityAt }));
  setHandler(getDeadlines, () => upcoming(run, lastActivityAt));
  await startOpenWork(run);
  await sendNotices(run);

  for (;;) {
    run.deadlinesMoved = false;
    const deadlines = upcoming(run, lastActivityAt);
    run.shownAttributes = showToOperators(run.view, deadlines, run.shownAttributes);
    if ((await nextWork(run, mailbox, deadlines[0])) === 'end') {
      await condition(() => isQuiet(mailbox) || mailbox.items.length > 0);
      if (mailbox.items.length === 0) return;
    }
    const item = mailbox.items.shift();
    if (item !== undefined) {
      await doItem(run, item);
      lastActivityAt = new Date().toISOString();
    }
    if (isFull(mailbox)) {
      await condition(() => isQuiet(mailbox) || mailbox.items.some((waiting) => waiting.kind === 'wish'));
      if (isQuiet(mailbox)) {
        await continueAsNew<typeof userWorkflow>({ v: 1, userId: input.userId, times: input.times, mailbox: carriedItems(mailbox) });
      }
    }
  }
}
