import { countedFrom, extendedEnd } from '../domain/grant';
import type { Order } from '../domain/order';
import type { Localised } from '../domain/language';
import type { ShopSettings } from '../domain/shop';
import { changeAccess, remainderOfGrant } from './access';
import type { Db } from './connection';
import { giveSubscription } from './giveSubscription';
import { newGiftCode } from './ids';
import { addNotice } from './notices';
import { findOrder } from './orders';
import { lockSubscription } from './subscriptions';
import { addUserEvent } from './userEvents';

export interface GiftTime {
  readonly settings: Pick<ShopSettings, 'timeZone' | 'graceMs'>;
  readonly now: Date;
}

type GiftState = 'open' | 'taken' | 'taken_back';

interface GiftRow {
  readonly order_id: string;
  readonly giver_id: number;
  readonly code: string;
  readonly state: GiftState;
  readonly taken_by: number | null;
  readonly step: number;
}

/** Makes the gift that an order has paid for; its link works from now on. */
export async function makeGift(tx: Db, order: Order, now: Date): Promise<void> {
  await tx('gifts')
    .insert({ order_id: order.id, giver_id: order.userId, code: newGiftCode(), state: 'open', created_at: now })
    .onConflict('order_id')
    .ignore();
}

/** The order whose gift a link names; undefined where no gift has it. */
export async function findGiftByCode(db: Db, code: string): Promise<string | undefined> {
  const row: { order_id: string } | undefined = await db('gifts').where({ code }).first('order_id');
  return row?.order_id;
}

/** A gift as its giver's screen shows it. */
export interface GiftScreenData {
  readonly orderId: string;
  readonly planTitle: Localised;
  /** Whoever knows it has the gift. */
  readonly code: string;
  readonly state: GiftState;
}

/** The gifts that a user has paid for, newest first. */
export async function listGifts(db: Db, giverId: number): Promise<readonly GiftScreenData[]> {
  const rows: readonly { order_id: string; plan_title: Localised; code: string; state: GiftState }[] = await db('gifts')
    .join('orders', 'orders.id', 'gifts.order_id')
    .where({ giver_id: giverId })
    .orderBy('gifts.created_at', 'desc')
    .limit(10)
    .select('gifts.order_id', 'orders.plan_title', 'gifts.code', 'gifts.state');
  return rows.map((row) => ({ orderId: row.order_id, planTitle: row.plan_title, code: row.code, state: row.state }));
}

function lockGift(tx: Db, orderId: string): Promise<GiftRow | undefined> {
  return tx<GiftRow>('gifts').where({ order_id: orderId }).forUpdate().first();
}

export interface GiftClaim extends GiftTime {
  readonly userId: number;
  readonly orderId: string;
  /** The giver said that it is for themselves. */
  readonly isForGiver: boolean;
}

/** What came of opening a gift's link. */
export type Claimed =
  | { readonly kind: 'started'; readonly subscriptionId: string }
  | { readonly kind: 'refused'; readonly reason: 'GiftUnknown' | 'GiftTaken' | 'GiftTakenBack' | 'GiftIsYours' };

async function startOf(tx: Db, orderId: string): Promise<string | undefined> {
  const row: { subscription_id: string } | undefined = await tx('grants')
    .where({ source: 'gift', source_id: orderId })
    .first('subscription_id');
  return row?.subscription_id;
}

function refusalOf(gift: GiftRow, claim: GiftClaim): Extract<Claimed, { kind: 'refused' }>['reason'] | undefined {
  if (gift.state === 'taken_back') return 'GiftTakenBack';
  if (gift.state === 'taken') return 'GiftTaken';
  return gift.giver_id === claim.userId && !claim.isForGiver ? 'GiftIsYours' : undefined;
}

async function start(tx: Db, order: Order, claim: GiftClaim): Promise<string> {
  const { userId, settings, now } = claim;
  const period = order.period ?? { value: 0, unit: 'day' };
  return giveSubscription(tx, {
    userId,
    plan: { ...order, id: order.planId ?? '', title: order.planTitle, period, choosesServer: false, soldOut: false },
    kind: 'gift',
    source: 'gift',
    sourceId: order.id,
    endsAt: extendedEnd(undefined, period, { now, timeZone: settings.timeZone }),
    settings,
    now,
  });
}

/**
 * Starts a gift's subscription for whoever opens it first; everybody else is told that it is taken. Its time runs from now. The caller holds the
 * user's lock.
 */
