import type { Language, Localised } from './language';
import type { Added } from './extra';
import type { Instructions } from './instructions';
import type { Money } from './money';
import type { Period } from './period';

export type OrderState = 'open' | 'paid' | 'expired' | 'superseded' | 'cancelled';

/** Where the delivery of an order stands, apart from its payment. */
export type Fulfilment = 'none' | 'provisioning' | 'fulfilled' | 'credited' | 'revoked';

/** One user's wish to buy or renew, at the price quoted then. */
export interface Order {
  readonly id: string;
  readonly userId: number;
  readonly subscriptionId?: string;
  readonly renewsSubscription: boolean;
  /** What is bought: a plan, something more for a subscription that is there, or money for the balance. */
  readonly kind: 'plan' | 'topup' | 'extra';
  /** Paid for somebody else, who has a link. */
  readonly isGift: boolean;
  /** The plan, or the extra; undefined for a top-up. */
  readonly planId: string | undefined;
  readonly planTitle: Localised;
  readonly period: Period | undefined;
  readonly price: Money;
  /** The price without the promo code; the same without one. */
  readonly listPrice: Money;
  readonly promoCode?: string;
  /** Part of the price that comes from the balance; it is held while the order is open. */
  readonly balanceMinor: number;
  /** Money that lies with the order now. */
  readonly heldMinor: number;
  readonly trafficLimitBytes?: number;
  readonly deviceLimit?: number;
  /** What an extra adds; absent for everything else. */
  readonly adds?: Added;
  readonly serverIds: readonly string[];
  readonly state: OrderState;
  readonly fulfilment: Fulfilment;
  readonly expiresAt: Date;
  readonly createdAt: Date;
}

/** What the buyer is shown of an order. `delayed` = paid, a panel is down, it finishes by itself. */
export type OrderStage =
  | 'preparing'
  | 'waiting'
  | 'checking'
  | 'failed'
  | 'cancelled'
  | 'expired'
  | 'superseded'
  | 'credited'
  | 'activating'
  | 'delayed'
  | 'ready'
  | 'refunded';

/** A message never goes back to a stage of lower rank: a late "activating" must not overwrite "ready". */
export const stageRank: Readonly<Record<OrderStage, number>> = {
  preparing: 1,
  waiting: 2,
  checking: 3,
  failed: 4,
  cancelled: 5,
  expired: 5,
  superseded: 5,
  credited: 6,
  activating: 7,
  delayed: 8,
  ready: 9,
  refunded: 10,
};

/** Everything that the screen of one order needs. */
export interface OrderScreenData {
  readonly orderId: string;
  readonly language: Language;
  readonly timeZone: string;
  readonly planTitle: Localised;
  readonly price: Money;
  readonly stage: OrderStage;
  readonly renewsSubscription: boolean;
  readonly kind: Order['kind'];
  readonly isGift: boolean;
  /** Part of the price that comes from the balance. */
  readonly fromBalance: Money | undefined;
  /** While waiting: where to pay and with what. */
  readonly payment?: {
    readonly paymentId: string;
    readonly provider: string;
    readonly payUrl: string | undefined;
    readonly instructions: Instructions | undefined;
    readonly asked: Money;
    /** What came of it so far, when it was not everything. */
    readonly held: Money | undefined;
    /** Where a transfer from person to person stands. */
    readonly transfer: 'awaiting' | 'submitted' | undefined;
  };
  readonly otherMethods: boolean;
  readonly expiresAt: Date;
  /** Once paid: the subscription and its new end. */
  readonly subscription?: { readonly id: string; readonly endsAt: Date; readonly feedUrl: string; readonly openUrl: string };
}

/** What decides whether late money still buys what it was meant for. */
export interface LateMoneyFacts {
  readonly banned: boolean;
  /** Price the plan has today; undefined when it is no longer sold. */
  readonly priceToday: Money | undefined;
  /** The price that the plan had when the order was made, without a promo code. */
  readonly orderPrice: Money;
  readonly orderAgeMs: number;
  /** Another order of the same user for the same subscription (or for a new one) was paid after this order was made. */
  readonly servedByAnother: boolean;
}

/** An old price is still honoured this long after the order was made. */
export const rateWindowMs = 86_400_000;

/** Late money delivers while the plan is still sold at the quoted price (or the quote is young); else it becomes balance. */
export function judgeLateMoney(facts: LateMoneyFacts): 'deliver' | 'credit' {
  if (facts.banned || facts.servedByAnother || facts.priceToday === undefined) return 'credit';
  const samePrice = facts.priceToday.minor === facts.orderPrice.minor && facts.priceToday.currency === facts.orderPrice.currency;
  return samePrice || facts.orderAgeMs <= rateWindowMs ? 'deliver' : 'credit';
}
