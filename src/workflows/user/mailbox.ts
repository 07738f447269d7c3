import { allHandlersFinished, ApplicationFailure, condition, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Deadline } from '../../domain/user';
import { operationFinished, paymentReported, resync, userEventReported, type CarriedItem } from './messages';
import { updateOf, wishDescriptions, wishNames, type RequestOf, type ResultOf, type WishName } from './messages/wishes';

/** Something a caller waits for, by the name of its update. */
export type Wish = { readonly [Name in WishName]: { readonly kind: Name; readonly request: RequestOf<Name> } }[WishName];

type Answer = { readonly result: ResultOf<WishName> } | { readonly failure: ApplicationFailure };

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

async function ask(mailbox: Mailbox, wish: Wish): Promise<ResultOf<WishName>> {
  const item: Item & { kind: 'wish' } = { kind: 'wish', wish, answer: undefined };
  mailbox.items.push(item);
  await condition(() => item.answer !== undefined);
  const answer = item.answer;
  if (answer === undefined) throw ApplicationFailure.nonRetryable('no answer was made', 'Internal');
  if ('failure' in answer) throw answer.failure;
  return answer.result;
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

function listen(mailbox: Mailbox, kind: WishName): void {
  // The update of a name carries the request of that name.
  setHandler(updateOf(kind), (request) => ask(mailbox, { kind, request } as Wish), {
    validator: (_request: RequestOf<WishName>) => refuseWhenFull(mailbox),
    description: wishDescriptions[kind],
  });
}

/** Makes the mailbox and registers every handler: they only validate and enqueue, the loop does the work. */
export function openMailbox(carried: readonly CarriedItem[]): Mailbox {
  const mailbox: Mailbox = { items: [...carried], continueAsNewEvents: Number.MAX_SAFE_INTEGER };
  for (const name of wishNames) listen(mailbox, name);
  setHandler(paymentReported, ({ paymentId }) => enqueue(mailbox, { kind: 'paymentReported', paymentId }), {
    description: 'There is news about a payment in the inbox.',
  });
  setHandler(operationFinished, ({ operationId }) => enqueue(mailbox, { kind: 'operationFinished', operationId }), {
    description: 'A piece of panel work ended.',
  });
  setHandler(resync, () => enqueue(mailbox, { kind: 'resync' }), {
    description: 'Look at the facts in Postgres again and restart what should run.',
  });
  setHandler(userEventReported, () => enqueue(mailbox, { kind: 'userEventReported' }), {
    description: 'Something that another user did has an effect on this one.',
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