export async function claimGift(tx: Db, claim: GiftClaim): Promise<Claimed> {
  const { userId, orderId, now } = claim;
  const gift = await lockGift(tx, orderId);
  const order = gift === undefined ? undefined : await findOrder(tx, orderId);
  if (gift === undefined || order === undefined) return { kind: 'refused', reason: 'GiftUnknown' };
  const own = gift.state === 'taken' && gift.taken_by === userId ? await startOf(tx, orderId) : undefined;
  if (own !== undefined) return { kind: 'started', subscriptionId: own };
  const reason = refusalOf(gift, claim);
  if (reason !== undefined) return { kind: 'refused', reason };
  const subscriptionId = await start(tx, order, claim);
  await tx('gifts').where({ order_id: orderId }).update({ state: 'taken', taken_by: userId, taken_at: now });
  if (gift.giver_id !== userId) await addUserEvent(tx, { userId: gift.giver_id, kind: 'gift_taken', source: orderId });
  return { kind: 'started', subscriptionId };
}

/** Tells the giver that the gift was opened. */
export async function tellGiver(tx: Db, giverId: number, orderId: string): Promise<void> {
  const order = await findOrder(tx, orderId);
  if (order === undefined) return;
  await addNotice(tx, { userId: giverId, key: `gift-taken:${orderId}`, kind: 'gift_taken', params: { planTitle: order.planTitle } });
}

/** Takes a gift back, because its money goes back: a link that nobody opened is dead, whoever did hears of it in the own workflow. */
export async function takeBackGift(tx: Db, orderId: string): Promise<void> {
  const gift = await lockGift(tx, orderId);
  if (gift === undefined || gift.state === 'taken_back') return;
  const step = gift.step + 1;
  await tx('gifts').where({ order_id: orderId }).update({ state: 'taken_back', step });
  if (gift.taken_by !== null) await addUserEvent(tx, { userId: gift.taken_by, kind: 'gift_taken_back', source: `${orderId}:${step}` });
}

/** Gives a gift again, because its money stays with the shop after all. */
export async function restoreGift(tx: Db, orderId: string): Promise<void> {
  const gift = await lockGift(tx, orderId);
  if (gift?.state !== 'taken_back') return;
  await tx('gifts')
    .where({ order_id: orderId })
    .update({ state: gift.taken_by === null ? 'open' : 'taken' });
  if (gift.taken_by !== null) await addUserEvent(tx, { userId: gift.taken_by, kind: 'gift_restored', source: `${orderId}:${gift.step}` });
}

/** Takes from whoever opened a gift what of it lies ahead; what they paid for themselves stays. */
export async function endGift(
  tx: Db,
  userId: number,
  about: GiftTime & { readonly orderId: string; readonly step: string },
): Promise<void> {
  const { orderId, step, settings, now } = about;
  const remainder = await remainderOfGrant(tx, { source: 'gift', sourceId: orderId }, now);
  if (remainder === undefined) return;
  const endsAt = remainder.endAfter(remainder.unusedMs);
  await changeAccess(tx, {
    subscriptionId: remainder.subscriptionId,
    kind: 'refund',
    source: 'gift_taken_back',
    sourceId: `${orderId}:${step}`,
    endsAt,
    ...(endsAt <= remainder.countedFrom ? { revokedAt: now } : {}),
    settings,
    now,
  });
  await addNotice(tx, { userId, key: `gift-back:${orderId}:${step}`, kind: 'gift_taken_back', params: {} });
}

/** Gives back what `endGift` took. */
export async function resumeGift(tx: Db, about: GiftTime & { readonly orderId: string; readonly step: string }): Promise<void> {
  const { orderId, step, settings, now } = about;
  const taken: { subscription_id: string; end_before: Date; end_after: Date } | undefined = await tx('grants')
    .where({ source: 'gift_taken_back', source_id: `${orderId}:${step}` })
    .first('subscription_id', 'end_before', 'end_after');
  const subscription = taken === undefined ? undefined : await lockSubscription(tx, taken.subscription_id);
  if (taken === undefined || subscription?.endsAt === undefined) return;
  const from = Math.max(subscription.endsAt.getTime(), countedFrom(subscription, now).getTime());
  await changeAccess(tx, {
    subscriptionId: subscription.id,
    kind: 'gift',
    source: 'gift_restored',
    sourceId: `${orderId}:${step}`,
    endsAt: new Date(from + taken.end_before.getTime() - taken.end_after.getTime()),
    revokedAt: null,
    settings,
    now,
  });
}
