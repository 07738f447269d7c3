import { renewedEnd } from '../domain/grant';
import type { Order } from '../domain/order';
import type { ShopSettings } from '../domain/shop';
import { ShopError } from '../errors';
import { closeOrder } from './closeOrder';
import type { Db } from './connection';
import { deliverExtra } from './deliverExtra';
import { endExtraDevices, endExtraTraffic, withExtras } from './extras';
import { makeGift } from './gifts';
import { insertOperations } from './operations';
import { lockOpenOrder, markOrderPaid, markPaidAndDone, subjectOf } from './orders';
import { setDesiredAccounts, type DesiredChange } from './panelAccounts';
import { convertToPlanOf } from './planChange';
import { spendUse } from './promoUses';
import { earnRewards, giveDueRewards } from './rewards';
import { resetTraffic } from './traffic';
import { insertGrant, insertSubscription, lockSubscription, setSubscriptionTerms, type StoredSubscription } from './subscriptions';

export interface Delivery {
  readonly settings: Pick<ShopSettings, 'timeZone' | 'graceMs' | 'referral'>;
  /** The end is at least this: a provider that charges by itself has named it. */
  readonly notBefore?: Date | undefined;
  readonly now: Date;
}

function later(end: Date, other: Date | undefined): Date {
  return other !== undefined && other > end ? other : end;
}

/**
 * Gives the buyer what the order says: the grant, the new end, the desired state of every panel and the work to get there. In the caller's
 * transaction; an order is delivered once, whatever happens. Returns the ids of orders that it superseded.
 */
export async function deliverOrder(tx: Db, order: Order, delivery: Delivery): Promise<readonly string[]> {
  const { settings, now } = delivery;
  if (order.kind === 'extra') {
    await deliverExtra(tx, order, delivery);
    return supersedeRival(tx, order);
  }
  if (order.period === undefined) throw new ShopError('Internal', { message: 'an order without a period cannot be delivered' });
  if (order.isGift) return deliverGift(tx, order, delivery);
  const subscriptionId = order.subscriptionId ?? (await insertSubscription(tx, order, now));
  const subscription = await lockSubscription(tx, subscriptionId);
  if (subscription === undefined) throw new ShopError('Internal', { message: 'the subscription of an order does not exist' });
  const endBefore = await convertToPlanOf(tx, order, { subscription, period: order.period, now });
  const term = { ...subscription, endsAt: endBefore };
  const endAfter = later(renewedEnd(term, order.period, { now, timeZone: settings.timeZone }), delivery.notBefore);
  const kind = order.renewsSubscription ? 'renewal' : 'purchase';
  const grantId = await insertGrant(tx, { subscriptionId, kind, source: 'order', sourceId: order.id, endBefore, endAfter, now });
  if (grantId === undefined) return [];
  const terms = await termsOf(tx, order, { subscriptionId, now });
  await setSubscriptionTerms(tx, subscriptionId, { order: terms, endsAt: endAfter });
  const accessEnd = new Date(endAfter.getTime() + settings.graceMs);
  const changes = await openAccess(tx, terms, { subscriptionId, subscription, accessEnd, now });
  await insertOperations(tx, { cause: grantId, userId: order.userId, orderId: order.id, changes });
  await markOrderPaid(tx, order.id, { subscriptionId, now });
  await spendUse(tx, order);
  await earnRewards(tx, order, delivery);
  await giveDueRewards(tx, order.userId, delivery);
  return supersedeRival(tx, order);
}

// A new period begins with its own traffic; extra devices stay until their time is over.
async function termsOf(tx: Db, order: Order, of: { readonly subscriptionId: string; readonly now: Date }): Promise<Order> {
  await endExtraTraffic(tx, of.subscriptionId, of.now);
  await endExtraDevices(tx, of.subscriptionId, of.now);
  return withExtras(tx, of.subscriptionId, order);
}

// What is given away has no subscription yet: whoever opens the link has it.
async function deliverGift(tx: Db, order: Order, delivery: Delivery): Promise<readonly string[]> {
  await markPaidAndDone(tx, order.id, delivery.now);
  await makeGift(tx, order, delivery.now);
  await spendUse(tx, order);
  await earnRewards(tx, order, delivery);
  return supersedeRival(tx, order);
}

interface Opening {
  readonly subscriptionId: string;
  readonly subscription: StoredSubscription;
  readonly accessEnd: Date;
  readonly now: Date;
}

async function openAccess(tx: Db, order: Order, opening: Opening): Promise<readonly DesiredChange[]> {
  const { subscriptionId, subscription, accessEnd, now } = opening;
  // What is bought comes with its traffic: a renewal counts from 0.
  if (order.trafficLimitBytes !== undefined || subscription.exhaustedAt !== undefined) await resetTraffic(tx, subscriptionId, now);
  return setDesiredAccounts(tx, {
    subscriptionId,
    userId: order.userId,
    enabled: subscription.pausedAt === undefined && subscription.suspendedAt === undefined,
    endsAt: accessEnd,
    trafficLimitBytes: order.trafficLimitBytes ?? 0,
    deviceLimit: order.deviceLimit ?? 0,
    serverIds: order.serverIds,
  });
}

// After late money has bought the same thing, an order that still waits would only invite the buyer to pay twice.
async function supersedeRival(tx: Db, order: Order): Promise<readonly string[]> {
  const rival = await lockOpenOrder(tx, order.userId, subjectOf(order));
  if (rival === undefined || rival.id === order.id) return [];
  await closeOrder(tx, rival.id, { state: 'superseded', reason: 'paid_by_another' });
  return [rival.id];
}
