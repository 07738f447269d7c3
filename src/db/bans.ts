import { refreshAccess } from './access';
import { audit } from './audit';
import { closeOrder } from './closeOrder';
import type { Db } from './connection';
import type { OperatorAct } from './grantTime';
import { insertOperations } from './operations';
import { forgetAllMethods } from './savedMethods';

// What panels hold follows from the ban: see `setDesiredAccounts`.
async function refreshAll(tx: Db, act: OperatorAct): Promise<void> {
  const subscriptions: readonly { id: string }[] = await tx('subscriptions')
    .where({ user_id: act.userId })
    .whereNull('revoked_at')
    .orderBy('id')
    .select('id');
  for (const { id } of subscriptions) {
    const refreshed = await refreshAccess(tx, { subscriptionId: id, graceMs: act.settings.graceMs, now: act.now });
    if (refreshed === undefined) continue;
    await tx('subscriptions')
      .where({ id })
      .update({ version: tx.raw('version + 1') });
    const cause = `ban:${act.userId}:${act.key}:${id}`;
    await insertOperations(tx, { cause, userId: act.userId, orderId: undefined, changes: refreshed.changes });
  }
}

/**
 * Shuts the shop and every access to a user: open orders close, nothing is charged any more by itself. Money that still comes becomes balance. Returns
 * the orders that closed, or undefined where the user was banned before.
 */
export async function banUser(tx: Db, act: OperatorAct): Promise<readonly string[] | undefined> {
  const { userId, actor, reason, now } = act;
  const count = await tx('users').where({ id: userId, is_banned: false }).update({ is_banned: true });
  if (count === 0) return undefined;
  await audit(tx, { actor, action: 'user.banned', target: `user:${userId}`, after: { reason } });
  const orders: readonly { id: string }[] = await tx('orders').where({ user_id: userId, state: 'open' }).orderBy('id').select('id');
  for (const { id } of orders) await closeOrder(tx, id, { state: 'cancelled', reason: 'banned' });
  await forgetAllMethods(tx, userId, now);
  await refreshAll(tx, act);
  return orders.map(({ id }) => id);
}

/** Opens shop and access again: what was paid for goes on to its end. False where the user was not banned. */
export async function unbanUser(tx: Db, act: OperatorAct): Promise<boolean> {
  const { userId, actor, reason } = act;
  const count = await tx('users').where({ id: userId, is_banned: true }).update({ is_banned: false });
  if (count === 0) return false;
  await audit(tx, { actor, action: 'user.unbanned', target: `user:${userId}`, after: { reason } });
  await refreshAll(tx, act);
  return true;
}
