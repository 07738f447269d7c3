import type { OrderState } from './order';
import type { PaymentState } from './payment';

/** Where an attempt to pay stands, as its buyer is told. `checking`: an operator looks for a transfer that the buyer has sent. */
export type ShownPaymentState = PaymentState | 'checking' | 'replaced';

export interface AttemptFacts {
  readonly state: PaymentState;
  readonly order: OrderState;
  /** No other attempt of its order was chosen since. */
  readonly isChosen: boolean;
  /** The buyer said that a transfer was sent, and nobody has looked yet. */
  readonly isSubmitted: boolean;
}

const whileOrderIs: Readonly<Record<OrderState, ShownPaymentState | undefined>> = {
  open: undefined,
  // By another attempt: this one has no money.
  paid: 'replaced',
  superseded: 'replaced',
  expired: 'expired',
  cancelled: 'cancelled',
};

/**
 * What is true of an attempt for its buyer. The provider may still take its payment for a while after another attempt or order has taken its
 * place, but nobody waits for it any more.
 */
export function shownPaymentState({ state, order, isChosen, isSubmitted }: AttemptFacts): ShownPaymentState {
  if (state !== 'created' && state !== 'pending' && state !== 'cancelled') return state;
  if (isSubmitted) return 'checking';
  const closed = isChosen ? whileOrderIs[order] : 'replaced';
  return closed === undefined || (state === 'cancelled' && closed === 'expired') ? state : closed;
}
