import { expect } from '@jest/globals';
import { worthOf } from '../../src/domain/worth';
import { countCharges } from '../../src/db/charges';
import type { Db } from '../../src/db/connection';
import type { Booked, MoneyRun, MoneySpec } from './moneyRun';

interface Row {
  readonly net: string | number | null;
}

async function net(db: Db, account: string, where: object): Promise<number> {
  const rows: readonly Row[] = await db('transactions')
    .where(where)
    .where((either) => void either.where({ from_account: account }).orWhere({ to_account: account }))
    .sum({ net: db.raw('case when to_account = ? then amount_minor else -amount_minor end', [account]) });
  return Number(rows[0]?.net ?? 0);
}

interface OrderRow {
  readonly state: string;
  readonly price_minor: number;
  readonly balance_minor: number;
  readonly held_minor: number;
  readonly kind: string;
}

// The provider's own book is the measure of the payment, of its charges and of the provider's account.
async function expectBook(db: Db, booked: Booked): Promise<void> {
  const { paymentId, provider, book, asked } = booked;
  const payment: { received_minor: number; refunded_minor: number; held_minor: number } = await db('payments')
    .where({ id: paymentId })
    .first();
  expect({ received: payment.received_minor, refunded: payment.refunded_minor, held: payment.held_minor }).toEqual({ ...book, held: 0 });
  const charges: { received?: string | null; refunded?: string | null } | undefined = await db('charges')
    .where({ payment_id: paymentId })
    .sum({ received: 'amount_minor', refunded: 'refunded_minor' })
    .first();
  expect({ received: Number(charges?.received ?? 0), refunded: Number(charges?.refunded ?? 0) }).toEqual(book);
  expect(await net(db, `provider:${provider}`, { payment_id: paymentId, currency: asked.currency })).toBe(book.refunded - book.received);
}

async function expectOrder(db: Db, run: MoneyRun): Promise<OrderRow> {
  const order: OrderRow = await db('orders').where({ id: run.orderId }).first();
  expect(order.state).not.toBe('open');
  expect(order.held_minor).toBe(0);
  expect(await net(db, `order:${run.orderId}`, {})).toBe(0);
  const grants: readonly object[] = await db('grants').where({ source: 'order', source_id: run.orderId });
  const sales: readonly { amount_minor: number }[] = await db('transactions').where({ operation_key: `order:${run.orderId}:sale` });
  const isSold = order.state === 'paid' && order.kind === 'plan';
  expect({ grants: grants.length, sales: sales.length }).toEqual(isSold ? { grants: 1, sales: 1 } : { grants: 0, sales: 0 });
  if (isSold) expect(sales[0]?.amount_minor).toBeGreaterThanOrEqual(order.price_minor);
  return order;
}

/** What the money of a payment is worth in the currency of the order. */
function worth(booked: Booked, order: OrderRow, minor: number): number {
  if (booked.asked.currency === 'RUB') return minor;
  return worthOf(minor, booked.asked, { minor: order.price_minor - order.balance_minor, currency: 'RUB' }).minor;
}

/** What has to be true of a run, whatever the order in which things came. */
export async function expectMoney(db: Db, run: MoneyRun, spec: MoneySpec): Promise<void> {
  for (const booked of run.payments) await expectBook(db, booked);
  const order = await expectOrder(db, run);
  const user = `user:${run.userId}`;
  const row: { amount_minor: number } | undefined = await db('balances')
    .where({ user_id: run.userId, currency: 'RUB' })
    .first('amount_minor');
  const balance = row?.amount_minor ?? 0;
  expect(balance).toBe(await net(db, user, {}));
  expect(balance).toBeGreaterThanOrEqual(0);
  const sold = await net(db, 'sales', { order_id: run.orderId });
  // Nothing in these runs spends a balance, so the shop never has to bear a refund.
  expect(sold).toBeGreaterThanOrEqual(0);
  const sum = (minorOf: (booked: Booked) => number): number => run.payments.reduce((total, booked) => total + minorOf(booked), 0);
  const received = sum((booked) => worth(booked, order, booked.book.received));
  const refunded = sum((booked) => worth(booked, order, booked.book.refunded));
  // Whatever came and did not go back is either sold or the buyer's.
  expect(sold + balance).toBe(run.start + received - refunded);
  const isSold = order.state === 'paid' && order.kind === 'plan';
  if (refunded > 0 || spec.interruptions.some(({ what }) => what === 'refund_to_balance')) return;
  // The same balance in any order: the price is sold, the rest is the buyer's; of a single charge a little more may be kept.
  const kept = (await countCharges(db, run.orderId)) === 1 ? order.price_minor / 100 : 0;
  const wanted = run.start + received - (isSold ? order.price_minor : 0);
  expect(balance).toBeLessThanOrEqual(wanted);
  expect(balance).toBeGreaterThanOrEqual(isSold ? wanted - kept : wanted);
}

/** Lets panels finish what they have to, so that only money can differ. */
export async function finishPanels(db: Db): Promise<void> {
  await db('operations').where({ state: 'open' }).update({ state: 'done' });
  await db('orders').where({ fulfilment: 'provisioning' }).update({ fulfilment: 'fulfilled' });
}
