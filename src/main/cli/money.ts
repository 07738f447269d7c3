import { getShopSettings } from '../../db/catalog';
import { healAlert } from '../../db/alerts';
import { audit } from '../../db/audit';
import { listMethodFacts, storeRate } from '../../db/methods';
import { findOrder } from '../../db/orders';
import { findPayment } from '../../db/payments';
import { findQuarantineOwner } from '../../db/quarantine';
import { findDifferences, findWrongBalances } from '../../db/reconcile';
import { findRefund } from '../../db/refunds';
import { loadBalance } from '../../db/screens';
import { findTransfer } from '../../db/transfers';
import { formatDecimal, parseDecimal } from '../../domain/money';
import { say, type CliContext } from './context';
import { actor, missing, wish, wrong } from './wish';

async function userOf(context: CliContext, text: string): Promise<number> {
  const userId = Number(text);
  const row: unknown = Number.isSafeInteger(userId) && userId > 0 ? await context.db('users').where({ id: userId }).first('id') : undefined;
  if (row === undefined) throw missing(`user ${text}; the shop's own number of a user is meant, not the Telegram id`);
  return userId;
}

export interface RefundOptions {
  readonly unused?: boolean;
  readonly to?: string;
  readonly reason?: string;
}

/** `refund <order>`: closes the access, then gives the money back. */
export async function refundOrder(context: CliContext, id: string, options: RefundOptions): Promise<void> {
  const orderId = id.startsWith('pay_') ? (await findPayment(context.db, id))?.orderId : id;
  const order = orderId === undefined ? undefined : await findOrder(context.db, orderId);
  if (order === undefined) throw missing(`order or payment ${id}`);
  const destination = options.to ?? 'provider';
  if (destination !== 'provider' && destination !== 'balance') {
    throw wrong(`--to has to be provider or balance, not "${destination}"`);
  }
  const scope = options.unused === true ? 'unused' : 'full';
  const request = { userId: order.userId, orderId: order.id, scope, destination, reason: options.reason ?? 'by an operator' } as const;
  await wish(context, (shop, common) => shop.refundOrder({ ...request, ...common }));
}

/** `refund-done` and `refund-cancel`: ends a refund that waits for an operator. */
export async function endRefund(context: CliContext, refundId: string, end: 'done' | 'cancelled'): Promise<void> {
  const refund = await findRefund(context.db, refundId);
  if (refund === undefined) throw missing(`refund ${refundId}`);
  await wish(context, (shop, common) => shop.endRefund({ userId: refund.userId, refundId, end, ...common }));
}

/** `approve` and `decline`: decides on a transfer. */
export async function decideTransfer(
  context: CliContext,
  paymentId: string,
  decision: { verdict: 'approved' | 'declined'; reason?: string },
): Promise<void> {
  const transfer = await findTransfer(context.db, paymentId);
  if (transfer === undefined) throw missing(`transfer ${paymentId}`);
  await wish(context, (shop, common) => shop.decideTransfer({ userId: transfer.userId, paymentId, ...decision, ...common }));
}

export interface ResolveOptions {
  readonly credit?: boolean;
  readonly keep?: boolean;
  readonly user?: string;
}

/** `resolve <id>`: decides what becomes of money that was put aside. */
export async function resolveQuarantine(context: CliContext, quarantineId: string, options: ResolveOptions): Promise<void> {
  const entry: unknown = await context.db('quarantine').where({ id: quarantineId }).first('id');
  if (entry === undefined) throw missing(`entry ${quarantineId} in the quarantine; "npm run shop -- quarantine" lists them`);
  if ((options.credit === true) === (options.keep === true)) {
    throw wrong('say what becomes of the money: --credit (to the buyer’s balance) or --keep (it stays where it is)');
  }
  const owner = options.user === undefined ? await findQuarantineOwner(context.db, quarantineId) : await userOf(context, options.user);
  if (owner === undefined) throw wrong('this money has no owner yet: say whose it is with --user <id>');
  const action = options.credit === true ? 'credit' : 'keep';
  await wish(context, (shop, common) => shop.resolveQuarantine({ userId: owner, quarantineId, action, ...common }));
}

