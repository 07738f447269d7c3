import { countedFrom, remainderOf as remainderIn, takenEnd, type GrantKind, type Remainder } from '../domain/grant';
import type { ShopSettings } from '../domain/shop';
import type { Db } from './connection';
import { moveExtras, withExtras } from './extras';
import { insertOperations } from './operations';
import { setDesiredAccounts, type DesiredChange } from './panelAccounts';
import {
  effectiveGrants,
  insertGrant,
  lockSubscription,
  termColumns,
  type StoredSubscription,
  type SubscriptionTerms,
} from './subscriptions';

export interface AccessChange {
  readonly subscriptionId: string;
  readonly kind: GrantKind;
  /** What moved the end; the same source moves it once. */
  readonly source: string;
  readonly sourceId: string;
  readonly endsAt: Date;
  /** Undefined leaves it as it is; null takes it away. */
  readonly suspendedAt?: Date | null;
  readonly revokedAt?: Date | null;
  /** A pause with its latest end; null ends it, undefined leaves it as it is. */
  readonly pause?: { readonly since: Date; readonly until: Date } | null;
  /** The plan and limits it has from now on; undefined leaves them. */
  readonly terms?: SubscriptionTerms;
  readonly settings: Pick<ShopSettings, 'graceMs'>;
  readonly now: Date;
}

/** What a change leaves as it is stays. */
function changed<Value>(wanted: Value | null | undefined, present: Value | undefined): Value | null {
  return wanted === undefined ? (present ?? null) : wanted;
}

function pauseColumns({ pause }: AccessChange): object {
  return pause === undefined ? {} : { paused_at: pause?.since ?? null, resumes_at: pause?.until ?? null };
}

async function setPanels(
  tx: Db,
  change: AccessChange,
  state: { before: StoredSubscription; terms: SubscriptionTerms; isOpen: boolean; isRevoked: boolean },
): Promise<readonly DesiredChange[]> {
  const { endsAt, now, settings } = change;
  const { terms } = state;
  return setDesiredAccounts(tx, {
    subscriptionId: change.subscriptionId,
    userId: state.before.userId,
    enabled: state.isOpen && endsAt > now,
    endsAt: state.isRevoked ? endsAt : new Date(endsAt.getTime() + settings.graceMs),
    trafficLimitBytes: terms.trafficLimitBytes ?? 0,
    deviceLimit: terms.deviceLimit ?? 0,
    serverIds: terms.serverIds,
  });
}

// What a pause or a dispute gives back, extras have back too.
async function moveEndsOfExtras(tx: Db, { kind, subscriptionId, endsAt }: AccessChange, before: StoredSubscription): Promise<void> {
  const movedMs = endsAt.getTime() - (before.endsAt?.getTime() ?? endsAt.getTime());
  if ((kind === 'resume' || kind === 'dispute') && movedMs > 0) await moveExtras(tx, subscriptionId, movedMs);
}

/**
 * Moves the end of a subscription and opens or shuts it: the entry, the terms, the desired state of every panel and the work to get there.
 * Returns the id of the entry, or undefined when this source moved it before.
 */
export async function changeAccess(tx: Db, change: AccessChange): Promise<string | undefined> {
  const before = await lockSubscription(tx, change.subscriptionId);
  if (before === undefined) return undefined;
  const { subscriptionId, kind, source, sourceId, endsAt, now } = change;
  const grantId = await insertGrant(tx, { subscriptionId, kind, source, sourceId, endBefore: before.endsAt, endAfter: endsAt, now });
  if (grantId === undefined) return undefined;
  const suspendedAt = changed(change.suspendedAt, before.suspendedAt);
  const revokedAt = changed(change.revokedAt, before.revokedAt);
  const terms = change.terms === undefined ? undefined : await withExtras(tx, subscriptionId, change.terms);
  await moveEndsOfExtras(tx, change, before);
  await tx('subscriptions')
    .where({ id: subscriptionId })
    .update({
      ...pauseColumns(change),
      ...(terms === undefined ? {} : termColumns(tx, terms)),
      ends_at: endsAt,
      suspended_at: suspendedAt,
      revoked_at: revokedAt,
      version: tx.raw('version + 1'),
    });
  const isPaused = changed<unknown>(change.pause, before.pausedAt) !== null;
  const isOpen = suspendedAt === null && revokedAt === null && !isPaused && before.exhaustedAt === undefined;
  const changes = await setPanels(tx, change, { before, terms: terms ?? before, isOpen, isRevoked: revokedAt !== null });
  await insertOperations(tx, { cause: grantId, userId: before.userId, orderId: undefined, changes });
  return grantId;
}

