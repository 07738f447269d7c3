import { missesAt, type PromoMisses } from '../domain/promo';
import type { Db } from './connection';

/** Unknown codes that the user tried of late. */
export async function loadPromoMisses(tx: Db, userId: number, now: Date): Promise<PromoMisses> {
  const row: { promo_misses: number; promo_misses_since: Date | null } | undefined = await tx('users')
    .where({ id: userId })
    .first('promo_misses', 'promo_misses_since');
  return missesAt({ count: row?.promo_misses ?? 0, since: row?.promo_misses_since ?? now }, now);
}

/** Notes one more unknown code. The user's row is locked by the caller. */
export async function countPromoMiss(tx: Db, userId: number, before: PromoMisses): Promise<void> {
  await tx('users')
    .where({ id: userId })
    .update({ promo_misses: before.count + 1, promo_misses_since: before.since });
}
