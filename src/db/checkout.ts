import type { Money } from '../domain/money';
import type { OrderState } from '../domain/order';
import type { PaymentState } from '../domain/payment';
import type { Db } from './connection';

export interface Checkout {
  readonly paymentId: string;
  /** Who is about to pay, where the provider says it. */
  readonly payer: { readonly telegramId: number } | { readonly userId: number } | undefined;
  readonly amount: Money;
}

interface Row {
  readonly asked_minor: number;
  readonly asked_currency: string;
  readonly telegram_id: number | null;
  readonly user_id: number;
  readonly is_banned: boolean;
  readonly deadline: Date;
  readonly order_state: OrderState;
  readonly state: PaymentState;
}

function isTheirs(row: Row, payer: Checkout['payer']): boolean {
  if (payer === undefined) return true;
  return 'userId' in payer ? row.user_id === payer.userId : row.telegram_id === payer.telegramId;
}

/** Whether an invoice may be paid now, from one indexed read: it has to be answered within seconds whatever else is down. */
export async function judgeCheckout(
  db: Db,
  checkout: Checkout,
  now: Date,
): Promise<'ok' | 'unknown' | 'gone' | 'not_yours' | 'wrong_amount'> {
  const row: Row | undefined = await db('payments')
    .join('orders', 'orders.id', 'payments.order_id')
    .join('users', 'users.id', 'payments.user_id')
    .where({ 'payments.id': checkout.paymentId })
    .first('payments.*', 'users.telegram_id', 'users.is_banned', { order_state: 'orders.state' });
  if (row === undefined) return 'unknown';
  const payable = row.state === 'created' || row.state === 'pending';
  if (!payable || row.order_state !== 'open' || row.is_banned || row.deadline <= now) return 'gone';
  if (!isTheirs(row, checkout.payer)) return 'not_yours';
  return row.asked_minor === checkout.amount.minor && row.asked_currency === checkout.amount.currency ? 'ok' : 'wrong_amount';
}