export interface Refresh {
  readonly subscriptionId: string;
  /** The servers it has from now on; undefined leaves them. */
  readonly serverIds?: readonly string[];
  readonly placeOn?: string;
  readonly graceMs: number;
  readonly now: Date;
}

/** Writes anew what panels should hold for a subscription whose end stays; returns the accounts that this moves. */
export async function refreshAccess(
  tx: Db,
  refresh: Refresh,
): Promise<{ readonly userId: number; readonly changes: readonly DesiredChange[] } | undefined> {
  const { subscriptionId, graceMs, now } = refresh;
  const subscription = await lockSubscription(tx, subscriptionId);
  if (subscription === undefined) return undefined;
  const serverIds = refresh.serverIds ?? subscription.serverIds;
  if (refresh.serverIds !== undefined)
    await tx('subscriptions')
      .where({ id: subscriptionId })
      .update({ server_ids: [...serverIds], version: tx.raw('version + 1') });
  const { endsAt, userId } = subscription;
  if (endsAt === undefined) return { userId, changes: [] };
  const accessEnd = subscription.revokedAt === undefined ? new Date(endsAt.getTime() + graceMs) : endsAt;
  const { suspendedAt, revokedAt, pausedAt, exhaustedAt } = subscription;
  const open = [suspendedAt, revokedAt, pausedAt, exhaustedAt].every((since) => since === undefined);
  const changes = await setDesiredAccounts(tx, {
    subscriptionId,
    userId,
    enabled: open && accessEnd > now,
    endsAt: accessEnd,
    trafficLimitBytes: subscription.trafficLimitBytes,
    deviceLimit: subscription.deviceLimit,
    serverIds,
    ...(refresh.placeOn === undefined ? {} : { placeOn: refresh.placeOn }),
  });
  return { userId, changes: changes.filter((change) => change.moved) };
}

/** Name of a step that takes back part of what an order added. */
export function refundSource(orderId: string, step: string): { readonly source: 'refund'; readonly sourceId: string } {
  return { source: 'refund', sourceId: `${orderId}:${step}` };
}

export interface GrantRemainder extends Remainder {
  readonly subscriptionId: string;
  readonly endsAt: Date;
  /** From when the time ahead counts: before now while it stands still. */
  readonly countedFrom: Date;
  /** The end after some of the grant's time was taken back, in its own milliseconds. */
  endAfter(takenMs: number): Date;
}

/** What an order added to its subscription, less what was taken back since, and how much of that still lies ahead; undefined when it added nothing. */
export function remainderOf(tx: Db, orderId: string, now: Date): Promise<GrantRemainder | undefined> {
  return remainderOfGrant(tx, { source: 'order', sourceId: orderId }, now);
}

/** What is left of what one grant added; see `remainderOf`. */
export async function remainderOfGrant(
  tx: Db,
  of: { readonly source: 'order' | 'gift'; readonly sourceId: string },
  now: Date,
): Promise<GrantRemainder | undefined> {
  const grant: { subscription_id: string } | undefined = await tx('grants')
    .where({ source: of.source, source_id: of.sourceId })
    .first('subscription_id');
  if (grant === undefined) return undefined;
  const { subscription_id: subscriptionId } = grant;
  const subscription = await lockSubscription(tx, subscriptionId);
  const endsAt = subscription?.endsAt;
  if (subscription === undefined || endsAt === undefined) return undefined;
  const entries = await effectiveGrants(tx, subscriptionId);
  const remainder = remainderIn({ ...subscription, entries }, of, now);
  if (remainder === undefined) return undefined;
  const endAfter = (takenMs: number): Date => takenEnd(endsAt, takenMs, remainder.factor);
  return { ...remainder, subscriptionId, endsAt, countedFrom: countedFrom(subscription, now), endAfter };
}
