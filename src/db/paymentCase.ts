import type { Money } from '../domain/money';
import type { Order } from '../domain/order';
import type { Plan } from '../domain/plan';
import type { ShopSettings } from '../domain/shop';
import { raiseAlert } from './alerts';
import type { Db } from './connection';
import { book, type Movement } from './ledger';
import type { StoredPaymentEvent } from './paymentEvents';
import type { StoredPayment } from './payments';
import { asideKey, isAside, quarantine } from './quarantine';

export interface Application {
  readonly userId: number;
  readonly paymentId: string;
  readonly settings: Pick<ShopSettings, 'timeZone' | 'graceMs' | 'referral'>;
  /** The plan, or the extra, as it is sold today; undefined when it is not. */
  readonly planToday: (planId: string) => Promise<Pick<Plan, 'price'> | undefined>;
  readonly now: Date;
}

export type Applied = 'nothing_new' | 'delivered' | 'delivered_late' | 'credited' | 'quarantined' | 'changed' | 'unknown_payment';

/** One payment while its new events are applied, everything of it locked. */
export interface PaymentCase {
  readonly tx: Db;
  readonly payment: StoredPayment;
  /** Read anew after each step that changes it. */
  order: Order;
  readonly banned: boolean;
  readonly application: Application;
  /** Orders whose message has to be drawn anew. */
  readonly show: Set<string>;
  /** Where this payment's money went, and what of it waits with the order. */
  outcome: StoredPayment['outcome'];
  heldMinor: number;
  /** Everything that came and went back, this step's before it is carried out. */
  receivedMinor: number;
  refundedMinor: number;
}

/** What every movement of a case names. */
export function named(found: PaymentCase): Pick<Movement, 'userId' | 'orderId' | 'paymentId'> & { readonly provider: string } {
  const { payment } = found;
  return { provider: payment.provider, userId: payment.userId, orderId: payment.orderId, paymentId: payment.id };
}

/** The price less the part that comes from the balance: what this payment is for. */
export function dueOf(order: Order): Money {
  return { minor: order.price.minor - order.balanceMinor, currency: order.price.currency };
}

/** Puts authentic money that fits nothing aside, and tells the operators. */
export async function putAside(found: PaymentCase, stored: StoredPaymentEvent, reason: string): Promise<void> {
  const { tx, payment } = found;
  const { event } = stored;
  const amount = event.received ?? event.receivedTotal;
  // The same money may be told of twice, by a webhook and by an answer; an operator decides about it once.
  if (amount !== undefined && event.chargeId !== undefined && (await isAside(tx, payment.provider, event.chargeId))) return;
  await quarantine(tx, { eventId: stored.id, paymentId: payment.id, provider: payment.provider, reason, amount });
  if (amount !== undefined && amount.minor > 0 && event.chargeId !== undefined) {
    const { provider, ...movement } = named(found);
    await book(tx, {
      ...movement,
      operationKey: asideKey(provider, event.chargeId),
      from: `provider:${provider}`,
      to: 'quarantine',
      amount,
      kind: 'quarantine',
    });
  }
  await raiseAlert(tx, {
    key: `quarantine:${stored.id}`,
    kind: 'quarantine',
    text: `Payment ${payment.id} (${payment.provider}) waits for your decision: ${reason}. In the bot: /operator. Or: npm run shop -- quarantine`,
  });
}
