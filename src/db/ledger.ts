import type { Money } from '../domain/money';
import type { Db } from './connection';
import { newId } from './ids';

/** Where money is. */
export type Account = `provider:${string}` | `user:${number}` | 'sales' | 'exchange' | 'quarantine';

export interface Movement {
  /** The same movement has the same key; a second one is not booked. */
  readonly operationKey: string;
  readonly from: Account;
  readonly to: Account;
  readonly amount: Money;
  readonly kind: 'sale' | 'credit' | 'exchange' | 'quarantine' | 'refund';
  readonly userId: number | undefined;
  readonly orderId?: string;
  readonly paymentId?: string;
}

function userOf(account: Account): number | undefined {
  return account.startsWith('user:') ? Number(account.slice('user:'.length)) : undefined;
}

/** What the shop owes the user in `currency`, locked for this transaction. */
export async function lockBalance(tx: Db, userId: number, currency: string): Promise<Money> {
  await tx('balances').insert({ user_id: userId, currency, amount_minor: 0 }).onConflict(['user_id', 'currency']).ignore();
  const row: { amount_minor: number } | undefined = await tx('balances')
    .select('amount_minor')
    .where({ user_id: userId, currency })
    .forUpdate()
    .first();
  return { minor: row?.amount_minor ?? 0, currency };
}

async function changeBalance(tx: Db, userId: number, change: Money): Promise<void> {
  await lockBalance(tx, userId, change.currency);
  await tx('balances')
    .where({ user_id: userId, currency: change.currency })
    .update({ amount_minor: tx.raw('amount_minor + ?', [change.minor]), updated_at: tx.fn.now() });
}

/** Books one movement and changes the balances it touches; false when it was booked before. A balance below zero is refused by the table. */
export async function book(tx: Db, movement: Movement): Promise<boolean> {
  const rows: readonly unknown[] = await tx('transactions')
    .insert({
      id: newId('trx'),
      operation_key: movement.operationKey,
      user_id: movement.userId,
      from_account: movement.from,
      to_account: movement.to,
      amount_minor: movement.amount.minor,
      currency: movement.amount.currency,
      kind: movement.kind,
      order_id: movement.orderId,
      payment_id: movement.paymentId,
    })
    .onConflict('operation_key')
    .ignore()
    .returning('id');
  if (rows.length === 0) return false;
  const payer = userOf(movement.from);
  const receiver = userOf(movement.to);
  if (payer !== undefined) await changeBalance(tx, payer, { minor: -movement.amount.minor, currency: movement.amount.currency });
  if (receiver !== undefined) await changeBalance(tx, receiver, movement.amount);
  return true;
}

/** Books money from a provider to `to` in the currency `worth` has there: by way of the exchange where the provider's currency is another. */
export async function bookArrival(
  tx: Db,
  arrival: Omit<Movement, 'from' | 'amount'> & { provider: string; received: Money; worth: Money },
): Promise<void> {
  const { provider, received, worth, ...movement } = arrival;
  if (received.currency === worth.currency) {
    await book(tx, { ...movement, from: `provider:${provider}`, amount: worth });
    return;
  }
  await book(tx, {
    ...movement,
    operationKey: `${movement.operationKey}:in`,
    from: `provider:${provider}`,
    to: 'exchange',
    amount: received,
    kind: 'exchange',
  });
  await book(tx, { ...movement, from: 'exchange', amount: worth });
}
