import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { getShopSettings } from '../../db/catalog';
import { storeRate } from '../../db/methods';
import { findOrder } from '../../db/orders';
import { findPayment } from '../../db/payments';
import { findQuarantineOwner } from '../../db/quarantine';
import { findDifferences, findWrongBalances } from '../../db/reconcile';
import { findRefund } from '../../db/refunds';
import { loadBalance } from '../../db/screens';
import { findTransfer } from '../../db/transfers';
import { formatDecimal, parseDecimal } from '../../domain/money';
import { defaultTechnicalTimes } from '../../domain/policy';
import { ShopError } from '../../errors';
import { connectTemporal } from '../../temporal/connection';
import { createShop, type Shop } from '../../temporal/shop';
import type { OperatorResult } from '../../workflows/user/messages';
import { say, type CliContext } from './context';

function actor(): string {
  return `cli:${userInfo().username}`;
}

/** Gives a wish to a user's workflow and says what came of it; it needs a Temporal that runs. */
async function wish(
  context: CliContext,
  ask: (shop: Shop, common: { key: string; actor: string }) => Promise<OperatorResult>,
): Promise<void> {
  const { temporalAddress, config } = context;
  if (temporalAddress === undefined) {
    throw new ShopError('TemporalUnavailable', { message: 'the shop does not run here: start it, or set TEMPORAL_ADDRESS' });
  }
  const client = connectTemporal({ address: temporalAddress, namespace: config.temporalNamespace });
  try {
    const shop = createShop(client, { times: defaultTechnicalTimes, searchAttributes: () => false });
    const result = await ask(shop, { key: `cli-${randomUUID()}`, actor: actor() });
    if (result.outcome === 'done') say(result.note);
    else
      throw new ShopError('ConfigInvalid', { message: `refused: ${result.reason}${result.note === undefined ? '' : ` (${result.note})`}` });
  } finally {
    await client.connection.close();
  }
}

function missing(what: string): ShopError {
  return new ShopError('NotFound', { message: `there is no ${what}` });
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
    throw new ShopError('ConfigInvalid', { message: `--to has to be provider or balance, not "${destination}"` });
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

/** `resolve <id>`: decides what becomes of money that was put aside. */
export async function resolveQuarantine(
  context: CliContext,
  quarantineId: string,
  options: { credit?: boolean; user?: string },
): Promise<void> {
  const owner = options.user === undefined ? await findQuarantineOwner(context.db, quarantineId) : Number(options.user);
  if (owner === undefined)
    throw new ShopError('ConfigInvalid', { message: 'this money has no owner yet: say whose it is with --user <id>' });
  const action = options.credit === true ? 'credit' : 'keep';
  await wish(context, (shop, common) => shop.resolveQuarantine({ userId: owner, quarantineId, action, ...common }));
}

/** `balance <user>`: shows a balance; with `--add` or `--take` it corrects it. */
export async function balance(context: CliContext, user: string, options: { add?: string; take?: string; reason?: string }): Promise<void> {
  const userId = Number(user);
  if (!Number.isSafeInteger(userId)) throw missing(`user ${user}`);
  const { currency } = await getShopSettings(context.db);
  const change = options.add ?? options.take;
  if (change !== undefined) {
    if (options.reason === undefined)
      throw new ShopError('ConfigInvalid', { message: 'a correction needs a reason: --reason "…"; the buyer reads it' });
    const { minor } = parseDecimal(change, currency);
    const reason = options.reason;
    await wish(context, (shop, common) =>
      shop.correctBalance({ userId, minor: options.add === undefined ? -minor : minor, reason, ...common }),
    );
  }
  const now = await loadBalance(context.db, userId, currency);
  say(`user ${userId}: ${formatDecimal(now)} ${currency}`);
}

/** `rate <currency> <price>`: confirms a price that moved far. */
export async function confirmRate(context: CliContext, currency: string, price: string): Promise<void> {
  if (!/^\d+(\.\d+)?$/.test(price)) throw new ShopError('ConfigInvalid', { message: 'the price has to be a plain decimal like 251.30' });
  const { currency: quote } = await getShopSettings(context.db);
  await storeRate(context.db, { currency, quote, unitPrice: price, source: actor(), now: new Date(), isConfirmed: true });
  await context
    .db('audit_log')
    .insert({ actor: actor(), action: 'rate.confirmed', target: `${currency}/${quote}`, after: JSON.stringify({ price }) });
  say(`1 ${currency} is ${price} ${quote} until the next price comes.`);
}

/** `reconcile`: everything on which money and access do not agree, each with the command that resolves it. */
export async function reconcile({ db }: CliContext): Promise<void> {
  const findings = await findDifferences(db, new Date());
  for (const finding of findings) {
    say(`${finding.kind.padEnd(20)} ${finding.subject}  ${finding.what}`);
    say(`${' '.repeat(20)} → ${finding.command}`);
  }
  const wrong = await findWrongBalances(db);
  for (const entry of wrong) {
    say(`balance_differs      user ${entry.userId}: ${entry.balance.minor} on the balance, ${entry.booked} in its movements`);
  }
  say(findings.length + wrong.length === 0 ? 'Money and access agree.' : `${findings.length + wrong.length} finding(s).`);
}
