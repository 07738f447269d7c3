import { takenFrom } from '../domain/balance';
import { extendedEnd } from '../domain/grant';
import type { Order } from '../domain/order';
import type { ReferralTerms, Reward, RewardSide } from '../domain/referral';
import type { ShopSettings } from '../domain/shop';
import { changeAccess } from './access';
import { raiseAlert } from './alerts';
import type { Db } from './connection';
import { newId } from './ids';
import { book, lockBalance } from './ledger';
import { addNotice } from './notices';
import { lockSubscription, subscriptionForDays } from './subscriptions';
import { addUserEvent } from './userEvents';

/** What giving and taking need of the shop. */
export interface RewardSettings {
  readonly settings: Pick<ShopSettings, 'timeZone' | 'graceMs'> & { readonly referral?: ReferralTerms };
  readonly now: Date;
}

interface RewardRow {
  readonly id: string;
  readonly user_id: number;
  readonly side: RewardSide;
  readonly order_id: string;
  readonly days: number | null;
  readonly amount_minor: number | null;
  readonly currency: string | null;
  readonly state: 'due' | 'given' | 'taken_back';
  readonly subscription_id: string | null;
  readonly step: number;
  readonly given_at: Date | null;
}

function rewardOf(row: RewardRow): Reward {
  return row.days === null
    ? { kind: 'balance', amount: { minor: row.amount_minor ?? 0, currency: row.currency ?? '' } }
    : { kind: 'days', days: row.days };
}

async function lockReward(tx: Db, id: string): Promise<RewardRow | undefined> {
  return tx<RewardRow>('rewards').where({ id }).forUpdate().first();
}

async function insertReward(
  tx: Db,
  order: Order,
  reward: { side: RewardSide; userId: number; reward: Reward },
): Promise<string | undefined> {
  const id = newId('rwd');
  const { reward: what, side, userId } = reward;
  const rows: readonly unknown[] = await tx('rewards')
    .insert({
      id,
      referred_id: order.userId,
      side,
      user_id: userId,
      order_id: order.id,
      ...(what.kind === 'days' ? { days: what.days } : { amount_minor: what.amount.minor, currency: what.amount.currency }),
      state: 'due',
    })
    .onConflict(['referred_id', 'side'])
    .ignore()
    .returning('id');
  return rows.length === 0 ? undefined : id;
}

/** Money or days; false where the user has no subscription that days could go to. */
async function giveWhat(tx: Db, row: RewardRow, by: RewardSettings): Promise<boolean> {
  const reward = rewardOf(row);
  const { settings, now } = by;
  const source = `${row.id}:${row.step}`;
  if (reward.kind === 'balance') {
    await book(tx, {
      operationKey: `reward:${source}`,
      from: 'rewards',
      to: `user:${row.user_id}`,
      amount: reward.amount,
      kind: 'reward',
      userId: row.user_id,
    });
    return true;
  }
  const endedAfter = new Date(now.getTime() - settings.graceMs);
  const subscription = await subscriptionForDays(tx, { userId: row.user_id, planIds: [], endedAfter });
  if (subscription === undefined) return false;
  const endsAt = extendedEnd(subscription.endsAt, { value: reward.days, unit: 'day' }, { now, timeZone: settings.timeZone });
  await changeAccess(tx, { subscriptionId: subscription.id, kind: 'gift', source: 'referral', sourceId: source, endsAt, settings, now });
  await tx('rewards').where({ id: row.id }).update({ subscription_id: subscription.id });
  return true;
}

/** Gives a reward that is due; days wait until their user has a subscription. The user's row is locked by the caller. */
export async function giveReward(tx: Db, id: string, by: RewardSettings): Promise<void> {
  const row = await lockReward(tx, id);
  if (row?.state !== 'due' || !(await giveWhat(tx, row, by))) return;
  await tx('rewards').where({ id }).update({ state: 'given', given_at: by.now });
  await addNotice(tx, {
    userId: row.user_id,
    key: `reward:${id}:${row.step}`,
    kind: 'rewarded',
    params: { reward: rewardOf(row), side: row.side },
  });
}

/** Gives what waited for a subscription of this user. */
export async function giveDueRewards(tx: Db, userId: number, by: RewardSettings): Promise<void> {
  const rows: readonly { id: string }[] = await tx('rewards').where({ user_id: userId, state: 'due' }).orderBy('id').select('id');
  for (const { id } of rows) await giveReward(tx, id, by);
}

/** Rewards both sides for a referred user's first paid order: the buyer at once, the referrer through the own workflow. */
export async function earnRewards(tx: Db, order: Order, by: RewardSettings): Promise<void> {
  const { referral } = by.settings;
  if (referral === undefined) return;
  const user: { referrer_id: number | null } | undefined = await tx('users').where({ id: order.userId }).first('referrer_id');
  const earlier: unknown = await tx('orders')
    .where({ user_id: order.userId, kind: 'plan', state: 'paid' })
    .whereNot({ id: order.id })
    .first('id');
  const referrer = user?.referrer_id ?? undefined;
  if (referrer === undefined || earlier !== undefined) return;
  if (referral.friend !== undefined) {
    const id = await insertReward(tx, order, { side: 'friend', userId: order.userId, reward: referral.friend });
    if (id !== undefined) await giveReward(tx, id, by);
  }
  if (referral.referrer === undefined) return;
  const id = await insertReward(tx, order, { side: 'referrer', userId: referrer, reward: referral.referrer });
  if (id !== undefined) await addUserEvent(tx, { userId: referrer, kind: 'reward_due', source: id });
}

