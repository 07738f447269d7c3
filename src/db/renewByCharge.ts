import type { PaymentDecision } from '../domain/foldPayment';
import { renewedEnd } from '../domain/grant';
import { ownPaceOf } from '../domain/method';
import { changeAccess } from './access';
import { addNotice } from './notices';
import type { PaymentCase } from './paymentCase';
import { lockSubscription } from './subscriptions';
import { resetTraffic } from './traffic';

type MoneyDecision = Extract<PaymentDecision, { kind: 'money' }>;

/**
 * Gives the period that a provider charged for by itself, traffic counted from 0: one more from the present end, never less than the end it names. False when there is
 * nothing it could extend: the order was taken back, its subscription is revoked, or its owner is banned.
 */
export async function renewByCharge(found: PaymentCase, decision: MoneyDecision): Promise<boolean> {
  const { tx, payment, order, application } = found;
  const pace = ownPaceOf(payment.provider);
  if (pace === undefined || found.banned || found.outcome !== 'delivered' || order.fulfilment === 'revoked') return false;
  const subscription = order.subscriptionId === undefined ? undefined : await lockSubscription(tx, order.subscriptionId);
  if (subscription === undefined || subscription.revokedAt !== undefined) return false;
  const { now, settings } = application;
  const extended = renewedEnd(subscription, pace, { now, timeZone: settings.timeZone });
  const endsAt = new Date(Math.max(extended.getTime(), Date.parse(decision.event.periodEnd ?? '') || 0));
  // Like every renewal, it begins with nothing counted.
  if (subscription.trafficLimitBytes > 0) await resetTraffic(tx, subscription.id, now);
  const granted = await changeAccess(tx, {
    subscriptionId: subscription.id,
    kind: 'renewal',
    source: 'charge',
    sourceId: `${payment.provider}:${decision.chargeId}`,
    endsAt,
    settings,
    now,
  });
  if (granted === undefined) return false;
  await addNotice(tx, {
    userId: payment.userId,
    key: `renewed:${payment.provider}:${decision.chargeId}`,
    kind: 'renewed',
    params: { amount: decision.received, endsAt: endsAt.toISOString(), timeZone: settings.timeZone },
  });
  return true;
}
