import type { Instructions } from '../domain/instructions';
import type { Language, Localised } from '../domain/language';
import type { Money } from '../domain/money';
import type { Fulfilment, OrderScreenData, OrderStage, OrderState } from '../domain/order';
import type { PaymentState } from '../domain/payment';
import { shownPaymentState, type ShownPaymentState } from '../domain/paymentLine';
import { feedUrl, openUrl, type ShopSettings } from '../domain/shop';
import { statusOf, type SubscriptionScreenData } from '../domain/subscription';
import { anotherChosen } from './attempts';
import { defaultFirst } from './subscriptions';
import { listPlans } from './catalog';
import type { Db } from './connection';
import { listMethodFacts } from './methods';

interface OrderRow {
  readonly id: string;
  readonly state: OrderState;
  readonly fulfilment: Fulfilment;
  readonly closed_reason: string | null;
  readonly plan_title: Localised;
  readonly price_minor: number;
  readonly currency: string;
  readonly kind: OrderScreenData['kind'];
  readonly is_gift: boolean;
  readonly balance_minor: number;
  readonly renews_subscription: boolean;
  readonly expires_at: Date;
  readonly language: Language;
  readonly subscription_id: string | null;
  readonly token: string | null;
  readonly ends_at: Date | null;
  readonly delay_told_at: Date | null;
  readonly has_key: boolean;
}

interface PaymentRow {
  readonly id: string;
  readonly provider: string;
  readonly state: PaymentState;
  readonly pay_url: string | null;
  readonly instructions: Instructions | null;
  readonly asked_minor: number;
  readonly asked_currency: string;
  readonly held_minor: number;
  readonly transfer: 'awaiting' | 'submitted' | null;
  readonly deadline: Date;
}

function paidStageOf(order: OrderRow): OrderStage {
  if (order.fulfilment === 'revoked') return 'refunded';
  if (order.fulfilment === 'fulfilled' || order.has_key) return 'ready';
  return order.delay_told_at === null ? 'activating' : 'delayed';
}

function openStageOf(payment: PaymentRow | undefined): OrderStage {
  if (payment?.transfer === 'submitted') return 'checking';
  return typeof payment?.pay_url === 'string' || (payment?.instructions ?? null) !== null ? 'waiting' : 'preparing';
}

function stageOf(order: OrderRow, payment: PaymentRow | undefined): OrderStage {
  if (order.fulfilment === 'credited') return 'credited';
  switch (order.state) {
    case 'open':
      return openStageOf(payment);
    case 'paid':
      return paidStageOf(order);
    case 'cancelled':
      return order.closed_reason === 'invoice_failed' ? 'failed' : 'cancelled';
    case 'expired':
    case 'superseded':
      return order.state;
  }
}

function paymentPart(payment: PaymentRow): NonNullable<OrderScreenData['payment']> {
  const currency = payment.asked_currency;
  return {
    paymentId: payment.id,
    provider: payment.provider,
    payUrl: payment.pay_url ?? undefined,
    instructions: payment.instructions ?? undefined,
    asked: { minor: payment.asked_minor, currency },
    held: payment.held_minor === 0 ? undefined : { minor: payment.held_minor, currency },
    transfer: payment.transfer ?? undefined,
  };
}

