import type { KeptRenewal, RenewalPolicy } from '../domain/autoRenewal';
import type { Notice } from '../domain/notice';
import { findRunning, showRenewal } from './autoRenewals';
import type { Db } from './connection';

type Kept = Extract<Notice, { kind: 'method_saved' }>['params'];

interface Moment {
  readonly policy: RenewalPolicy;
  readonly now: Date;
}

async function byProvider(db: Db, methodId: string, nextAt: string): Promise<KeptRenewal | undefined> {
  const row: unknown = await db('saved_methods').where({ id: methodId, renews_itself: true }).whereNull('forgotten_at').first('id');
  return row === undefined ? undefined : { by: 'provider', methodId, at: new Date(nextAt) };
}

async function byShop(db: Db, kept: { methodId: string; paymentId: string }, at: Moment): Promise<KeptRenewal | undefined> {
  const order: { subscription_id: string | null } | undefined = await db('orders')
    .join('payments', 'payments.order_id', 'orders.id')
    .where({ 'payments.id': kept.paymentId })
    .first('orders.subscription_id');
  const subscriptionId = order?.subscription_id ?? undefined;
  if (subscriptionId === undefined || (await findRunning(db, subscriptionId))?.method_id !== kept.methodId) return undefined;
  const shown = await showRenewal(db, subscriptionId, at.policy);
  if (shown === undefined) return undefined;
  // A try whose time has come, or that is under way, is a charge of today.
  const next = shown.at === undefined || shown.at < at.now ? at.now : shown.at;
  return { by: 'shop', subscriptionId, amount: shown.amount, at: next };
}

/** What a way of paying that was kept with a payment renews by itself now; undefined where it renews nothing. */
export async function loadKeptRenewal(db: Db, kept: Kept, at: Moment): Promise<KeptRenewal | undefined> {
  const { methodId, paymentId, nextAt } = kept;
  if (methodId === undefined || paymentId === undefined) return undefined;
  return nextAt === undefined ? byShop(db, { methodId, paymentId }, at) : byProvider(db, methodId, nextAt);
}
