import { announceAt, nextSlot, type RenewalPolicy } from '../domain/autoRenewal';
import type { ShownRenewal } from '../domain/subscription';
import type { Db } from './connection';
import { closeOrder } from './closeOrder';
import { lockSubscription } from './subscriptions';

/** Version of the text that a buyer agrees to before a subscription renews itself; a new text is a new version. */
export const renewalConsentVersion = '2026-11-renewal';

export type RenewalEnd = 'by_user' | 'method_forgotten' | 'money_back' | 'no_more_tries' | 'plan_gone';

export interface AutoRenewalRow {
  readonly subscription_id: string;
  readonly user_id: number;
  readonly method_id: string | null;
  readonly consent_at: Date;
  readonly ends_at: Date;
  readonly last_tried: number | null;
  readonly is_open: boolean;
}

// What is paused, shut or taken back is not renewed; a try that is under way has to be answered first.
const running = (db: Db): ReturnType<Db> =>
  db('auto_renewals')
    .join('subscriptions', 'subscriptions.id', 'auto_renewals.subscription_id')
    .join('users', 'users.id', 'subscriptions.user_id')
    .whereNull('auto_renewals.ended_at')
    .whereNull('subscriptions.revoked_at')
    .whereNull('subscriptions.paused_at')
    .whereNull('subscriptions.suspended_at')
    .whereNotNull('subscriptions.ends_at')
    .where('users.is_banned', false)
    .whereRaw('not exists (select 1 from saved_methods m where m.id = auto_renewals.method_id and m.forgotten_at is not null)')
    .select('auto_renewals.*', 'subscriptions.ends_at', {
      last_tried: db('renewal_attempts')
        .max('slot')
        .whereRaw(
          `renewal_attempts.subscription_id = subscriptions.id and renewal_attempts.ends_at = date_trunc('milliseconds', subscriptions.ends_at)`,
        ),
      is_open: db.raw("exists (select 1 from renewal_attempts a where a.subscription_id = subscriptions.id and a.state = 'started')"),
    });

/** How one subscription renews itself; undefined where it does not. */
export async function findRunning(db: Db, subscriptionId: string): Promise<AutoRenewalRow | undefined> {
  return running(db).where('auto_renewals.subscription_id', subscriptionId).first();
}

/** What the calendar of a user's renewals says next: news of a try, or the try itself. */
export interface UpcomingRenewal {
  readonly subscriptionId: string;
  readonly step: 'announce' | 'try';
  readonly endsAt: Date;
  readonly at: Date;
}

/** Name of the news that a try is coming. */
export function announcementKey(subscriptionId: string, endsAt: Date): string {
  return `renewal-ahead:${subscriptionId}:${endsAt.getTime()}`;
}

async function upcomingOf(db: Db, row: AutoRenewalRow, policy: RenewalPolicy): Promise<readonly UpcomingRenewal[]> {
  const about = { subscriptionId: row.subscription_id, endsAt: row.ends_at };
  const next = row.is_open ? undefined : nextSlot(row.ends_at, row.last_tried ?? undefined, policy);
  const tries = next === undefined ? [] : [{ ...about, step: 'try', at: next.at } as const];
  const told = announceAt(row.ends_at, row.consent_at, policy);
  if (told === undefined || row.last_tried !== null) return tries;
  const known: unknown = await db('notices')
    .where({ key: announcementKey(row.subscription_id, row.ends_at) })
    .first('id');
  return known === undefined ? [{ ...about, step: 'announce', at: told }, ...tries] : tries;
}

/** Every step of a user's renewals that lies ahead or is due. */
export async function upcomingRenewals(db: Db, userId: number, policy: RenewalPolicy): Promise<readonly UpcomingRenewal[]> {
  const rows: readonly AutoRenewalRow[] = await running(db).where('auto_renewals.user_id', userId);
  const steps: UpcomingRenewal[] = [];
  for (const row of rows) steps.push(...(await upcomingOf(db, row, policy)));
  return steps;
}

