import type { Localised } from '../domain/language';
import { placeTag, type Plan } from '../domain/plan';
import type { Order } from '../domain/order';
import type { Period } from '../domain/period';
import { changedEnd, offerOf, type ChangeRefusal, type Worth } from '../domain/planChange';
import { leftMs } from '../domain/grant';
import type { ShopSettings } from '../domain/shop';
import { changeAccess } from './access';
import { listPlaces, listPlans } from './catalog';
import type { Db } from './connection';
import { withExtras } from './extras';
import { insertGrant, lockSubscription, type StoredSubscription } from './subscriptions';
import { reopenIfEnough } from './traffic';

interface WorthRow {
  readonly price_minor: number;
  readonly currency: string;
  readonly period_value: number;
  readonly period_unit: Period['unit'];
}

function toWorth(row: WorthRow): Worth {
  return { price: { minor: row.price_minor, currency: row.currency }, period: { value: row.period_value, unit: row.period_unit } };
}

/** What the time of a subscription is worth: the price its plan was bought at last, without promo codes; where it was not bought, the price of its plan. */
async function worthOf(db: Db, subscription: Pick<StoredSubscription, 'id' | 'planId'>): Promise<Worth | undefined> {
  const order: WorthRow | undefined = await db('orders')
    .where({ subscription_id: subscription.id, plan_id: subscription.planId, state: 'paid' })
    .whereNot({ fulfilment: 'revoked' })
    .orderBy('paid_at', 'desc')
    .first({ price_minor: db.raw('coalesce(list_price_minor, price_minor)') }, 'currency', 'period_value', 'period_unit');
  const row: WorthRow | undefined = order ?? (await db('plans').where({ id: subscription.planId }).first());
  return row === undefined ? undefined : toWorth(row);
}

/** Where a subscription is after the change: everywhere its new plan is, or where it was, if that plan has the place. */
async function serversFor(db: Db, plan: Plan, present: readonly string[]): Promise<readonly string[] | undefined> {
  if (!plan.choosesServer) return plan.serverIds;
  const kept = present.find((serverId) => plan.serverIds.includes(serverId)) ?? (await listPlaces(db, plan))[0]?.serverId;
  return kept === undefined ? undefined : [kept];
}

/** A change of plan as the buyer is shown it before it is done. */
export interface ChangeOffer {
  readonly plan: Plan;
  readonly from: { readonly title: Localised; readonly endsAt: Date };
  readonly endsAt: Date;
  /** The same as long as the prices are. */
  readonly tag: string;
}

type Refused = ChangeRefusal | 'NotFound' | 'PlanUnavailable' | 'SoldOut';

interface Found extends ChangeOffer {
  readonly subscription: StoredSubscription;
}

function isMovable({ endsAt, pausedAt, suspendedAt, revokedAt }: StoredSubscription, now: Date): boolean {
  const isShut = pausedAt !== undefined || suspendedAt !== undefined || revokedAt !== undefined;
  return !isShut && endsAt !== undefined && endsAt > now;
}

/** What the present plan and the wanted one cost; undefined where the one cannot be changed for the other. */
async function worthsFor(
  db: Db,
  subscription: StoredSubscription,
  planId: string,
): Promise<{ readonly from: Worth; readonly to: Plan } | undefined> {
  const to = (await listPlans(db)).find((entry) => entry.id === planId);
  const from = await worthOf(db, subscription);
  // A trial goes on with a purchase.
  const isChange = to !== undefined && to.id !== subscription.planId && from !== undefined && from.price.minor > 0;
  return isChange ? { from, to } : undefined;
}

