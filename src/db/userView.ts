import type { Policy } from '../domain/policy';
import type { ShopDay } from '../domain/reminder';
import type { UserView } from '../domain/user';
import { openCharges, upcomingRenewals } from './autoRenewals';
import type { Db } from './connection';
import { listPaused } from './pauses';
import { openRefundsOf } from './refunds';
import { upcomingReminders } from './reminders';
import { methodsToStop } from './savedMethods';

interface OrderRow {
  readonly id: string;
  readonly expires_at: Date;
  readonly provider: string | null;
}

interface OperationRow {
  readonly id: string;
  readonly order_id: string | null;
  readonly panel_id: string;
  readonly kind: 'ensure' | 'remove';
}

interface SubscriptionRow {
  readonly id: string;
  readonly plan_id: string;
  readonly ends_at: Date;
}

function openOrders(db: Db, userId: number): Promise<readonly OrderRow[]> {
  return db('orders')
    .where({ 'orders.user_id': userId, 'orders.state': 'open' })
    .orderBy('orders.expires_at')
    .select('orders.id', 'orders.expires_at', {
      provider: db('payments').select('provider').whereRaw('payments.order_id = orders.id').orderBy('attempt', 'desc').limit(1),
    });
}

function openOperations(db: Db, userId: number): Promise<readonly OperationRow[]> {
  return db('operations')
    .join('panel_accounts', 'panel_accounts.id', 'operations.panel_account_id')
    .where({ 'operations.user_id': userId, 'operations.state': 'open' })
    .orderBy('operations.created_at')
    .select('operations.id', 'operations.order_id', 'operations.kind', 'panel_accounts.panel_id');
}

function liveSubscriptions(db: Db, userId: number, endedAfter: Date): Promise<readonly SubscriptionRow[]> {
  return db('subscriptions')
    .where({ user_id: userId })
    .whereNull('revoked_at')
    .whereNull('paused_at')
    .whereNull('suspended_at')
    .where('ends_at', '>', endedAfter)
    .orderBy('ends_at')
    .select('id', 'plan_id', 'ends_at');
}

const mostNotices = 20;

async function unsentNotices(db: Db, userId: number): Promise<readonly string[]> {
  const rows: readonly { id: string }[] = await db('notices')
    .where({ user_id: userId })
    .whereNull('claimed_at')
    .orderBy('created_at')
    .limit(mostNotices)
    .select('id');
  return rows.map((row) => row.id);
}

async function countParked(db: Db, userId: number): Promise<number> {
  const row: { count?: string | number } | undefined = await db('parked_items')
    .where({ user_id: userId })
    .whereNull('resolved_at')
    .count({ count: '*' })
    .first();
  return Number(row?.count ?? 0);
}

/** Everything a user's workflow needs to know, read from the facts. */
export async function loadUserView(
  db: Db,
  user: { userId: number; policy: Policy; graceMs: number; day: ShopDay; now: Date },
): Promise<UserView> {
  const orders = await openOrders(db, user.userId);
  const operations = await openOperations(db, user.userId);
  const subscriptions = await liveSubscriptions(db, user.userId, new Date(user.now.getTime() - user.graceMs));
  const reminders = await upcomingReminders(db, { userId: user.userId, now: user.now, day: user.day, policy: user.policy.reminders });
  return {
    userId: user.userId,
    openOrders: orders.map((row) => ({ orderId: row.id, expiresAt: row.expires_at.toISOString(), provider: row.provider ?? 'none' })),
    operations: operations.map((row) => ({
      operationId: row.id,
      panelId: row.panel_id,
      kind: row.kind,
      ...(row.order_id === null ? {} : { orderId: row.order_id }),
    })),
    subscriptions: subscriptions.map((row) => ({
      subscriptionId: row.id,
      planId: row.plan_id,
      endsAt: row.ends_at.toISOString(),
      accessEndsAt: new Date(row.ends_at.getTime() + user.graceMs).toISOString(),
    })),
    renewals: (await upcomingRenewals(db, user.userId, user.policy.renewal)).map((renewal) => ({
      subscriptionId: renewal.subscriptionId,
      step: renewal.step,
      endsAt: renewal.endsAt.toISOString(),
      at: renewal.at.toISOString(),
    })),
    charges: await openCharges(db, user.userId),
    paused: (await listPaused(db, user.userId)).map(({ id, resumesAt }) => ({ subscriptionId: id, resumesAt: resumesAt.toISOString() })),
    refunds: await openRefundsOf(db, user.userId),
    stops: await methodsToStop(db, user.userId),
    notices: await unsentNotices(db, user.userId),
    reminders: reminders.map((reminder) => ({
      subscriptionId: reminder.subscriptionId,
      reminder: reminder.kind,
      endsAt: reminder.endsAt.toISOString(),
      at: reminder.at.toISOString(),
    })),
    parkedItems: await countParked(db, user.userId),
    policy: user.policy,
  };
}

/** Ids of all users whose workflow has something to do, after `afterId`, ascending: for rebuilding what a lost Temporal database held. */
export async function usersWithWork(db: Db, page: { afterId: number; limit: number; endedAfter: Date }): Promise<readonly number[]> {
  const result: { rows: readonly { id: number }[] } = await db.raw(
    `select id from users where id > ? and (
       exists (select 1 from orders where orders.user_id = users.id and orders.state = 'open')
       or exists (select 1 from operations where operations.user_id = users.id and operations.state = 'open')
       or exists (select 1 from refunds where refunds.user_id = users.id and refunds.state in ('requested', 'pending'))
       or exists (select 1 from auto_renewals a where a.user_id = users.id and a.ended_at is null)
       or exists (select 1 from saved_methods m where m.user_id = users.id and m.renews_itself and m.forgotten_at is not null and m.stopped_at is null)
       or exists (select 1 from subscriptions where subscriptions.user_id = users.id and revoked_at is null and (ends_at > ? or paused_at is not null)))
     order by id limit ?`,
    [page.afterId, page.endedAfter, page.limit],
  );
  return result.rows.map((row) => row.id);
}

/** Users whose workflow is behind: an order past its end by `lateMs` and still open, or panel work open that long. */
export async function usersBehind(db: Db, behind: { now: Date; lateMs: number; limit: number }): Promise<readonly number[]> {
  const before = new Date(behind.now.getTime() - behind.lateMs);
  const result: { rows: readonly { user_id: number }[] } = await db.raw(
    `select distinct user_id from (
       select user_id from orders where state = 'open' and expires_at < ?
       union all select user_id from operations where state = 'open' and created_at < ?
       union all select user_id from refunds where state in ('requested', 'pending') and created_at < ?
       union all select user_id from subscriptions where resumes_at < ? and revoked_at is null
       union all select user_id from renewal_attempts where state = 'started' and created_at < ?
       union all select user_id from notices where claimed_at is null and created_at < ?) behind
     order by user_id limit ?`,
    [before, before, before, before, before, before, behind.limit],
  );
  return result.rows.map((row) => row.user_id);
}