/** Everything the screen of one order needs, read from the facts; undefined when there is no such order. */
export async function loadOrderScreen(db: Db, orderId: string, settings: ShopSettings): Promise<OrderScreenData | undefined> {
  const order: OrderRow | undefined = await db('orders')
    .join('users', 'users.id', 'orders.user_id')
    .leftJoin('subscriptions', 'subscriptions.id', 'orders.subscription_id')
    .leftJoin('order_messages', 'order_messages.order_id', 'orders.id')
    .where({ 'orders.id': orderId })
    .first('orders.*', 'users.language', 'subscriptions.token', 'subscriptions.ends_at', 'order_messages.delay_told_at', {
      has_key: db.raw(`exists (select 1 from operations where operations.order_id = orders.id and operations.state = 'done')`),
    });
  if (order === undefined) return undefined;
  const payment: PaymentRow | undefined = await db('payments')
    .leftJoin('transfers', 'transfers.payment_id', 'payments.id')
    .where({ order_id: orderId })
    .orderBy('chosen_at', 'desc')
    .orderBy('attempt', 'desc')
    .first('payments.*', { transfer: 'transfers.state' });
  const methods = await listMethodFacts(db);
  return {
    orderId: order.id,
    language: order.language,
    timeZone: settings.timeZone,
    planTitle: order.plan_title,
    price: { minor: order.price_minor, currency: order.currency },
    stage: stageOf(order, payment),
    renewsSubscription: order.renews_subscription,
    kind: order.kind,
    isGift: order.is_gift,
    fromBalance: order.balance_minor === 0 ? undefined : { minor: order.balance_minor, currency: order.currency },
    ...(payment === undefined ? {} : { payment: paymentPart(payment) }),
    otherMethods: methods.length > 1 || (methods[0]?.choices.length ?? 0) > 0,
    expiresAt: payment !== undefined && payment.deadline < order.expires_at ? payment.deadline : order.expires_at,
    ...(order.subscription_id === null || order.token === null || order.ends_at === null
      ? {}
      : {
          subscription: {
            id: order.subscription_id,
            endsAt: order.ends_at,
            feedUrl: feedUrl(settings, order.token),
            openUrl: openUrl(settings, order.token),
          },
        }),
  };
}

interface SubscriptionRow {
  readonly id: string;
  readonly plan_id: string;
  readonly plan_title: Localised;
  readonly language: Language;
  readonly token: string;
  readonly ends_at: Date | null;
  readonly paused_at: Date | null;
  readonly suspended_at: Date | null;
  readonly resumes_at: Date | null;
  readonly revoked_at: Date | null;
  readonly traffic_limit_bytes: number | null;
  readonly traffic_reset: 'period' | 'month';
  readonly traffic_since: Date | null;
  readonly exhausted_at: Date | null;
  readonly device_limit: number | null;
  readonly used_bytes: string | number;
}

function trafficOf(row: SubscriptionRow): SubscriptionScreenData['traffic'] {
  if (row.traffic_limit_bytes === null) return undefined;
  const { traffic_limit_bytes: limitBytes, traffic_reset: resets, exhausted_at: exhaustedAt } = row;
  return { limitBytes, usedBytes: Number(row.used_bytes), resets, isUsedUp: exhaustedAt !== null };
}

/** The end, moved by what a pause took so far. */
function shownEnd(row: SubscriptionRow, now: Date): Date | undefined {
  if (row.ends_at === null) return undefined;
  const pausedMs = row.paused_at === null ? 0 : Math.max(0, now.getTime() - row.paused_at.getTime());
  return new Date(row.ends_at.getTime() + pausedMs);
}

interface KeyRow {
  readonly subscription_id: string;
  readonly title: Localised;
  readonly country: string;
  readonly ready: boolean;
}

