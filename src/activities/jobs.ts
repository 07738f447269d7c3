import { parkItem as parkItemIn } from '../db/parkedItems';
import { parkEventsOfPayment } from '../db/paymentEvents';
import { raiseAlert } from '../db/alerts';
import { applyRetention as applyRetentionIn } from '../db/retention';
import { usersBehind } from '../db/userView';
import { postponeUserEvents } from '../db/userEvents';
import type { UserView } from '../domain/user';
import type { ParkedItemInput } from './contract';
import type { ActivityDeps, UserSignals } from './deps';
import { loadUser } from './users';

/** A user whose deadline passed this long ago is behind. */
const lateMs = 10 * 60_000;
/** What another user's doings mean is tried again this long after it failed for our own fault. */
const postponedMs = 60 * 60_000;

/** Sets an item aside that failed for our own fault and tells the operators; money in it stays in the inbox. */
export async function parkItem(deps: ActivityDeps, input: ParkedItemInput): Promise<UserView> {
  const id = await deps.db.transaction(async (tx) => {
    const parked = await parkItemIn(tx, input);
    if (input.item.kind === 'userEventReported')
      await postponeUserEvents(tx, input.userId, new Date(deps.clock.now().getTime() + postponedMs));
    if (input.item.paymentId !== undefined) await parkEventsOfPayment(tx, input.item.paymentId, deps.clock.now());
    return parked;
  });
  await raiseAlert(deps.db, {
    key: `parked:${id}`,
    kind: 'parked_item',
    text: `User ${input.userId}: ${input.item.kind} was set aside (${input.errorCode}). When its cause is mended: npm run shop -- retry-parked ${id}`,
  });
  return loadUser(deps, input);
}

/** Tells a few users that are behind to look again; returns how many. */
export async function sweepUsers(deps: ActivityDeps, signals: UserSignals, input: { readonly limit: number }): Promise<number> {
  const users = await usersBehind(deps.db, { now: deps.clock.now(), lateMs, limit: input.limit });
  for (const userId of users) await signals.resync(userId);
  return users.length;
}

/** Deletes what is older than its table's rule; returns the rows deleted. */
export async function applyRetention(deps: ActivityDeps): Promise<number> {
  return applyRetentionIn(deps.db, deps.clock.now());
}
