import type { Policy } from './policy';
import type { ReminderKind } from './reminder';

/** A reminder that may still be sent. */
export interface ReminderInView {
  readonly subscriptionId: string;
  readonly reminder: ReminderKind;
  /** The end it speaks of. */
  readonly endsAt: string;
  readonly at: string;
}

/** What a user's workflow knows of its user: ids and instants only, rebuilt from Postgres at any time. */
export interface UserView {
  readonly userId: number;
  /** Orders that wait for a payment. */
  readonly openOrders: readonly { readonly orderId: string; readonly expiresAt: string; readonly provider: string }[];
  /** Open panel work. */
  readonly operations: readonly {
    readonly operationId: string;
    readonly orderId?: string;
    readonly panelId: string;
    readonly kind: 'ensure' | 'remove';
  }[];
  /** Subscriptions that are live, with the end of access (grace included). */
  readonly subscriptions: readonly {
    readonly subscriptionId: string;
    readonly planId: string;
    readonly endsAt: string;
    readonly accessEndsAt: string;
  }[];
  /** Subscriptions that are paused, with when each goes on by itself. */
  readonly paused?: readonly { readonly subscriptionId: string; readonly resumesAt: string }[];
  /** What the calendar of subscriptions that renew themselves says next. */
  readonly renewals?: readonly {
    readonly subscriptionId: string;
    readonly step: 'announce' | 'try';
    readonly endsAt: string;
    readonly at: string;
  }[];
  /** Payments that a saved method has to be charged for. */
  readonly charges?: readonly string[];
  /** Refunds that have to be carried out at their provider. */
  readonly refunds?: readonly string[];
  /** Saved methods whose provider has to stop charging by itself. */
  readonly stops?: readonly string[];
  /** News that were not sent yet. */
  readonly notices?: readonly string[];
  /** Reminders that may still be sent for present ends. */
  readonly reminders?: readonly ReminderInView[];
  /** Items parked for an operator. */
  readonly parkedItems: number;
  readonly policy: Policy;
}

/** What wakes a user's workflow by itself. */
export type Deadline =
  | { readonly kind: 'expireOrder'; readonly orderId: string; readonly at: string }
  | { readonly kind: 'subscriptionEnds'; readonly subscriptionId: string; readonly at: string }
  | { readonly kind: 'pauseEnds'; readonly subscriptionId: string; readonly at: string }
  | ({ readonly kind: 'remind' } & ReminderInView)
  | {
      readonly kind: 'renew';
      readonly subscriptionId: string;
      readonly step: 'announce' | 'try';
      /** The end that is moved. */
      readonly endsAt: string;
      readonly at: string;
    }
  | { readonly kind: 'idle'; readonly at: string };

/** Every deadline of the user, earliest first; `lastActivityAt` is when the last item was done. */
export function deadlinesOf(view: UserView, lastActivityAt: string): readonly Deadline[] {
  const orders = view.openOrders.map((order): Deadline => ({ kind: 'expireOrder', orderId: order.orderId, at: order.expiresAt }));
  const ends = view.subscriptions.map((subscription): Deadline => ({
    kind: 'subscriptionEnds',
    subscriptionId: subscription.subscriptionId,
    at: subscription.accessEndsAt,
  }));
  const pauses = (view.paused ?? []).map((paused): Deadline => ({
    kind: 'pauseEnds',
    subscriptionId: paused.subscriptionId,
    at: paused.resumesAt,
  }));
  const reminders = (view.reminders ?? []).map((reminder): Deadline => ({ kind: 'remind', ...reminder }));
  const renewals = (view.renewals ?? []).map((renewal): Deadline => ({ kind: 'renew', ...renewal }));
  const own = [...orders, ...ends, ...pauses, ...reminders, ...renewals];
  const work = [view.operations, view.refunds ?? [], view.stops ?? [], view.charges ?? []].flat();
  const busy = own.length + work.length > 0;
  const idle: readonly Deadline[] = busy
    ? []
    : [{ kind: 'idle', at: new Date(Date.parse(lastActivityAt) + view.policy.idleMs).toISOString() }];
  return [...own, ...idle].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/**
 * The deadline to wake for. That access has ended is only noted, so it waits for what is due within `withinMs` anyway, which is the message
 * that says so: each wake costs history.
 */
export function nextWake(deadlines: readonly Deadline[], withinMs: number): Deadline | undefined {
  return deadlines.find((deadline, index) => {
    const next = deadlines[index + 1];
    return deadline.kind !== 'subscriptionEnds' || next === undefined || Date.parse(next.at) - Date.parse(deadline.at) > withinMs;
  });
}

/** The view once access that has ended by `nowMs` is not counted as live any more. */
export function withoutEnded(view: UserView, nowMs: number): UserView {
  const subscriptions = view.subscriptions.filter((subscription) => Date.parse(subscription.accessEndsAt) > nowMs);
  return subscriptions.length === view.subscriptions.length ? view : { ...view, subscriptions };
}

/** The view once a reminder was dealt with: left out, or due again at `againAt`. */
export function withReminded(view: UserView, about: ReminderInView, againAt: string | undefined): UserView {
  const { subscriptionId, reminder, endsAt } = about;
  const others = (view.reminders ?? []).filter(
    (one) => one.subscriptionId !== subscriptionId || one.reminder !== reminder || one.endsAt !== endsAt,
  );
  return { ...view, reminders: againAt === undefined ? others : [...others, { subscriptionId, reminder, endsAt, at: againAt }] };
}

/** State word of the user for operators, by what is most urgent. */
export function stateWord(view: UserView): 'problem' | 'provisioning' | 'awaiting_payment' | 'active' | 'idle' {
  if (view.parkedItems > 0) return 'problem';
  if (view.operations.length > 0) return 'provisioning';
  if (view.openOrders.length > 0) return 'awaiting_payment';
  return view.subscriptions.length > 0 ? 'active' : 'idle';
}
