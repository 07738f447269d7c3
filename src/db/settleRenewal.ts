import { agreeToRenewal } from './autoRenewals';
import { closeOrder } from './closeOrder';
import { findOrder } from './orders';
import type { PaymentCase } from './paymentCase';
import type { StoredPayment } from './payments';
import { findAttemptOf, noteDeclined, noteRenewed } from './renewalAttempts';

/** What a payment means for a try to renew by a saved method: it is paid, or it was declined and its order closes. */
async function settleTry({ tx, payment, outcome, application }: PaymentCase, state: StoredPayment['state']): Promise<void> {
  const attempt = await findAttemptOf(tx, payment.id);
  if (attempt === undefined) return;
  const { now } = application;
  if (outcome === 'delivered') await noteRenewed(tx, attempt, now);
  else if (state === 'failed' || state === 'cancelled') {
    await noteDeclined(tx, attempt, { state: 'declined', now });
    await closeOrder(tx, payment.orderId, { state: 'cancelled', reason: 'declined' });
  }
}

/** Who let a way of paying be kept agreed to renewals by it, with the text and at the time that is stored beside it. */
async function beginRenewals({ tx, payment, outcome }: PaymentCase): Promise<void> {
  if (!payment.saveMethod || outcome !== 'delivered') return;
  const method: { id: string; consent_at: Date; consent_version: string } | undefined = await tx('saved_methods')
    .where({ user_id: payment.userId, provider: payment.provider, renews_itself: false })
    .whereNull('forgotten_at')
    .orderBy('created_at', 'desc')
    .first('id', 'consent_at', 'consent_version');
  const subscriptionId = (await findOrder(tx, payment.orderId))?.subscriptionId;
  if (method === undefined || subscriptionId === undefined) return;
  await agreeToRenewal(tx, {
    userId: payment.userId,
    subscriptionId,
    methodId: method.id,
    consentAt: method.consent_at,
    consentVersion: method.consent_version,
  });
}

/** What a payment means for subscriptions that renew themselves. */
export async function settleRenewal(found: PaymentCase, state: StoredPayment['state']): Promise<void> {
  await settleTry(found, state);
  await beginRenewals(found);
}
