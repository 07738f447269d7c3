import type { Money } from './money';

/** What somebody gets for a referred user's first paid order: days, or money on the balance. */
export type Reward = { readonly kind: 'days'; readonly days: number } | { readonly kind: 'balance'; readonly amount: Money };

/** What each side gets; undefined = nothing. */
export interface ReferralTerms {
  readonly referrer?: Reward | undefined;
  readonly friend?: Reward | undefined;
}

export type RewardSide = 'referrer' | 'friend';

/** Why a user does not become the friend of a referrer; nothing is said to them about it. */
export type ReferralRefusal = 'unknown' | 'self' | 'cycle' | 'has_referrer' | 'has_bought';

/** Whether a user may still be referred by somebody; `chain` is the referrer and those who referred it, nearest first. */
export function judgeReferral(facts: {
  readonly userId: number;
  readonly hasReferrer: boolean;
  readonly hasBought: boolean;
  readonly chain: readonly number[];
}): ReferralRefusal | undefined {
  const [referrer] = facts.chain;
  if (referrer === undefined) return 'unknown';
  if (referrer === facts.userId) return 'self';
  if (facts.chain.includes(facts.userId)) return 'cycle';
  if (facts.hasReferrer) return 'has_referrer';
  return facts.hasBought ? 'has_bought' : undefined;
}
