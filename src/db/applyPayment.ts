import { exponentOf, type Money } from '../domain/money';
import { judgeLateMoney, type Order } from '../domain/order';
import type { PaymentEvent } from '../domain/payment';
import { foldPayment, judgeAmount, type PaymentDecision } from '../domain/paymentState';
import type { Plan } from '../domain/plan';
import type { ShopSettings } from '../domain/shop';
import { raiseAlert } from './alerts';
import type { Db } from './connection';
import { deliverOrder } from './deliverOrder';
import { book, bookArrival } from './ledger';
import { findOrder, markOrderCredited, servedByAnother } from './orders';
import { lockOpenEvents, markEventsApplied, type StoredPaymentEvent } from './paymentEvents';
import { chargesOf, insertCharge, lockPayment, setPaymentState, type StoredPayment } from './payments';
import { quarantine } from './quarantine';
import { lockUser } from './requests';

export interface Application {
  readonly userId: number;
  readonly paymentId: string;
  readonly settings: Pick<ShopSettings, 'timeZone' | 'graceMs'>;
  /** The plan as it is sold today; undefined when it is not. */
  readonly planToday: (planId: string) => Promise<Plan | undefined>;
  readonly now: Date;
}

export type Applied = 'nothing_new' | 'delivered' | 'delivered_late' | 'credited' | 'quarantined' | 'changed' | 'unknown_payment';

export interface AppliedPayment {
  readonly outcome: Applied;
  readonly show: readonly string[];
}

interface Case {
  readonly tx: Db;
  readonly payment: StoredPayment;
  readonly order: Order;
  readonly banned: boolean;
  readonly application: Application;
  readonly show: Set<string>;
}

type MoneyDecision = Extract<PaymentDecision, { kind: 'money' }>;

function scaled(part: number, asked: Money, price: Money): Money {
  return { minor: Number((BigInt(part) * BigInt(price.minor)) / BigInt(asked.minor)), currency: price.currency };
}

async function putAside(found: Case, event: StoredPaymentEvent, entry: { reason: string; amount: Money | undefined }): Promise<void> {
  const { tx, payment } = found;
  await quarantine(tx, { eventId: event.id, paymentId: payment.id, provider: payment.provider, ...entry });
  const chargeId = event.event.chargeId;
  if (entry.amount !== undefined && chargeId !== undefined) {
    await book(tx, {
      operationKey: `charge:${payment.provider}:${chargeId}:quarantine`,
      from: `provider:${payment.provider}`,
      to: 'quarantine',
      amount: entry.amount,
      kind: 'quarantine',
      userId: payment.userId,
      orderId: payment.orderId,
      paymentId: payment.id,
    });
  }
  await raiseAlert(tx, {
    key: `quarantine:${event.id}`,
    kind: 'quarantine',
    text: `Payment ${payment.id} (${payment.provider}) waits for your decision: ${entry.reason}. See: npm run shop -- quarantine`,
  });
}

/** Whether the money buys the order, comes late for it, or becomes balance. */
async function fate(found: Case, decision: MoneyDecision): Promise<'delivered' | 'delivered_late' | 'credited'> {
  const { tx, order, banned, application } = found;
  if (!decision.first || order.state === 'paid' || order.fulfilment === 'credited') return 'credited';
  if (order.state === 'open' && !banned) return 'delivered';
  const verdict = judgeLateMoney({
    banned,
    priceToday: (await application.planToday(order.planId))?.price,
    orderPrice: order.price,
    orderAgeMs: application.now.getTime() - order.createdAt.getTime(),
    servedByAnother: await servedByAnother(tx, order),
  });
  return verdict === 'deliver' ? 'delivered_late' : 'credited';
}

async function bookMoney(found: Case, decision: MoneyDecision, sold: boolean): Promise<void> {
  const { tx, payment, order } = found;
  const unit = 10 ** exponentOf(payment.asked.currency);
  const judged = judgeAmount(payment.asked, decision.received, unit);
  const excess = sold && judged.verdict === 'enough' ? judged.excess : 0;
  const direct = decision.received.currency === order.price.currency;
  const common = { provider: payment.provider, userId: payment.userId, orderId: order.id, paymentId: payment.id };
  const key = `charge:${payment.provider}:${decision.chargeId}`;
  const main: Money = { minor: decision.received.minor - excess, currency: decision.received.currency };
  await bookArrival(tx, {
    ...common,
    operationKey: key,
    received: main,
    worth: direct ? main : sold ? order.price : scaled(main.minor, payment.asked, order.price),
    to: sold ? 'sales' : `user:${payment.userId}`,
    kind: sold ? 'sale' : 'credit',
  });
  if (excess === 0) return;
  const received: Money = { minor: excess, currency: decision.received.currency };
  await bookArrival(tx, {
    ...common,
    operationKey: `${key}:excess`,
    received,
    worth: direct ? received : scaled(excess, payment.asked, order.price),
    to: `user:${payment.userId}`,
    kind: 'credit',
  });
}

