import type { Language, Localised } from './language';
import type { Money } from './money';

export type SubscriptionStatus = 'preparing' | 'active' | 'grace' | 'lapsed' | 'paused' | 'revoked';

export interface SubscriptionFacts {
  readonly endsAt: Date | undefined;
  readonly pausedAt: Date | undefined;
  readonly revokedAt: Date | undefined;
}

/** Status of a subscription at `now`; live while active or in grace. */
export function statusOf(facts: SubscriptionFacts, now: Date, graceMs: number): SubscriptionStatus {
  if (facts.revokedAt !== undefined) return 'revoked';
  if (facts.pausedAt !== undefined) return 'paused';
  if (facts.endsAt === undefined) return 'preparing';
  if (now < facts.endsAt) return 'active';
  return now.getTime() < facts.endsAt.getTime() + graceMs ? 'grace' : 'lapsed';
}

/** How a subscription renews itself, as its owner sees it. */
export interface ShownRenewal {
  /** Undefined while a try waits for its answer. */
  readonly at: Date | undefined;
  readonly amount: Money;
  /** Undefined: from the balance. */
  readonly title: string | undefined;
}

/** One subscription as its owner's screens show it. */
export interface SubscriptionScreenData {
  readonly id: string;
  readonly language: Language;
  readonly timeZone: string;
  readonly status: SubscriptionStatus;
  readonly planId: string;
  readonly planTitle: Localised;
  /** False when the plan is no longer sold and cannot be renewed as it is. */
  readonly planForSale: boolean;
  /** While it is paused: the end if it went on now. */
  readonly endsAt: Date | undefined;
  /** When its owner's pause ends by itself. */
  readonly pausedUntil: Date | undefined;
  /** How it renews itself; absent where it does not, or where that was not asked. */
  readonly autoRenewal?: ShownRenewal | undefined;
  /** Whether it is the one its owner means without naming one; absent where there is no other. */
  readonly isDefault?: boolean;
  /** Something can be added to it; absent where that was not asked. */
  readonly hasExtras?: boolean;
  /** Undefined where the traffic has no limit. */
  readonly traffic:
    | { readonly limitBytes: number; readonly usedBytes: number; readonly resets: 'period' | 'month'; readonly isUsedUp: boolean }
    | undefined;
  readonly servers: readonly { readonly title: Localised; readonly country: string; readonly ready: boolean }[];
  /** Undefined where any number of devices may use it. */
  readonly deviceLimit: number | undefined;
  readonly feedUrl: string;
  /** Page that opens the buyer's app with this subscription. */
  readonly openUrl: string;
}