export interface BalanceOptions {
  readonly add?: string;
  readonly take?: string;
  readonly reason?: string;
}

function changeOf({ add, take, reason }: BalanceOptions, currency: string): { minor: number; reason: string } | undefined {
  const text = add ?? take;
  if (text === undefined) return undefined;
  if (add !== undefined && take !== undefined) throw wrong('either --add or --take, not both');
  if (reason === undefined || reason.trim() === '') throw wrong('a correction needs a reason: --reason "…"; the buyer reads it');
  const amount = decimalOf(text, currency);
  return { minor: add === undefined ? -amount : amount, reason: reason.trim() };
}

function decimalOf(text: string, currency: string): number {
  try {
    const { minor } = parseDecimal(text, currency);
    if (minor > 0) return minor;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw wrong(`"${text}" is no amount of ${currency}: a plain decimal above zero, like 299 or 299.50`);
}

/** `balance <user>`: shows a balance; with `--add` or `--take` it corrects it. */
export async function balance(context: CliContext, user: string, options: BalanceOptions): Promise<void> {
  const userId = await userOf(context, user);
  const { currency } = await getShopSettings(context.db);
  const change = changeOf(options, currency);
  if (change !== undefined) await wish(context, (shop, common) => shop.correctBalance({ userId, ...change, ...common }));
  const now = await loadBalance(context.db, userId, currency);
  say(`user ${userId}: ${formatDecimal(now)} ${currency}`);
}

/** `rate <currency> <price>`: confirms a price that moved far. */
export async function confirmRate(context: CliContext, currency: string, price: string): Promise<void> {
  const { db } = context;
  if (!/^\d+(\.\d+)?$/.test(price) || Number(price) === 0) throw wrong('the price has to be a plain decimal above zero like 251.30');
  const asked = (await listMethodFacts(db)).flatMap((facts) => facts.rateCurrency ?? []);
  if (!asked.includes(currency)) {
    throw wrong(`no way to pay needs a price of ${currency}${asked.length === 0 ? '' : `; prices are needed of ${asked.join(', ')}`}`);
  }
  const { currency: quote } = await getShopSettings(db);
  const by = actor();
  await db.transaction(async (tx) => {
    await storeRate(tx, { currency, quote, unitPrice: price, source: by, now: new Date(), isConfirmed: true });
    await audit(tx, { actor: by, action: 'rate.confirmed', target: `${currency}/${quote}`, after: { price } });
    await healAlert(tx, `rate:${currency}`);
  });
  say(`1 ${currency} is ${price} ${quote} until the next price comes.`);
}

/** `settle <subject>`: ends a difference that the report named. */
export async function settle(context: CliContext, subject: string): Promise<void> {
  if (subject.startsWith('pay_')) {
    const payment = await findPayment(context.db, subject);
    if (payment === undefined) throw missing(`payment ${subject}`);
    return wish(context, (shop, common) => shop.settleDifference({ userId: payment.userId, subject: { payment: payment.id }, ...common }));
  }
  if (subject.startsWith('ord_')) {
    const order = await findOrder(context.db, subject);
    if (order === undefined) throw missing(`order ${subject}`);
    return wish(context, (shop, common) => shop.settleDifference({ userId: order.userId, subject: { order: order.id }, ...common }));
  }
  const userId = await userOf(context, subject);
  return wish(context, (shop, common) => shop.settleDifference({ userId, subject: 'balance', ...common }));
}

/** `reconcile`: everything on which money and access do not agree, each with the command that resolves it. */
export async function reconcile({ db }: CliContext): Promise<void> {
  const findings = await findDifferences(db, new Date());
  for (const finding of findings) {
    say(`${finding.kind.padEnd(20)} ${finding.subject}  ${finding.what}`);
    say(`${' '.repeat(20)} → ${finding.command}`);
  }
  const balances = await findWrongBalances(db);
  for (const entry of balances) {
    say(`balance_differs      user ${entry.userId}: ${entry.balance.minor} on the balance, ${entry.booked} in its movements`);
    say(`${' '.repeat(20)} → npm run shop -- settle ${entry.userId}`);
  }
  const count = findings.length + balances.length;
  say(count === 0 ? 'Money and access agree.' : `${count} finding(s).`);
}