async function takeMoney(found: Case, decision: MoneyDecision): Promise<Applied> {
  const { tx, payment, order, application } = found;
  const { chargeId, received } = decision;
  const isNew = await insertCharge(tx, {
    paymentId: payment.id,
    provider: payment.provider,
    chargeId,
    amount: received,
    now: application.now,
  });
  if (!isNew) return 'nothing_new';
  const outcome = await fate(found, decision);
  await bookMoney(found, decision, outcome !== 'credited');
  if (outcome === 'credited') await markOrderCredited(tx, order.id);
  else for (const rival of await deliverOrder(tx, order, application)) found.show.add(rival);
  found.show.add(order.id);
  return outcome;
}

function storedOf(events: readonly StoredPaymentEvent[], event: PaymentEvent): StoredPaymentEvent | undefined {
  return events.find((stored) => stored.event.dedupeKey === event.dedupeKey);
}

async function carryOut(found: Case, decision: PaymentDecision, stored: StoredPaymentEvent): Promise<Applied> {
  switch (decision.kind) {
    case 'money':
      return takeMoney(found, decision);
    case 'quarantine':
      await putAside(found, stored, { reason: decision.reason, amount: decision.event.received });
      return 'quarantined';
    case 'refund':
      await putAside(found, stored, { reason: 'refunded_at_provider', amount: undefined });
      return 'quarantined';
  }
}

/** Money that is not what was asked buys nothing: it is put aside before the payment is judged. */
async function sortOut(found: Case, events: readonly StoredPaymentEvent[]): Promise<readonly StoredPaymentEvent[]> {
  const good: StoredPaymentEvent[] = [];
  const unit = 10 ** exponentOf(found.payment.asked.currency);
  for (const stored of events) {
    const { event } = stored;
    if (!event.live) continue;
    const judged =
      event.type === 'paid' && event.received !== undefined ? judgeAmount(found.payment.asked, event.received, unit) : undefined;
    if (judged === undefined || judged.verdict === 'enough') good.push(stored);
    else
      await putAside(found, stored, { reason: judged.verdict === 'less' ? 'less_than_asked' : 'other_currency', amount: event.received });
  }
  return good;
}

const weight: readonly Applied[] = ['nothing_new', 'changed', 'quarantined', 'credited', 'delivered_late', 'delivered'];

function strongest(outcomes: readonly Applied[]): Applied {
  return outcomes.reduce((best, outcome) => (weight.indexOf(outcome) > weight.indexOf(best) ? outcome : best), 'nothing_new');
}

/**
 * Applies everything new about a payment in one transaction: charges, transactions, grant, desired states and operations, and the mark that it
 * was applied. The last word on double processing: what was applied before changes nothing.
 */
export async function applyPayment(tx: Db, application: Application): Promise<AppliedPayment> {
  const user = await lockUser(tx, application.userId);
  const payment = await lockPayment(tx, application.paymentId);
  const order = payment === undefined ? undefined : await findOrder(tx, payment.orderId);
  if (user === undefined || payment === undefined || order === undefined || payment.userId !== application.userId) {
    return { outcome: 'unknown_payment', show: [] };
  }
  const open = (await lockOpenEvents(tx, payment.id)).filter((stored) => stored.event.trusted);
  if (open.length === 0) return { outcome: 'nothing_new', show: [] };
  const found: Case = { tx, payment, order, banned: user.isBanned, application, show: new Set() };
  const good = await sortOut(found, open);
  const chargeIds = (await chargesOf(tx, payment.id)).map((charge) => charge.chargeId);
  const folded = foldPayment(
    { state: payment.state, chargeIds },
    good.map((stored) => stored.event),
  );
  const outcomes: Applied[] = good.length < open.length ? ['quarantined'] : [];
  for (const decision of folded.decisions) {
    const stored = storedOf(good, decision.event);
    if (stored !== undefined) outcomes.push(await carryOut(found, decision, stored));
  }
  if (folded.state !== payment.state) {
    await setPaymentState(tx, payment.id, folded.state);
    outcomes.push('changed');
  }
  const outcome = strongest(outcomes);
  await markEventsApplied(
    tx,
    open.map((stored) => stored.id),
    { result: outcome, now: application.now },
  );
  return { outcome, show: [...found.show] };
}