/** Payments that a saved method of the user is to be charged for. */
export async function openCharges(db: Db, userId: number): Promise<readonly string[]> {
  const rows: readonly { payment_id: string }[] = await db('renewal_attempts')
    .where({ user_id: userId, state: 'started' })
    .whereNotNull('payment_id')
    .orderBy('created_at')
    .select('payment_id');
  return rows.map((row) => row.payment_id);
}

export interface Agreement {
  readonly userId: number;
  readonly subscriptionId: string;
  /** Undefined: from the balance. */
  readonly methodId: string | undefined;
  readonly consentAt: Date;
  readonly consentVersion: string;
}

async function isUsable(tx: Db, { userId, methodId }: Agreement): Promise<boolean> {
  if (methodId === undefined) return true;
  const row: unknown = await tx('saved_methods')
    .where({ id: methodId, user_id: userId, renews_itself: false })
    .whereNull('forgotten_at')
    .first('id');
  return row !== undefined;
}

/** Keeps that the buyer agreed to a subscription renewing itself; an agreement that is older than the present one changes nothing. */
export async function agreeToRenewal(tx: Db, agreement: Agreement): Promise<'done' | 'NotFound' | 'MethodUnavailable'> {
  const { userId, subscriptionId, methodId, consentAt, consentVersion } = agreement;
  const subscription = await lockSubscription(tx, subscriptionId);
  if (subscription?.userId !== userId || subscription.revokedAt !== undefined) return 'NotFound';
  if (!(await isUsable(tx, agreement))) return 'MethodUnavailable';
  await tx.raw(
    `insert into auto_renewals (subscription_id, user_id, method_id, consent_at, consent_version) values (:subscriptionId, :userId, :methodId, :consentAt, :consentVersion)
     on conflict (subscription_id) do update set method_id = excluded.method_id, consent_at = excluded.consent_at,
       consent_version = excluded.consent_version, ended_at = null, ended_reason = null
     where auto_renewals.consent_at < excluded.consent_at`,
    { subscriptionId, userId, methodId: methodId ?? null, consentAt, consentVersion },
  );
  return 'done';
}

// What was to be charged is not charged any more; money that is on its way all the same is late money.
async function stopTries(tx: Db, subscriptionIds: readonly string[]): Promise<void> {
  const orders: readonly { order_id: string }[] = await tx('renewal_attempts')
    .whereIn('subscription_id', [...subscriptionIds])
    .where({ state: 'started' })
    .whereNotNull('order_id')
    .select('order_id');
  for (const { order_id: orderId } of orders) await closeOrder(tx, orderId, { state: 'cancelled', reason: 'renewal_ended' });
}

/** Ends renewals by themselves, at once; returns how many there were. */
export async function endRenewals(
  tx: Db,
  which: { readonly subscriptionId: string } | { readonly methodId: string },
  end: { readonly reason: RenewalEnd; readonly now: Date },
): Promise<number> {
  const where = 'methodId' in which ? { method_id: which.methodId } : { subscription_id: which.subscriptionId };
  const rows: readonly { subscription_id: string }[] = await tx('auto_renewals')
    .where(where)
    .whereNull('ended_at')
    .update({ ended_at: end.now, ended_reason: end.reason })
    .returning('subscription_id');
  await stopTries(
    tx,
    rows.map((row) => row.subscription_id),
  );
  return rows.length;
}

/** The next try of a subscription and what it takes; undefined where it does not renew itself. */
export async function showRenewal(db: Db, subscriptionId: string, policy: RenewalPolicy): Promise<ShownRenewal | undefined> {
  const row = await findRunning(db, subscriptionId);
  if (row === undefined) return undefined;
  const plan: { price_minor: number; currency: string } | undefined = await db('plans')
    .join('subscriptions', 'subscriptions.plan_id', 'plans.id')
    .where({ 'subscriptions.id': subscriptionId })
    .first('plans.price_minor', 'plans.currency');
  const method: { title: string } | undefined =
    row.method_id === null ? undefined : await db('saved_methods').where({ id: row.method_id }).first('title');
  return {
    at: row.is_open ? undefined : nextSlot(row.ends_at, row.last_tried ?? undefined, policy)?.at,
    amount: { minor: plan?.price_minor ?? 0, currency: plan?.currency ?? 'RUB' },
    title: method?.title,
  };
}
