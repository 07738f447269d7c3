import type { Fulfilment, Order, OrderState } from '../domain/order';
import type { Period } from '../domain/period';
import type { Plan } from '../domain/plan';
import type { Db } from './connection';
import { newId } from './ids';

interface OrderRow {
  readonly id: string;
  readonly user_id: number;
  readonly subscription_id: string | null;
  readonly renews_subscription: boolean;
  readonly plan_id: string;
  readonly plan_title: Order['planTitle'];
  readonly period_value: number;
  readonly period_unit: Period['unit'];
  readonly price_minor: number;
  readonly currency: string;
  readonly traffic_limit_bytes: number | null;
  readonly device_limit: number | null;
  readonly server_ids: readonly string[];
  readonly state: OrderState;
  readonly fulfilment: Fulfilment;
  readonly expires_at: Date;
  readonly created_at: Date;
}

function toOrder(row: OrderRow): Order {
  return {
    id: row.id,
    userId: row.user_id,
    ...(row.subscription_id === null ? {} : { subscriptionId: row.subscription_id }),
    renewsSubscription: row.renews_subscription,
    planId: row.plan_id,
    planTitle: row.plan_title,
    period: { value: row.period_value, unit: row.period_unit },
    price: { minor: row.price_minor, currency: row.currency },
    ...(row.traffic_limit_bytes === null ? {} : { trafficLimitBytes: row.traffic_limit_bytes }),
    ...(row.device_limit === null ? {} : { deviceLimit: row.device_limit }),
    serverIds: row.server_ids,
    state: row.state,
    fulfilment: row.fulfilment,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
  };
}

/** The order, or undefined. */
export async function findOrder(db: Db, orderId: string): Promise<Order | undefined> {
  const row: OrderRow | undefined = await db<OrderRow>('orders').where({ id: orderId }).first();
  return row === undefined ? undefined : toOrder(row);
}

/** The order that waits for a payment for this subscription (or for a new one), locked. */
export async function lockOpenOrder(tx: Db, userId: number, subscriptionId: string | undefined): Promise<Order | undefined> {
  const query = tx<OrderRow>('orders').where({ user_id: userId, state: 'open', renews_subscription: subscriptionId !== undefined });
  if (subscriptionId !== undefined) query.andWhere({ subscription_id: subscriptionId });
  const row: OrderRow | undefined = await query.forUpdate().first();
  return row === undefined ? undefined : toOrder(row);
}

export interface NewOrder {
  readonly userId: number;
  readonly plan: Plan;
  readonly subscriptionId: string | undefined;
  readonly serverIds: readonly string[];
  readonly expiresAt: Date;
  readonly now: Date;
}

/** Writes an open order: a snapshot of the plan as it is now. */
export async function insertOrder(tx: Db, order: NewOrder): Promise<string> {
  const id = newId('ord');
  await tx('orders').insert({
    id,
    user_id: order.userId,
    subscription_id: order.subscriptionId,
    renews_subscription: order.subscriptionId !== undefined,
    plan_id: order.plan.id,
    plan_title: JSON.stringify(order.plan.title),
    period_value: order.plan.period.value,
    period_unit: order.plan.period.unit,
    price_minor: order.plan.price.minor,
    currency: order.plan.price.currency,
    traffic_limit_bytes: order.plan.trafficLimitBytes,
    device_limit: order.plan.deviceLimit,
    server_ids: order.serverIds,
    state: 'open',
    fulfilment: 'none',
    expires_at: order.expiresAt,
    created_at: order.now,
  });
  return id;
}

/** Closes an open order without a payment; false when it was not open any more. */
export async function closeOrder(
  tx: Db,
  orderId: string,
  close: { state: 'expired' | 'superseded' | 'cancelled'; reason: string },
): Promise<boolean> {
  const count = await tx('orders').where({ id: orderId, state: 'open' }).update({ state: close.state, closed_reason: close.reason });
  return count === 1;
}

/** Marks an order paid and on its way, whatever it was before. */
export async function markOrderPaid(tx: Db, orderId: string, paid: { subscriptionId: string; now: Date }): Promise<void> {
  await tx('orders')
    .where({ id: orderId })
    .update({ state: 'paid', fulfilment: 'provisioning', subscription_id: paid.subscriptionId, paid_at: paid.now });
}

/** Notes that the money of an order became balance. */
export async function markOrderCredited(tx: Db, orderId: string): Promise<void> {
  await tx('orders').where({ id: orderId }).whereIn('fulfilment', ['none']).update({ fulfilment: 'credited' });
}

/** Notes that all panel work of the order is done; false while some is open. */
export async function markOrderFulfilled(tx: Db, orderId: string, now: Date): Promise<boolean> {
  const count = await tx('orders')
    .where({ id: orderId, fulfilment: 'provisioning' })
    .whereNotExists(tx('operations').select(tx.raw('1')).where({ order_id: orderId }).whereNot({ state: 'done' }))
    .update({ fulfilment: 'fulfilled', fulfilled_at: now });
  return count === 1;
}

/** Whether another order for the same subscription (or for a new one) was paid after `order` was made. */
export async function servedByAnother(tx: Db, order: Order): Promise<boolean> {
  const query = tx('orders')
    .where({ user_id: order.userId, state: 'paid', renews_subscription: order.renewsSubscription })
    .whereNot({ id: order.id })
    .where('paid_at', '>=', order.createdAt);
  if (order.renewsSubscription && order.subscriptionId !== undefined) query.andWhere({ subscription_id: order.subscriptionId });
  const row: unknown = await query.first('id');
  return row !== undefined;
}

/** Keeps the message of the buyer's chat that shows the order: the one pressed last, drawn anew. */
export async function keepOrderMessage(tx: Db, orderId: string, messageId: number | undefined): Promise<void> {
  const insert = tx('order_messages').insert({ order_id: orderId, message_id: messageId }).onConflict('order_id');
  if (messageId === undefined) await insert.ignore();
  else await insert.merge({ message_id: messageId, shown_rank: 0 });
}
