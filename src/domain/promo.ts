import type { Money } from './money';
import type { Plan } from './plan';

/** What a promo code gives: part of a price in percent, or a sum off it in minor units, or days for what one has. */
export type PromoEffect =
  | { readonly kind: 'percent'; readonly percent: number }
  | { readonly kind: 'amount'; readonly amount: Money }
  | { readonly kind: 'days'; readonly days: number };

export interface PromoCode {
  readonly code: string;
  readonly effect: PromoEffect;
  /** Plans it is for; none = all. */
  readonly planIds: readonly string[];
  readonly newBuyersOnly: boolean;
  /** Most uses in total; undefined = any number. */
  readonly maxUses: number | undefined;
  readonly maxPerUser: number;
  /** Uses that are held or spent. */
  readonly uses: number;
  readonly startsAt: Date | undefined;
  readonly endsAt: Date | undefined;
  /** When an operator ended it. */
  readonly endedAt: Date | undefined;
}

/** Why a code does nothing here. */
export type PromoRefusal =
  | 'CodeUnknown'
  | 'CodeTooManyTries'
  | 'CodeExpired'
  | 'CodeUsedUp'
  | 'CodeUsedByYou'
  | 'CodeForNewBuyers'
  | 'CodeNotForPlan';

/** What one user has to do with a code, the order that would make way left out. */
export interface PromoUser {
  readonly ownUses: number;
  readonly hasBought: boolean;
  /** Uses that an order of the user holds, which would come back first. */
  readonly comesBack: number;
}

/** Unknown codes that one user tried since a moment. */
export interface PromoMisses {
  readonly count: number;
  readonly since: Date;
}

const longest = 32;
const mostMisses = 10;
const missesMs = 3_600_000;

/** The misses that count now: an hour after the first of them they are forgotten. */
export function missesAt(misses: PromoMisses, now: Date): PromoMisses {
  return now.getTime() - misses.since.getTime() < missesMs ? misses : { count: 0, since: now };
}

/** Whether a user tried so many unknown codes that no other is looked at for now, also a right one: else it would be found by guessing on. */
export function guessedTooOften(misses: PromoMisses): boolean {
  return misses.count >= mostMisses;
}

/** A code as it is stored: capital letters, nothing around it; undefined for what cannot be one. */
export function parsePromoCode(text: string): string | undefined {
  const code = text.trim().toUpperCase();
  return code.length <= longest && /^[A-Z0-9_-]{3,}$/.test(code) ? code : undefined;
}

/** Why the user may not use the code now, or undefined. One that has not begun is not known yet. */
export function refusalOf(code: PromoCode, user: PromoUser, now: Date): PromoRefusal | undefined {
  if (code.startsAt !== undefined && now < code.startsAt) return 'CodeUnknown';
  if (code.endedAt !== undefined || (code.endsAt !== undefined && now >= code.endsAt)) return 'CodeExpired';
  if (code.newBuyersOnly && user.hasBought) return 'CodeForNewBuyers';
  if (user.ownUses >= code.maxPerUser) return 'CodeUsedByYou';
  return code.maxUses !== undefined && code.uses - user.comesBack >= code.maxUses ? 'CodeUsedUp' : undefined;
}

/** A price with the code's discount, rounded in favour of the shop; undefined where the code takes nothing off this price, or all of it. */
function lowered(price: Money, effect: PromoEffect): Money | undefined {
  if (effect.kind === 'days') return undefined;
  if (effect.kind === 'amount' && effect.amount.currency !== price.currency) return undefined;
  const off = effect.kind === 'percent' ? Number((BigInt(price.minor) * BigInt(effect.percent)) / 100n) : effect.amount.minor;
  return off > 0 && off < price.minor ? { minor: price.minor - off, currency: price.currency } : undefined;
}

/** The plan at the code's price, its price in Stars in proportion; undefined where the code is not for it. */
export function discounted(plan: Plan, code: Pick<PromoCode, 'code' | 'effect' | 'planIds'>): Plan | undefined {
  if (code.planIds.length > 0 && !code.planIds.includes(plan.id)) return undefined;
  const price = lowered(plan.price, code.effect);
  if (price === undefined) return undefined;
  const stars =
    plan.starsPrice === undefined
      ? undefined
      : Number((BigInt(plan.starsPrice) * BigInt(price.minor) + BigInt(plan.price.minor) - 1n) / BigInt(plan.price.minor));
  return { ...plan, price, ...(stars === undefined ? {} : { starsPrice: stars }), discount: { code: code.code, listPrice: plan.price } };
}
