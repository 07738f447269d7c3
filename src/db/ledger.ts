import type { Money } from '../domain/money';
import type { Db } from './connection';
import { newId } from './ids';

/** Where money is. */
export type Account =
  | `provider:${string}`
  | `user:${number}`
  | `order:${string}`
  | 'sales'
  | 'exchange'
  | 'quarantine'
  | 'corrections'
  | 'rewards';

export interface Movement {
  /** The same movement has the same key; a second one is not booked. */
  readonly operationKey: string;
  readonly from: Account;
  readonly to: Account;
  readonly amount: Money;
  readonly kind: 'sale' | 'credit' | 'exchange' | 'quarantine' | 'refund' | 'hold' | 'release' | 'topup' | 'correction' | 'reward';
  readonly userId: number | undefined;
  readonly orderId?: string;
  readonly paymentId?: string;
}

function orderOf(account: Account): string | undefined {
  return account.startsWith('order:') ? account.slice('order:'.length) : undefined;
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

// What an order holds until it is paid or closed; the table refuses less than nothing.
async function changeHeld(tx: Db, orderId: string, minor: number): Promise<void> {
  await tx('orders')
    .where({ id: orderId })
    .update({ held_minor: tx.raw('held_minor + ?', [minor]) });
}

/** What an account got, less what it gave, by movements of one user in one currency (of a payment or an order, of these kinds); minor units. */
export async function netOf(
  tx: Db,
  account: Account,
  of: {
    readonly userId: number;
    readonly currency: string;
    readonly paymentId?: string;
    readonly orderId?: string;
    readonly kinds?: readonly Movement['kind'][];
  },
): Promise<number> {
  const query = tx('transactions')
    .where({ user_id: of.userId, currency: of.currency })
    .where((either) => void either.where({ from_account: account }).orWhere({ to_account: account }))
    .sum({ net: tx.raw('case when to_account = ? then amount_minor else -amount_minor end', [account]) });
  if (of.paymentId !== undefined) query.where({ payment_id: of.paymentId });
  if (of.orderId !== undefined) query.where({ order_id: of.orderId });
  if (of.kinds !== undefined) query.whereIn('kind', [...of.kinds]);
  const rows: readonly { net?: string | number | null }[] = await query;
  return Number(rows[0]?.net ?? 0);
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
  const holder = orderOf(movement.from);
  const held = orderOf(movement.to);
  if (holder !== undefined) await changeHeld(tx, holder, -movement.amount.minor);
  if (held !== undefined) await changeHeld(tx, held, movement.amount.minor);
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
  // A crumb of a coin may be worth less than the smallest unit; the provider holds it all the same.
  if (worth.minor > 0) await book(tx, { ...movement, from: 'exchange', amount: worth });
}

/** Books money from where it is in the shop back to a provider, by way of the exchange where the provider's currency is another. */
export async function bookReturn(
  tx: Db,
  back: Omit<Movement, 'to' | 'amount'> & { provider: string; returned: Money; worth: Money },
): Promise<void> {
  const { provider, returned, worth, ...movement } = back;
  if (returned.currency === worth.currency) {
    await book(tx, { ...movement, to: `provider:${provider}`, amount: returned });
    return;
  }
  if (worth.minor > 0) await book(tx, { ...movement, to: 'exchange', amount: worth });
  if (returned.minor === 0) return;
  await book(tx, {
    ...movement,
    operationKey: `${movement.operationKey}:out`,
    from: 'exchange',
    to: `provider:${provider}`,
    amount: returned,
    kind: 'exchange',
  });
}
