import type { Localised } from './language';
import type { Money } from './money';
import type { Reward, RewardSide } from './referral';

/** News for a buyer that is no order's own message. Each is sent at most once. */
export type Notice =
  /** A second payment for what was paid already. */
  | { readonly kind: 'credited_second'; readonly params: { readonly amount: Money } }
  /** Money that came too late for its order, or for a user who may not buy. */
  | { readonly kind: 'credited_late'; readonly params: { readonly amount: Money } }
  /** Part of the money came; `rest` has to follow. */
  | { readonly kind: 'underpaid'; readonly params: { readonly received: Money; readonly rest: Money } }
  /** More came than was asked. */
  | { readonly kind: 'overpaid'; readonly params: { readonly amount: Money } }
  /** What an order held is balance again. */
  | { readonly kind: 'released'; readonly params: { readonly amount: Money } }
  | { readonly kind: 'topped_up'; readonly params: { readonly amount: Money } }
  | { readonly kind: 'refunded'; readonly params: { readonly amount: Money; readonly destination: 'provider' | 'balance' } }
  /** The traffic of this period or month is used up; access is shut until it is counted anew. */
  | { readonly kind: 'traffic_used'; readonly params: { readonly resets: 'period' | 'month' } }
  /** A friend's first order brought something. */
  | { readonly kind: 'rewarded'; readonly params: { readonly reward: Reward; readonly side: RewardSide } }
  /** That order was refunded. */
  | { readonly kind: 'reward_taken_back'; readonly params: { readonly reward: Reward; readonly side: RewardSide } }
  /** An operator gave days. */
  | {
      readonly kind: 'granted';
      readonly params: { readonly days: number; readonly endsAt: string; readonly timeZone: string; readonly reason: string };
    }
  | { readonly kind: 'access_revoked'; readonly params: { readonly reason: string } }
  /** A gift of this buyer was opened. */
  | { readonly kind: 'gift_taken'; readonly params: { readonly planTitle: Localised } }
  /** The gift that this buyer had opened was refunded to its giver. */
  | { readonly kind: 'gift_taken_back'; readonly params: object }
  | { readonly kind: 'disputed'; readonly params: object }
  | { readonly kind: 'dispute_won'; readonly params: object }
  | { readonly kind: 'transfer_declined'; readonly params: { readonly reason: string } }
  | { readonly kind: 'corrected'; readonly params: { readonly amount: Money; readonly sign: 1 | -1; readonly reason: string } }
  /** A way of paying was kept; what it renews by itself is looked up when it is sent. Older ones have a title only. */
  | {
      readonly kind: 'method_saved';
      readonly params: {
        readonly title: string;
        readonly methodId?: string;
        readonly paymentId?: string;
        /** When a provider that charges by itself does so again. */
        readonly nextAt?: string;
      };
    }
  /** A provider charged for the next period by itself. */
  | { readonly kind: 'renewed'; readonly params: { readonly amount: Money; readonly endsAt: string; readonly timeZone: string } }
  /** Access that no order paid for is on; the link is rendered when it is sent. */
  | { readonly kind: 'access_ready'; readonly params: { readonly subscriptionId: string } }
  /** A pause is over. */
  | { readonly kind: 'resumed'; readonly params: { readonly endsAt: string; readonly timeZone: string } }
  /** A subscription is about to renew itself; no title means the balance. */
  | {
      readonly kind: 'renewal_ahead';
      readonly params: { readonly amount: Money; readonly title: string | null; readonly at: string; readonly timeZone: string };
    }
  | {
      readonly kind: 'auto_renewed';
      readonly params: { readonly amount: Money; readonly title: string | null; readonly endsAt: string; readonly timeZone: string };
    }
  /** The balance had too little, or the card was declined; without `nextAt` it was the last try. */
  | {
      readonly kind: 'renewal_declined';
      readonly params: { readonly amount: Money; readonly title: string | null; readonly nextAt: string | null; readonly timeZone: string };
    }
  /** The plan of a subscription that renews itself is not sold any more. */
  | { readonly kind: 'renewal_plan_gone'; readonly params: { readonly endsAt: string; readonly timeZone: string } }
  /** Money of a subscription that renewed itself went back, or is disputed: it does not any more. */
  | { readonly kind: 'renewal_stopped'; readonly params: object }
  /** A provider does not charge again by itself any more. */
  | { readonly kind: 'renewal_ended'; readonly params: { readonly title: string } };
