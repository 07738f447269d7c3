import { suffices } from '../domain/balance';
import type { ShopSettings } from '../domain/shop';
import { countedFrom } from '../domain/grant';
import { changeAccess } from './access';
import { audit } from './audit';
import type { Db } from './connection';
import { book, lockBalance } from './ledger';
import { giveEffectsAgain } from './orderEffects';
import { findRefund, finishRefundOf, type StoredRefund } from './refunds';
import { lockSubscription } from './subscriptions';

// A mixed order's balance part was the buyer's again since the refund was decided on; with the access it goes back to the sale.
async function takeBalancePart(tx: Db, refund: StoredRefund): Promise<boolean> {
  const given: { amount_minor: number; currency: string } | undefined = await tx('transactions')
    .where({ operation_key: `refund:${refund.id}:balance` })
    .first('amount_minor', 'currency');
  if (given === undefined) return true;
  const amount = { minor: given.amount_minor, currency: given.currency };
  if (!suffices((await lockBalance(tx, refund.userId, amount.currency)).minor, amount.minor)) return false;
  return book(tx, {
    operationKey: `refund:${refund.id}:balance-back`,
    from: `user:${refund.userId}`,
    to: 'sales',
    amount,
    kind: 'sale',
    userId: refund.userId,
    orderId: refund.orderId,
    ...(refund.paymentId === undefined ? {} : { paymentId: refund.paymentId }),
  });
}

/** Gives the access back that a refund had taken, because the money stays with the shop; nothing is changed unless it says `done`. */
export async function cancelRefund(
  tx: Db,
  cancel: { refundId: string; actor: string; settings: Pick<ShopSettings, 'timeZone' | 'graceMs'>; now: Date },
): Promise<'done' | 'not_waiting' | 'balance_spent'> {
  const refund = await findRefund(tx, cancel.refundId);
  if (refund === undefined || refund.state !== 'by_hand') return 'not_waiting';
  if (!(await takeBalancePart(tx, refund))) return 'balance_spent';
  const { now } = cancel;
  await finishRefundOf(tx, refund.id, { state: 'refused', why: 'cancelled by an operator', now });
  const grant: { subscription_id: string; end_before: Date; end_after: Date; created_at: Date } | undefined =
    refund.grantId === undefined ? undefined : await tx('grants').where({ id: refund.grantId }).first();
  if (grant !== undefined) {
    const subscription = await lockSubscription(tx, grant.subscription_id);
    const takenMs = grant.end_before.getTime() - grant.end_after.getTime();
    const counted = subscription === undefined ? now : countedFrom(subscription, now);
    const from = Math.max(subscription?.endsAt?.getTime() ?? 0, counted.getTime());
    await changeAccess(tx, {
      subscriptionId: grant.subscription_id,
      kind: 'manual',
      source: 'refund_cancelled',
      sourceId: refund.id,
      endsAt: new Date(from + takenMs),
      revokedAt: null,
      settings: cancel.settings,
      now,
    });
  }
  const count = await tx('orders').where({ id: refund.orderId, fulfilment: 'revoked' }).update({ fulfilment: 'fulfilled' });
  await giveEffectsAgain(tx, refund.orderId, { ...cancel, isWhole: count > 0 });
  await audit(tx, { actor: cancel.actor, action: 'refund.cancelled', target: refund.id });
  return 'done';
}
