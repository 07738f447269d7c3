import { condition, continueAsNew, patched, setHandler, workflowInfo } from '@temporalio/workflow';
import { deadlinesOf, nextWake, withoutEnded, type Deadline } from '../../domain/user';
import { shopActivities } from '../activities';
import { showToOperators } from '../operatorsView';
import { sendNotices, startOpenWork, type UserRun } from './children';
import { deadlineKey, doItem } from './items';
import { carriedItems, isQuiet, openMailbox, type Mailbox } from './mailbox';
import { getDeadlines, getState, type UserWorkflowInput } from './messages';
import { retakeReminded } from './reminders';

/** Longest that a full run waits for reminders under way; wishes are answered "busy" meanwhile, and asked again. */
const farewellMs = 2_000;
/** Events that a run has at least, however many it began with: one that only began would begin again for ever. */
const leastEvents = 10;

function upcoming(run: UserRun): readonly Deadline[] {
  return deadlinesOf(run.view, run.lastActivityAt).filter((deadline) => !run.passedDeadlines.has(deadlineKey(deadline)));
}

function wakeFor(run: UserRun): Deadline | undefined {
  const deadlines = upcoming(run);
  return run.isThrifty ? nextWake(deadlines, run.view.policy.reminders.lateMs) : deadlines[0];
}

/** Whether the timer of `earliest` is for the wrong moment by now; a reminder that was dealt with beside the loop may have moved it. */
function hasMoved(run: UserRun, earliest: Deadline | undefined): boolean {
  if (!run.isThrifty) return run.deadlinesMoved;
  const next = wakeFor(run);
  return (next === undefined ? undefined : deadlineKey(next)) !== (earliest === undefined ? undefined : deadlineKey(earliest));
}

function isFull(mailbox: Mailbox): boolean {
  const info = workflowInfo();
  return info.historyLength > mailbox.continueAsNewEvents || info.continueAsNewSuggested;
}

/** Waits for the mailbox or the earliest deadline; a deadline that passed becomes an item, the idle one ends the workflow. */
async function nextWork(run: UserRun, mailbox: Mailbox): Promise<'work' | 'end'> {
  if (mailbox.items.length > 0) return 'work';
  const earliest = wakeFor(run);
  const waitMs = earliest === undefined ? undefined : Math.max(0, Date.parse(earliest.at) - Date.now());
  // Without a timer of no length: many may be due at once, and each event counts.
  if (run.isThrifty && earliest !== undefined && earliest.kind !== 'idle' && waitMs === 0) {
    mailbox.items.push({ kind: 'deadline', deadline: earliest });
    return 'work';
  }
  const hasWork = (): boolean => mailbox.items.length > 0 || hasMoved(run, earliest) || (isFull(mailbox) && isQuiet(mailbox));
  const woken = waitMs === undefined ? await condition(hasWork).then(() => true) : await condition(hasWork, waitMs);
  if (woken || earliest === undefined) return 'work';
  if (earliest.kind === 'idle') return 'end';
  mailbox.items.push({ kind: 'deadline', deadline: earliest });
  return 'work';
}

/** Does the next item, if there is one. */
async function workNext(run: UserRun, mailbox: Mailbox): Promise<void> {
  const item = mailbox.items.shift();
  if (item === undefined) return;
  run.reminded.length = 0;
  await doItem(run, item);
  if (run.isThrifty) retakeReminded(run);
  run.lastActivityAt = new Date().toISOString();
}

/** A run that is over its measure ends where nobody waits for an answer, and the next goes on. */
async function continueWhenFull(input: UserWorkflowInput, run: UserRun, mailbox: Mailbox): Promise<void> {
  if (!isFull(mailbox)) return;
  await condition(() => isQuiet(mailbox) || mailbox.items.some((waiting) => waiting.kind === 'wish'));
  if (!isQuiet(mailbox)) return;
  // A reminder that no worker has begun with is lost with its run: without a moment for it, each run would only pass it on.
  if (run.isThrifty && run.reminding.size > 0) await condition(() => run.reminding.size === 0, farewellMs);
  await continueAsNew<typeof userWorkflow>({ v: 1, userId: input.userId, times: input.times, mailbox: carriedItems(mailbox) });
}

/**
 * Everything that happens to one user's money and access, one thing at a time. It lives as long as something is open or live, waits on one
 * timer, and can be rebuilt from Postgres at any moment.
 */
export async function userWorkflow(input: UserWorkflowInput): Promise<void> {
  const mailbox = openMailbox(input.mailbox ?? []);
  const isThrifty = patched('quiet-month');
  const run: UserRun = {
    userId: input.userId,
    times: input.times,
    view: await shopActivities(input.times).loadUser({ userId: input.userId }),
    lastActivityAt: new Date().toISOString(),
    started: new Set(),
    passedDeadlines: new Set(),
    reminding: new Set(),
    reminded: [],
    isThrifty,
    deadlinesMoved: false,
    shownAttributes: '',
  };
  mailbox.continueAsNewEvents = run.view.policy.continueAsNewEvents;
  setHandler(getState, () => ({ view: run.view, mailbox: mailbox.items.map((item) => item.kind), lastActivityAt: run.lastActivityAt }));
  setHandler(getDeadlines, () => upcoming(run));
  await startOpenWork(run);
  await sendNotices(run);
  if (isThrifty) mailbox.continueAsNewEvents = Math.max(mailbox.continueAsNewEvents, workflowInfo().historyLength + leastEvents);

  for (;;) {
    run.deadlinesMoved = false;
    if (isThrifty) run.view = withoutEnded(run.view, Date.now());
    run.shownAttributes = showToOperators(run.view, upcoming(run), run.shownAttributes);
    if ((await nextWork(run, mailbox)) === 'end') {
      await condition(() => isQuiet(mailbox) || mailbox.items.length > 0);
      if (mailbox.items.length === 0) return;
    }
    await workNext(run, mailbox);
    await continueWhenFull(input, run, mailbox);
  }
}
