import type { Money } from './money';

/** When subscriptions renew themselves, in milliseconds. */
export interface RenewalPolicy {
  /** One try each, counted from the end (before it: less than zero), the earliest first. */
  readonly offsetsMs: readonly number[];
  /** The buyer is told this long before the first try. */
  readonly announceMs: number;
  /** A try that nobody has answered by then counts as unknown, and the next one comes. */
  readonly answerMs: number;
}

const dayMs = 86_400_000;

export const defaultRenewalPolicy: RenewalPolicy = {
  offsetsMs: [-dayMs, 0, dayMs, 3 * dayMs],
  announceMs: 2 * dayMs,
  answerMs: 12 * 3_600_000,
};

/** What a way of paying renews by itself since it was kept: the shop charges it for a subscription, or its provider charges at a pace of its own. */
export type KeptRenewal =
  | { readonly by: 'shop'; readonly subscriptionId: string; readonly amount: Money; readonly at: Date }
  | { readonly by: 'provider'; readonly methodId: string; readonly at: Date };

export interface RenewalSlot {
  readonly slot: number;
  readonly at: Date;
}

function slotsAfter(endsAt: Date, lastTried: number | undefined, policy: RenewalPolicy): readonly RenewalSlot[] {
  const slots = policy.offsetsMs.map((offsetMs, slot) => ({ slot, at: new Date(endsAt.getTime() + offsetMs) }));
  return slots.filter(({ slot }) => slot > (lastTried ?? -1));
}

/** The next try for an end, whether it is due or not; undefined when there is none left. */
export function nextSlot(endsAt: Date, lastTried: number | undefined, policy: RenewalPolicy): RenewalSlot | undefined {
  return slotsAfter(endsAt, lastTried, policy)[0];
}

/** Clocks of two machines may differ by this much without a try waiting for it. */
const toleranceMs = 5_000;

/** The try to be made now: of several that are due, the last one. The earlier ones are left out, so that nobody is charged twice in a row. */
export function dueSlot(
  endsAt: Date,
  lastTried: number | undefined,
  at: { readonly now: Date; readonly policy: RenewalPolicy },
): RenewalSlot | undefined {
  const slots = slotsAfter(endsAt, lastTried, at.policy);
  const [next] = slots;
  const isAlmostDue = next !== undefined && next.at.getTime() <= at.now.getTime() + toleranceMs;
  return slots.findLast((slot) => slot.at <= at.now) ?? (isAlmostDue ? next : undefined);
}

/** When the buyer is told of the first try; undefined where no time was left for that as it was agreed to. */
export function announceAt(endsAt: Date, agreedAt: Date, policy: RenewalPolicy): Date | undefined {
  const first = nextSlot(endsAt, undefined, policy);
  if (first === undefined) return undefined;
  const at = new Date(first.at.getTime() - policy.announceMs);
  return at > agreedAt ? at : undefined;
}
