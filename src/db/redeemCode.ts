import { extendedEnd } from '../domain/grant';
import { parsePromoCode, type PromoCode, type PromoRefusal } from '../domain/promo';
import type { ShopSettings } from '../domain/shop';
import { changeAccess } from './access';
import type { Db } from './connection';
import { keepCode } from './promoCodes';
import { judgeUse, takeUse } from './promoUses';

export interface CodeWish {
  readonly userId: number;
  /** As the user wrote it. */
  readonly text: string;
  readonly settings: Pick<ShopSettings, 'timeZone' | 'graceMs'>;
  readonly now: Date;
}

/** What came of a code: prices from now on, or days that are already there. */
export type Redeemed =
  | { readonly kind: 'discount'; readonly code: string }
  | { readonly kind: 'days'; readonly days: number; readonly endsAt: string }
  | { readonly kind: 'refused'; readonly reason: PromoRefusal | 'CodeNeedsSubscription' };

/** The subscription that days go to: of those that are live, the one that ends last, as the screens show it first. */
export async function subscriptionForDays(
  tx: Db,
  user: { readonly userId: number; readonly planIds: readonly string[]; readonly endedAfter: Date },
): Promise<{ readonly id: string; readonly endsAt: Date } | undefined> {
  const query = tx('subscriptions')
    .where({ user_id: user.userId })
    .whereNull('revoked_at')
    .whereNull('paused_at')
    .whereNull('suspended_at')
    .where('ends_at', '>', user.endedAfter)
    .orderBy('ends_at', 'desc');
  if (user.planIds.length > 0) query.whereIn('plan_id', [...user.planIds]);
  const row: { id: string; ends_at: Date } | undefined = await query.first('id', 'ends_at');
  return row === undefined ? undefined : { id: row.id, endsAt: row.ends_at };
}

async function giveDays(tx: Db, wish: CodeWish, code: PromoCode & { effect: { kind: 'days' } }): Promise<Redeemed> {
  const { userId, settings, now } = wish;
  const endedAfter = new Date(now.getTime() - settings.graceMs);
  const subscription = await subscriptionForDays(tx, { userId, planIds: code.planIds, endedAfter });
  if (subscription === undefined) {
    const other = code.planIds.length > 0 && (await subscriptionForDays(tx, { userId, planIds: [], endedAfter })) !== undefined;
    return { kind: 'refused', reason: other ? 'CodeNotForPlan' : 'CodeNeedsSubscription' };
  }
  const { days } = code.effect;
  const endsAt = extendedEnd(subscription.endsAt, { value: days, unit: 'day' }, { now, timeZone: settings.timeZone });
  const useId = await takeUse(tx, { code: code.code, userId, for: { subscriptionId: subscription.id } });
  await changeAccess(tx, { subscriptionId: subscription.id, kind: 'gift', source: 'promo', sourceId: useId, endsAt, settings, now });
  return { kind: 'days', days, endsAt: endsAt.toISOString() };
}

/** Redeems a code for a user: days are given at once, a discount waits for the next order. The user's row is locked by the caller. */
export async function redeemCode(tx: Db, wish: CodeWish): Promise<Redeemed> {
  const { userId, now } = wish;
  const text = parsePromoCode(wish.text);
  if (text === undefined) return { kind: 'refused', reason: 'CodeUnknown' };
  // An order that is open for the same code holds its own use, which makes way for the next.
  const open: { id: string } | undefined = await tx('orders').where({ user_id: userId, state: 'open', promo_code: text }).first('id');
  const code = await judgeUse(tx, { code: text, userId, replaced: open?.id, now });
  if (typeof code === 'string') return { kind: 'refused', reason: code };
  const { effect } = code;
  if (effect.kind === 'days') return giveDays(tx, wish, { ...code, effect });
  await keepCode(tx, userId, code.code);
  return { kind: 'discount', code: code.code };
}
