import { applyPayment } from '../../src/db/applyPayment';
import { listExtras, listPlans } from '../../src/db/catalog';
import type { Db } from '../../src/db/connection';
import { openOrder } from '../../src/db/openOrder';
import type { Purchase } from '../../src/db/orders';
import { insertPaymentEvent } from '../../src/db/paymentEvents';
import { requestRefund } from '../../src/db/requestRefund';
import { lockUser } from '../../src/db/requests';
import type { Plan } from '../../src/domain/plan';
import type { ShopSettings } from '../../src/domain/shop';

/** A shop without its workflows: purchases by the transactions that workflows call. */
export interface Desk {
  readonly db: Db;
  readonly settings: Pick<ShopSettings, 'timeZone' | 'graceMs' | 'referral'>;
  readonly now: Date;
}

export interface Bought {
  readonly userId: number;
  readonly orderId: string;
  readonly paymentId: string;
}

const plainly = { useBalance: false, provider: 'yookassa', saveMethod: false } as const;

let count = 0;

/** A user who has only come by. */
export async function newUser(db: Db): Promise<number> {
  const rows: readonly { id: number }[] = await db('users').insert({ language: 'en' }).returning('id');
  return rows[0]?.id ?? 0;
}

/** The user orders a plan; nothing is paid yet. */
export async function orderPlan(
  desk: Desk,
  userId: number,
  changes: {
    readonly subscriptionId?: string;
    readonly plan?: Plan;
    readonly isGift?: boolean;
    readonly useBalance?: boolean;
    readonly provider?: string;
    /** The buyer agreed that the way of paying is kept. */
    readonly saveMethod?: boolean;
  } = {},
): Promise<Bought> {
  const plan = changes.plan ?? (await listPlans(desk.db))[0];
  if (plan === undefined) throw new Error('the shop has no plan');
  const { subscriptionId, isGift = false, useBalance = false, provider = 'yookassa', saveMethod = false } = changes;
  return order(desk, userId, { purchase: { kind: 'plan', plan, subscriptionId, isGift }, useBalance, provider, saveMethod });
}

/** The user orders something more for a subscription; nothing is paid yet. */
export async function orderExtra(
  desk: Desk,
  userId: number,
  wish: { readonly extraId: string; readonly subscriptionId: string },
): Promise<Bought> {
  const extra = (await listExtras(desk.db)).find(({ id }) => id === wish.extraId);
  if (extra === undefined) throw new Error('the shop has no such extra');
  return order(desk, userId, { purchase: { kind: 'extra', extra, subscriptionId: wish.subscriptionId }, ...plainly });
}

async function order(
  { db, now }: Desk,
  userId: number,
  wish: { readonly purchase: Purchase; readonly useBalance: boolean; readonly provider: string; readonly saveMethod: boolean },
): Promise<Bought> {
  count += 1;
  const key = `order-${count}`;
  const opened = await db.transaction((tx) =>
    openOrder(tx, {
      userId,
      key,
      ...wish,
      choice: undefined,
      messageId: undefined,
      quote: (due) => ({ asked: due, rate: undefined }),
      transfer: undefined,
      orderMs: 1_800_000,
      now,
    }),
  );
  if ('refusal' in opened) throw new Error(opened.refusal);
  return { userId, orderId: opened.orderId, paymentId: opened.paymentId };
}

/** The provider says that everything was paid, and it is applied. */
export async function payOrder(desk: Desk, { userId, paymentId }: Bought): Promise<string> {
  const { db, settings, now } = desk;
  const payment: { provider: string; asked_minor: number; asked_currency: string } = await db('payments').where({ id: paymentId }).first();
  const received = { minor: payment.asked_minor, currency: payment.asked_currency };
  const event = {
    type: 'paid',
    trusted: true,
    live: true,
    dedupeKey: `paid:${paymentId}`,
    chargeId: paymentId,
    ref: { paymentId },
  } as const;
  await insertPaymentEvent(db, { event: { ...event, provider: payment.provider, received }, digest: undefined, rawSealed: undefined, now });
  const plans = [...(await listPlans(db)), ...(await listExtras(db))];
  const planToday = (id: string): Promise<Pick<Plan, 'price'> | undefined> => Promise.resolve(plans.find((plan) => plan.id === id));
  const applied = await db.transaction((tx) => applyPayment(tx, { userId, paymentId, settings, planToday, now }));
  return applied.outcome;
}

/** A user buys a plan. */
export async function buyPlan(desk: Desk, userId: number, changes: Parameters<typeof orderPlan>[2] = {}): Promise<Bought> {
  const bought = await orderPlan(desk, userId, changes);
  await payOrder(desk, bought);
  return bought;
}

/** An operator gives everything of an order back. */
export async function giveBack(desk: Desk, { userId, orderId }: Bought, destination: 'provider' | 'balance' = 'balance'): Promise<string> {
  const { db, settings, now } = desk;
  const requested = await db.transaction(async (tx) => {
    await lockUser(tx, userId);
    const ability = (): Promise<'partial'> => Promise.resolve('partial');
    return requestRefund(tx, { userId, orderId, scope: 'full', destination, reason: 'test', actor: 'test', ability, settings, now });
  });
  if ('refusal' in requested) throw new Error(requested.refusal);
  return requested.refundId;
}