async function find(db: Db, subscription: StoredSubscription, wish: { planId: string; now: Date }): Promise<Found | Refused> {
  const { endsAt } = subscription;
  if (endsAt === undefined || !isMovable(subscription, wish.now)) return 'ChangeNotNow';
  const worths = await worthsFor(db, subscription, wish.planId);
  const changed = worths === undefined ? undefined : changedEnd(subscription, wish.now, worths);
  if (worths === undefined || changed === undefined) return 'PlanUnavailable';
  const plan = worths.to;
  const serverIds = await serversFor(db, plan, subscription.serverIds);
  if (plan.soldOut || serverIds === undefined) return 'SoldOut';
  const present: { title: Localised } | undefined = await db('plans').where({ id: subscription.planId }).first('title');
  return {
    subscription,
    plan: { ...plan, serverIds },
    from: { title: present?.title ?? plan.title, endsAt },
    endsAt: changed,
    tag: placeTag(offerOf(worths)),
  };
}

async function findFor(
  tx: Db,
  wish: { readonly userId: number; readonly subscriptionId: string; readonly planId: string; readonly now: Date },
): Promise<Found | Refused> {
  const subscription = await lockSubscription(tx, wish.subscriptionId);
  return subscription?.userId === wish.userId ? find(tx, subscription, wish) : 'NotFound';
}

/** What a change to that plan would come to now, or why there is none. */
export async function offerChange(
  db: Db,
  wish: { readonly userId: number; readonly subscriptionId: string; readonly planId: string; readonly now: Date },
): Promise<ChangeOffer | { readonly refusal: Refused }> {
  const offer = await db.transaction((tx) => findFor(tx, wish));
  return typeof offer === 'string' ? { refusal: offer } : offer;
}

export interface ChangeWish {
  readonly userId: number;
  readonly subscriptionId: string;
  readonly planId: string;
  /** The offer that the buyer saw. */
  readonly tag: string;
  /** What asked for it; the same source does it once. */
  readonly sourceId: string;
  readonly settings: Pick<ShopSettings, 'graceMs'>;
  readonly now: Date;
}

/** Moves a subscription to another plan: what is left keeps its worth, and limits and servers are the new plan's. The user's row is locked by the caller. */
export async function changePlan(tx: Db, wish: ChangeWish): Promise<{ readonly endsAt: Date } | { readonly refusal: Refused }> {
  const { subscriptionId, now } = wish;
  const found = await findFor(tx, wish);
  if (typeof found === 'string') return { refusal: found };
  if (found.tag !== wish.tag) return { refusal: 'OfferChanged' };
  const { plan, endsAt } = found;
  await reopenIfEnough(tx, subscriptionId, (await withExtras(tx, subscriptionId, plan)).trafficLimitBytes);
  await changeAccess(tx, {
    subscriptionId,
    kind: 'change',
    source: 'change',
    sourceId: wish.sourceId,
    endsAt,
    terms: { ...plan, planId: plan.id },
    settings: wish.settings,
    now,
  });
  return { endsAt };
}

/**
 * What is left of another plan becomes time of the plan that an order brings, as an entry of its own; returns the end before the order's own. A trial
 * is not worth less for it.
 */
export async function convertToPlanOf(
  tx: Db,
  order: Order,
  of: { readonly subscription: StoredSubscription; readonly period: Period; readonly now: Date },
): Promise<Date | undefined> {
  const { subscription, period, now } = of;
  const { endsAt } = subscription;
  const isOther = order.planId !== subscription.planId && subscription.suspendedAt === undefined;
  if (!isOther || endsAt === undefined || leftMs(subscription, now) === 0) return endsAt;
  // An order that was delivered before is not delivered again.
  const delivered: unknown = await tx('grants').where({ source: 'order', source_id: order.id }).first('id');
  if (delivered !== undefined) return endsAt;
  const from = await worthOf(tx, subscription);
  if (from === undefined || from.price.minor === 0) return endsAt;
  const changed = changedEnd(subscription, now, { from, to: { price: order.listPrice, period } });
  if (changed === undefined) return endsAt;
  const grant = { subscriptionId: subscription.id, kind: 'change', source: 'order_change', sourceId: order.id } as const;
  await insertGrant(tx, { ...grant, endBefore: endsAt, endAfter: changed, now });
  return changed;
}
