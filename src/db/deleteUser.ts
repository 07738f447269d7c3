import { changeAccess } from './access';
import { audit } from './audit';
import { closeOrder } from './closeOrder';
import type { Db } from './connection';
import type { OperatorAct } from './grantTime';
import { newToken } from './ids';
import { insertOperations } from './operations';
import { setDesiredAccounts } from './panelAccounts';
import { forgetAllMethods } from './savedMethods';
import { lockSubscription } from './subscriptions';

export interface Deletion extends OperatorAct {
  /** Knows the person again, so that trial and ban outlive the data. */
  readonly personHash: string;
  /** Goes on though the shop owes the user money. */
  readonly leavesBalance: boolean;
}

/** Orders that closed, or why nothing was deleted. */
export type Deleted =
  | { readonly kind: 'done'; readonly closed: readonly string[] }
  | { readonly kind: 'refused'; readonly why: 'not_found' | 'balance_left' };

// Trial and ban are of the person, not of the data.
async function keepRules(tx: Db, { userId, personHash }: Deletion, isBanned: boolean): Promise<void> {
  if (isBanned) await tx('banned_people').insert({ person_hash: personHash }).onConflict('person_hash').ignore();
  else await tx('banned_people').where({ person_hash: personHash }).delete();
  const owned: { id: string } | undefined = await tx('subscriptions').where({ user_id: userId }).orderBy('created_at').first('id');
  if (owned !== undefined)
    await tx('trials').insert({ user_id: userId, person_hash: personHash, subscription_id: owned.id }).onConflict().ignore();
}

async function shutAll(tx: Db, deletion: Deletion): Promise<void> {
  const { userId, key, settings, now } = deletion;
  const rows: readonly { id: string }[] = await tx('subscriptions').where({ user_id: userId }).orderBy('id').select('id');
  for (const { id } of rows) {
    const subscription = await lockSubscription(tx, id);
    if (subscription === undefined) continue;
    const endsAt = subscription.endsAt !== undefined && subscription.endsAt < now ? subscription.endsAt : now;
    const change = { subscriptionId: id, endsAt, settings, now } as const;
    if (subscription.revokedAt === undefined)
      await changeAccess(tx, { ...change, kind: 'revoke', source: 'deletion', sourceId: `${userId}:${key}:${id}`, revokedAt: now });
    const terms = { subscriptionId: id, userId, enabled: false, endsAt, trafficLimitBytes: 0, deviceLimit: 0, serverIds: [] };
    const changes = await setDesiredAccounts(tx, terms);
    await tx('panel_accounts')
      .where({ subscription_id: id })
      .update({ removed_at: now, desired_version: tx.raw('desired_version + 1') });
    await insertOperations(tx, { cause: `deletion:${id}`, userId, orderId: undefined, changes });
    await tx('vpn_keys').where({ subscription_id: id }).update({ connection_string: null });
    await tx('devices').where({ subscription_id: id }).delete();
    // The link that the user had opens nothing any more, not even a word about whose it was.
    await tx('subscriptions').where({ id }).update({ token: newToken() });
  }
}

// What the shop knows of the person beside its own facts; rows of money stay, without the words around them.
async function forgetPerson(tx: Db, userId: number, telegramId: number | null): Promise<void> {
  if (telegramId !== null)
    await tx('telegram_updates').where({ telegram_user_id: telegramId }).whereNotNull('handled_at').update({ telegram_user_id: null });
  await tx('conversations').where({ user_id: userId }).delete();
  await tx('notices').where({ user_id: userId }).delete();
  await tx('transfers').where({ user_id: userId }).update({ proof_file_id: null, proof_kind: null });
  await tx('saved_methods').where({ user_id: userId }).update({ title: '-' });
  await tx('payment_events')
    .whereIn('payment_id', tx('payments').where({ user_id: userId }).select('id'))
    .update({ raw_sealed: null });
}

/**
 * Deletes what the shop knows of a person: open orders close, access ends and its accounts leave their panels, personal data goes. Orders, payments and
 * movements of money stay. Money that still comes becomes balance of the empty user, and an operator is told.
 */
export async function deleteUser(tx: Db, deletion: Deletion): Promise<Deleted> {
  const { userId, actor, reason, now } = deletion;
  const user: { telegram_id: number | null; is_banned: boolean; deleted_at: Date | null } | undefined = await tx('users')
    .where({ id: userId })
    .first('telegram_id', 'is_banned', 'deleted_at');
  if (user === undefined || user.deleted_at !== null) return { kind: 'refused', why: 'not_found' };
  const owed: unknown = await tx('balances').where({ user_id: userId }).where('amount_minor', '>', 0).first('user_id');
  if (owed !== undefined && !deletion.leavesBalance) return { kind: 'refused', why: 'balance_left' };
  const orders: readonly { id: string }[] = await tx('orders').where({ user_id: userId, state: 'open' }).orderBy('id').select('id');
  for (const { id } of orders) await closeOrder(tx, id, { state: 'cancelled', reason: 'deleted' });
  await forgetAllMethods(tx, userId, now);
  await keepRules(tx, deletion, user.is_banned);
  await shutAll(tx, deletion);
  await forgetPerson(tx, userId, user.telegram_id);
  await tx('users').where({ id: userId }).update({
    telegram_id: null,
    email: null,
    referral_code: null,
    promo_code: null,
    last_provider: null,
    blocked_at: null,
    // Nothing is sold to nobody: what still comes is kept on the balance.
    is_banned: true,
    deleted_at: now,
  });
  await audit(tx, { actor, action: 'user.deleted', target: `user:${userId}`, after: { reason } });
  return { kind: 'done', closed: orders.map(({ id }) => id) };
}

/** Whether somebody who comes for the first time was banned before their data was deleted. */
export async function wasBanned(db: Db, personHash: () => Promise<string>): Promise<boolean> {
  const any: unknown = await db('banned_people').first('person_hash');
  if (any === undefined) return false;
  const row: unknown = await db('banned_people')
    .where({ person_hash: await personHash() })
    .first('person_hash');
  return row !== undefined;
}
