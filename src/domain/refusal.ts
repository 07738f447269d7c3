import type { PauseRefusal } from './pause';
import type { ChangeRefusal } from './planChange';
import type { PromoRefusal } from './promo';

/** Reasons why a wish is declined; the caller shows them, nothing was changed. */
export type Refusal =
  | PromoRefusal
  | PauseRefusal
  | ChangeRefusal
  | 'NotPaused'
  | 'CodeNeedsSubscription'
  | 'GiftUnknown'
  | 'GiftTaken'
  | 'GiftTakenBack'
  | 'GiftIsYours'
  | 'PlanUnavailable'
  | 'ExtraNotNow'
  | 'SoldOut'
  | 'MethodUnavailable'
  | 'OrderNotOpen'
  | 'UserBanned'
  | 'BalanceTooLow'
  | 'NotFound'
  | 'AlreadyDecided'
  | 'ProofNeeded'
  | 'NothingToRefund'
  | 'NothingToSettle'
  | 'OnlyInFull'
  | 'RefundRunning'
  | 'TrialUnavailable'
  | 'TrialLimit'
  | 'TrialUsed';
