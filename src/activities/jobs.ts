import { parkItem as parkItemIn } from '../db/parkedItems';
import { parkEventsOfPayment } from '../db/paymentEvents';
import { raiseAlert } from '../db/alerts';
import { forgetKeys, subscriptionsToForget } from '../db/keptKeys';
import { applyRetention as applyRetentionIn } from '../db/retention';
import { settleLostClaims, usersToRemind } from '../db/reminders';
import { usersBehind } from '../db/userView';
import { postponeUserEvents } from '../db/userEvents';
import { keepKeysMs, shopDay } from '../domain/shop';
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
  const now = deps.clock.now();
  await settleLostClaims(deps.db, { claimedBefore: new Date(now.getTime() - lateMs), now });
  const behind = { now, lateMs, limit: input.limit };
  const policy = deps.policy.reminders;
  const late = await usersBehind(deps.db, behind);
  const unreminded = await usersToRemind(deps.db, { ...behind, policy, day: shopDay(await deps.settings()) });
  const users = [...new Set([...late, ...unreminded])].slice(0, input.limit);
  for (const userId of users) await signals.resync(userId);
  return users.length;
}

/** Deletes what is older than its table's rule; returns the rows deleted. */
export async function applyRetention(deps: ActivityDeps): Promise<number> {
  return applyRetentionIn(deps.db, deps.clock.now());
}

/** Lets keys go that were kept long enough after their end, a few subscriptions at a time; returns how many. Their users' workflows do the rest. */
export async function forgetOldKeys(deps: ActivityDeps, signals: UserSignals, input: { readonly limit: number }): Promise<number> {
  const now = deps.clock.now();
  const settings = await deps.settings();
  const endedBefore = new Date(now.getTime() - settings.graceMs - keepKeysMs(settings));
  const old = await subscriptionsToForget(deps.db, { endedBefore, limit: input.limit });
  for (const subscriptionId of old) {
    const userId = await forgetKeys(deps.db, { subscriptionId, endedBefore, now });
    if (userId !== undefined) await signals.resync(userId);
  }
  return old.length;
}
