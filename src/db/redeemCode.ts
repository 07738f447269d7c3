import { extendedEnd } from '../domain/grant';
import { guessedTooOften, parsePromoCode, type PromoCode, type PromoRefusal } from '../domain/promo';
import type { ShopSettings } from '../domain/shop';
import { changeAccess } from './access';
import type { Db } from './connection';
import { keepCode } from './promoCodes';
import { countPromoMiss, loadPromoMisses } from './promoMisses';
import { judgeUse, takeUse } from './promoUses';
import { subscriptionForDays } from './subscriptions';

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

async function redeemGiven(tx: Db, wish: CodeWish): Promise<Redeemed> {
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

/**
 * Redeems a code for a user: days are given at once, a discount waits for the next order. Who tried ten unknown codes within an hour waits until it
 * is over. The user's row is locked by the caller.
 */
export async function redeemCode(tx: Db, wish: CodeWish): Promise<Redeemed> {
  const { userId, now } = wish;
  const misses = await loadPromoMisses(tx, userId, now);
  if (guessedTooOften(misses)) return { kind: 'refused', reason: 'CodeTooManyTries' };
  const redeemed = await redeemGiven(tx, wish);
  if (redeemed.kind === 'refused' && redeemed.reason === 'CodeUnknown') await countPromoMiss(tx, userId, misses);
  return redeemed;
}