/** The user's subscriptions, the default first, then the one that ends last; long lapsed ones stay in the list so that they can be renewed. */
export async function loadSubscriptions(
  db: Db,
  user: { userId: number; settings: ShopSettings; now: Date },
): Promise<readonly SubscriptionScreenData[]> {
  const { settings, now } = user;
  const rows: readonly SubscriptionRow[] = await db('subscriptions')
    .join('plans', 'plans.id', 'subscriptions.plan_id')
    .join('users', 'users.id', 'subscriptions.user_id')
    .where({ 'subscriptions.user_id': user.userId })
    .orderByRaw(`${defaultFirst} desc`)
    .orderBy('subscriptions.ends_at', 'desc', 'last')
    .limit(20)
    .select('subscriptions.*', 'users.language', {
      plan_title: 'plans.title',
      used_bytes: db('account_usage')
        .join('panel_accounts', 'panel_accounts.id', 'account_usage.panel_account_id')
        .whereRaw('panel_accounts.subscription_id = subscriptions.id')
        .select(db.raw('coalesce(sum(counted_bytes), 0)')),
    });
  const keys: readonly KeyRow[] = await db('vpn_keys')
    .join('servers', 'servers.id', 'vpn_keys.server_id')
    .whereIn(
      'subscription_id',
      rows.map((row) => row.id),
    )
    .whereIn('servers.state', ['open', 'draining'])
    .whereNull('servers.archived_at')
    .orderBy('servers.position')
    .select('subscription_id', 'servers.title', 'servers.country', { ready: db.raw('connection_string is not null') });
  const forSale = new Set((await listPlans(db)).map((plan) => plan.id));
  return rows.map((row, index) => ({
    id: row.id,
    ...(rows.length === 1 ? {} : { isDefault: index === 0 }),
    language: row.language,
    timeZone: settings.timeZone,
    status: statusOf(
      {
        endsAt: row.ends_at ?? undefined,
        pausedAt: row.paused_at ?? row.suspended_at ?? undefined,
        revokedAt: row.revoked_at ?? undefined,
      },
      now,
      settings.graceMs,
    ),
    planId: row.plan_id,
    planTitle: row.plan_title,
    planForSale: forSale.has(row.plan_id),
    endsAt: shownEnd(row, now),
    pausedUntil: row.resumes_at ?? undefined,
    traffic: trafficOf(row),
    deviceLimit: row.device_limit ?? undefined,
    servers: keys.filter((key) => key.subscription_id === row.id),
    feedUrl: feedUrl(settings, row.token),
    openUrl: openUrl(settings, row.token),
  }));
}

/** What the shop owes the user. */
export async function loadBalance(db: Db, userId: number, currency: string): Promise<Money> {
  const row: { amount_minor: number } | undefined = await db('balances').where({ user_id: userId, currency }).first('amount_minor');
  return { minor: row?.amount_minor ?? 0, currency };
}

export interface PaymentLine {
  readonly planTitle: Localised;
  readonly asked: Money;
  readonly state: ShownPaymentState;
  readonly createdAt: Date;
}

interface PaymentLineRow {
  readonly plan_title: Localised;
  readonly asked_minor: number;
  readonly asked_currency: string;
  readonly state: PaymentState;
  readonly created_at: Date;
  readonly order_state: OrderState;
  readonly is_chosen: boolean;
  readonly is_submitted: boolean;
}

/** The user's latest payments, newest first. */
export async function loadPayments(db: Db, userId: number): Promise<readonly PaymentLine[]> {
  const rows: readonly PaymentLineRow[] = await db('payments')
    .join('orders', 'orders.id', 'payments.order_id')
    .where({ 'payments.user_id': userId })
    .orderBy('payments.created_at', 'desc')
    .limit(10)
    .select('orders.plan_title', 'payments.asked_minor', 'payments.asked_currency', 'payments.state', 'payments.created_at', {
      order_state: 'orders.state',
      is_chosen: db.raw(`not ${anotherChosen}`),
      is_submitted: db.raw(`exists (select 1 from transfers t where t.payment_id = payments.id and t.state = 'submitted')`),
    });
  return rows.map((row) => ({
    planTitle: row.plan_title,
    asked: { minor: row.asked_minor, currency: row.asked_currency },
    state: shownPaymentState({ state: row.state, order: row.order_state, isChosen: row.is_chosen, isSubmitted: row.is_submitted }),
    createdAt: row.created_at,
  }));
}

/** The link of a wallet for one of the user's payments, and what it asks for; undefined where it has none. */
export async function loadPayQr(
  db: Db,
  userId: number,
  paymentId: string,
): Promise<{ readonly link: string; readonly asked: Money } | undefined> {
  const row: { instructions: Instructions | null; asked_minor: number; asked_currency: string } | undefined = await db('payments')
    .where({ id: paymentId, user_id: userId })
    .first('instructions', 'asked_minor', 'asked_currency');
  if (row?.instructions?.kind !== 'ton') return undefined;
  return { link: row.instructions.link, asked: { minor: row.asked_minor, currency: row.asked_currency } };
}
