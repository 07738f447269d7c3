import type { Added, Extra } from '../domain/extra';
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
  readonly kind: Order['kind'];
  readonly is_gift: boolean;
  readonly plan_id: string | null;
  readonly plan_title: Order['planTitle'];
  readonly period_value: number | null;
  readonly period_unit: Period['unit'] | null;
  readonly price_minor: number;
  readonly list_price_minor: number | null;
  readonly promo_code: string | null;
  readonly balance_minor: number;
  readonly held_minor: number;
  readonly currency: string;
  readonly traffic_limit_bytes: number | null;
  readonly device_limit: number | null;
  readonly adds_traffic_bytes: number | null;
  readonly adds_devices: number | null;
  readonly server_ids: readonly string[];
  readonly state: OrderState;
  readonly fulfilment: Fulfilment;
  readonly expires_at: Date;
  readonly created_at: Date;
}

function addedBy(row: OrderRow): { adds?: Added } {
  if (row.adds_traffic_bytes !== null) return { adds: { trafficBytes: row.adds_traffic_bytes } };
  return row.adds_devices === null ? {} : { adds: { devices: row.adds_devices } };
}

function toOrder(row: OrderRow): Order {
  return {
    id: row.id,
    userId: row.user_id,
    ...(row.subscription_id === null ? {} : { subscriptionId: row.subscription_id }),
    renewsSubscription: row.renews_subscription,
    kind: row.kind,
    isGift: row.is_gift,
    planId: row.plan_id ?? undefined,
    planTitle: row.plan_title,
    period: row.period_value === null || row.period_unit === null ? undefined : { value: row.period_value, unit: row.period_unit },
    price: { minor: row.price_minor, currency: row.currency },
    listPrice: { minor: row.list_price_minor ?? row.price_minor, currency: row.currency },
    ...(row.promo_code === null ? {} : { promoCode: row.promo_code }),
    balanceMinor: row.balance_minor,
    heldMinor: row.held_minor,
    ...(row.traffic_limit_bytes === null ? {} : { trafficLimitBytes: row.traffic_limit_bytes }),
    ...(row.device_limit === null ? {} : { deviceLimit: row.device_limit }),
    ...addedBy(row),
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

/** The order, locked for this transaction. */
export async function lockOrder(tx: Db, orderId: string): Promise<Order | undefined> {
  const row: OrderRow | undefined = await tx<OrderRow>('orders').where({ id: orderId }).forUpdate().first();
  return row === undefined ? undefined : toOrder(row);
}

/** What an order is about; at most one open order per user and subject. */
export type OrderSubject =
  | { readonly kind: 'topup' }
  | { readonly kind: 'gift' }
  | { readonly kind: 'extra'; readonly subscriptionId: string }
  | { readonly kind: 'plan'; readonly subscriptionId: string | undefined };

/** What an order was made for. */
export function subjectOf(order: Pick<Order, 'kind' | 'isGift' | 'subscriptionId' | 'renewsSubscription'>): OrderSubject {
  const subscriptionId = order.renewsSubscription ? order.subscriptionId : undefined;
  if (order.kind === 'topup') return { kind: 'topup' };
  if (order.kind === 'extra' && subscriptionId !== undefined) return { kind: 'extra', subscriptionId };
  return order.isGift ? { kind: 'gift' } : { kind: 'plan', subscriptionId };
}

/** The order that waits for a payment for this subscription (for a new one, or for the balance), locked. */
export async function lockOpenOrder(tx: Db, userId: number, subject: OrderSubject): Promise<Order | undefined> {
  const isGift = subject.kind === 'gift';
  const kind = isGift ? 'plan' : subject.kind;
  const query = tx<OrderRow>('orders').where({ user_id: userId, state: 'open', kind, is_gift: isGift });
  if (subject.kind === 'extra') query.andWhere({ subscription_id: subject.subscriptionId });
  if (subject.kind === 'plan') {
    query.andWhere({ renews_subscription: subject.subscriptionId !== undefined });
    if (subject.subscriptionId !== undefined) query.andWhere({ subscription_id: subject.subscriptionId });
  }
  const row: OrderRow | undefined = await query.forUpdate().first();
  return row === undefined ? undefined : toOrder(row);
}

/** What is bought, as it is now. */
export type Purchase =
  | { readonly kind: 'topup'; readonly title: Order['planTitle']; readonly price: Plan['price'] }
  | { readonly kind: 'extra'; readonly extra: Extra; readonly subscriptionId: string }
  | {
      readonly kind: 'plan';
      readonly plan: Plan;
      readonly subscriptionId: string | undefined;
      /** The buyer said which of the plan's servers it is. */
      readonly placeChosen?: boolean;
      /** For somebody else. */
      readonly isGift?: boolean;
    };

export interface NewOrder {
  readonly userId: number;
  readonly purchase: Purchase;
  readonly balanceMinor: number;
  readonly expiresAt: Date;
  readonly now: Date;
}

function extraColumns({ extra, subscriptionId }: Extract<Purchase, { kind: 'extra' }>): object {
  return {
    kind: 'extra',
    subscription_id: subscriptionId,
    renews_subscription: true,
    plan_id: extra.id,
    plan_title: JSON.stringify(extra.title),
    price_minor: extra.price.minor,
    currency: extra.price.currency,
    adds_traffic_bytes: extra.adds.trafficBytes,
    adds_devices: extra.adds.devices,
    server_ids: [],
  };
}

function snapshotOf(purchase: Purchase): object {
  if (purchase.kind === 'extra') return extraColumns(purchase);
  if (purchase.kind === 'topup') {
    return {
      kind: 'topup',
      renews_subscription: false,
      plan_title: JSON.stringify(purchase.title),
      price_minor: purchase.price.minor,
      currency: purchase.price.currency,
      server_ids: [],
    };
  }
  const { plan, subscriptionId } = purchase;
  return {
    kind: 'plan',
    subscription_id: subscriptionId,
    renews_subscription: subscriptionId !== undefined,
    is_gift: purchase.isGift ?? false,
    plan_id: plan.id,
    plan_title: JSON.stringify(plan.title),
    period_value: plan.period.value,
    period_unit: plan.period.unit,
    price_minor: plan.price.minor,
    currency: plan.price.currency,
    promo_code: plan.discount?.code,
    list_price_minor: plan.discount?.listPrice.minor,
    traffic_limit_bytes: plan.trafficLimitBytes,
    device_limit: plan.deviceLimit,
    server_ids: plan.serverIds,
  };
}

/** Writes an open order: a snapshot of what is bought as it is now. */
export async function insertOrder(tx: Db, order: NewOrder): Promise<string> {
  const id = newId('ord');
  await tx('orders').insert({
    id,
    user_id: order.userId,
    ...snapshotOf(order.purchase),
    balance_minor: order.balanceMinor,
    state: 'open',
    fulfilment: 'none',
    expires_at: order.expiresAt,
    created_at: order.now,
  });
  return id;
}

/** Gives an open order more time, never less. */
export async function extendOrder(tx: Db, orderId: string, until: Date): Promise<void> {
  await tx('orders').where({ id: orderId, state: 'open' }).where('expires_at', '<', until).update({ expires_at: until });
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

/** Notes that what the order bought was taken back. */
export async function markOrderRevoked(tx: Db, orderId: string): Promise<void> {
  await tx('orders').where({ id: orderId, state: 'paid' }).update({ fulfilment: 'revoked' });
}

/** Marks a top-up or a gift paid and done. */
export async function markPaidAndDone(tx: Db, orderId: string, now: Date): Promise<void> {
  await tx('orders').where({ id: orderId }).update({ state: 'paid', fulfilment: 'fulfilled', paid_at: now, fulfilled_at: now });
}

/** Whether another order for the same subscription (or for a new one) was paid after `order` was made. */
export async function servedByAnother(tx: Db, order: Order): Promise<boolean> {
  const query = tx('orders')
    .where({
      user_id: order.userId,
      state: 'paid',
      kind: order.kind,
      is_gift: order.isGift,
      renews_subscription: order.renewsSubscription,
    })
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