async function takeMoney(tx: Db, row: RewardRow, reward: Reward & { kind: 'balance' }): Promise<void> {
  const { amount } = reward;
  const balance = await lockBalance(tx, row.user_id, amount.currency);
  const { takenMinor, missingMinor } = takenFrom(balance.minor, amount.minor);
  if (takenMinor > 0)
    await book(tx, {
      operationKey: `reward:${row.id}:${row.step}:back`,
      from: `user:${row.user_id}`,
      to: 'rewards',
      amount: { minor: takenMinor, currency: amount.currency },
      kind: 'reward',
      userId: row.user_id,
    });
  if (missingMinor === 0) return;
  await tx('rewards').where({ id: row.id }).update({ missing_minor: missingMinor });
  await raiseAlert(tx, {
    key: `reward-shortfall:${row.id}`,
    kind: 'reward_shortfall',
    text: `Order ${row.order_id} was refunded, but user ${row.user_id} had spent the reward for it; the shop bears the rest. npm run shop -- user ${row.user_id}`,
  });
}

async function takeDays(tx: Db, row: RewardRow, by: RewardSettings & { readonly days: number }): Promise<void> {
  const { now, settings, days } = by;
  const subscription = row.subscription_id === null ? undefined : await lockSubscription(tx, row.subscription_id);
  if (subscription?.endsAt === undefined || subscription.revokedAt !== undefined || subscription.endsAt <= now) return;
  const back = extendedEnd(subscription.endsAt, { value: -days, unit: 'day' }, { now: new Date(0), timeZone: settings.timeZone });
  const endsAt = new Date(Math.max(back.getTime(), now.getTime()));
  await changeAccess(tx, {
    subscriptionId: subscription.id,
    kind: 'refund',
    source: 'referral',
    sourceId: `${row.id}:${row.step}:back`,
    endsAt,
    // Nothing that was paid for is left: as after any refund, a new purchase is a new subscription.
    ...(endsAt <= now ? { revokedAt: now } : {}),
    settings,
    now,
  });
}

/** Takes a reward back, once, down to what is there: a balance never goes below zero, an end never behind now. */
export async function takeReward(tx: Db, id: string, by: RewardSettings): Promise<void> {
  const row = await lockReward(tx, id);
  if (row === undefined || row.state === 'taken_back') return;
  await tx('rewards').where({ id }).update({ state: 'taken_back', taken_back_at: by.now });
  if (row.state === 'due') return;
  const reward = rewardOf(row);
  if (reward.kind === 'balance') await takeMoney(tx, row, reward);
  else await takeDays(tx, row, { ...by, days: reward.days });
  await addNotice(tx, {
    userId: row.user_id,
    key: `reward:${id}:${row.step}:back`,
    kind: 'reward_taken_back',
    params: { reward, side: row.side },
  });
}

// Only what was really taken comes back.
async function restoreWhat(tx: Db, row: RewardRow & { readonly missing_minor: number }, by: RewardSettings): Promise<void> {
  const reward = rewardOf(row);
  const source = `${row.id}:${row.step}`;
  if (reward.kind === 'balance') {
    const amount = { minor: reward.amount.minor - row.missing_minor, currency: reward.amount.currency };
    if (amount.minor === 0) return;
    const to = `user:${row.user_id}` as const;
    await book(tx, { operationKey: `reward:${source}`, from: 'rewards', to, amount, kind: 'reward', userId: row.user_id });
    return;
  }
  const taken: { subscription_id: string; end_before: Date; end_after: Date } | undefined = await tx('grants')
    .where({ source: 'referral', source_id: `${row.id}:${row.step - 1}:back` })
    .first('subscription_id', 'end_before', 'end_after');
  const subscription = taken === undefined ? undefined : await lockSubscription(tx, taken.subscription_id);
  if (taken === undefined || subscription?.endsAt === undefined) return;
  const from = Math.max(subscription.endsAt.getTime(), by.now.getTime());
  await changeAccess(tx, {
    subscriptionId: subscription.id,
    kind: 'gift',
    source: 'referral',
    sourceId: source,
    endsAt: new Date(from + taken.end_before.getTime() - taken.end_after.getTime()),
    revokedAt: null,
    settings: by.settings,
    now: by.now,
  });
}

/** Gives a reward again that was taken back for a refund which did not come about. */
export async function restoreReward(tx: Db, id: string, by: RewardSettings): Promise<void> {
  const row: (RewardRow & { readonly missing_minor: number }) | undefined = await tx('rewards').where({ id }).forUpdate().first();
  if (row?.state !== 'taken_back') return;
  const next = { ...row, step: row.step + 1 };
  await tx('rewards')
    .where({ id })
    .update({ state: row.given_at === null ? 'due' : 'given', step: next.step, missing_minor: 0, taken_back_at: null });
  if (row.given_at === null) return giveReward(tx, id, by);
  await restoreWhat(tx, next, by);
}
