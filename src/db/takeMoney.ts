import { suffices } from '../domain/balance';
import type { PaymentDecision } from '../domain/foldPayment';
import { excessOf, worthOf } from '../domain/worth';
import { exponentOf, type Money } from '../domain/money';
import { judgeLateMoney } from '../domain/order';
import { raiseAlert } from './alerts';
import { countCharges, insertCharge } from './charges';
import { takesExtra } from './deliverExtra';
import { deliverOrder } from './deliverOrder';
import { book, bookArrival, lockBalance, netOf, type Account } from './ledger';
import { addNotice } from './notices';
import { findOrder, markOrderCredited, markPaidAndDone, servedByAnother } from './orders';
import { dueOf, named, type Applied, type PaymentCase } from './paymentCase';
import { closeParts } from './attempts';
import { paymentsOfOrder } from './payments';
import { releaseHeld } from './releaseHeld';
import { renewByCharge } from './renewByCharge';
import { lockSubscription } from './subscriptions';

type MoneyDecision = Extract<PaymentDecision, { kind: 'money' }>;

// Charges of one payment in another currency are worth what their sum is worth: each is the difference of two sums, whatever the order.
function worthIn(found: PaymentCase, decision: MoneyDecision): Money {
  const { received } = decision;
  const due = dueOf(found.order);
  if (received.currency === due.currency) return received;
  const { asked } = found.payment;
  const before = worthOf(found.receivedMinor, asked, due);
  return { minor: worthOf(found.receivedMinor + received.minor, asked, due).minor - before.minor, currency: due.currency };
}

function movementKind(to: Account): 'hold' | 'sale' | 'credit' {
  if (to === 'sales') return 'sale';
  return to.startsWith('order:') ? 'hold' : 'credit';
}

async function arrive(found: PaymentCase, decision: MoneyDecision, to: Account): Promise<Money> {
  const worth = worthIn(found, decision);
  await bookArrival(found.tx, {
    ...named(found),
    operationKey: `charge:${found.payment.provider}:${decision.chargeId}`,
    received: decision.received,
    worth,
    to,
    kind: movementKind(to),
  });
  return worth;
}

async function refresh(found: PaymentCase): Promise<void> {
  found.order = (await findOrder(found.tx, found.order.id)) ?? found.order;
}

async function credit(found: PaymentCase, decision: MoneyDecision, kind: 'credited_second' | 'credited_late'): Promise<Applied> {
  const { tx, payment, order, banned } = found;
  const amount = await arrive(found, decision, `user:${payment.userId}`);
  if (found.heldMinor > 0) await releaseHeld(tx, found);
  found.heldMinor = 0;
  if (found.outcome !== 'delivered') found.outcome = 'credited';
  await markOrderCredited(tx, order.id);
  await giveTolerated(found);
  if (amount.minor > 0)
    await addNotice(tx, { userId: payment.userId, key: `credited:${payment.provider}:${decision.chargeId}`, kind, params: { amount } });
  if (banned) {
    await raiseAlert(tx, {
      key: `banned-money:${payment.id}`,
      kind: 'banned_money',
      text: `Banned user ${payment.userId} paid order ${order.id}; the money is on the balance. To send it back: npm run shop -- refund ${order.id}`,
    });
  }
  return 'credited';
}

// The shop keeps a little too much of one charge; of several, everything above the price is the buyer's, whichever came first.
async function giveTolerated(found: PaymentCase): Promise<void> {
  const { tx, payment, order } = found;
  if (order.state !== 'paid' || order.kind === 'topup') return;
  const { currency } = order.price;
  const sale: { payment_id: string; amount_minor: number } | undefined = await tx('transactions')
    .where({ operation_key: `order:${order.id}:sale` })
    .first('payment_id', 'amount_minor');
  if (sale === undefined) return;
  const sold = await netOf(tx, 'sales', { userId: order.userId, currency, orderId: order.id });
  const kept = Math.min(sale.amount_minor, sold) - order.price.minor;
  if (kept <= 0) return;
  await book(tx, {
    operationKey: `order:${order.id}:tolerated`,
    from: 'sales',
    to: `user:${payment.userId}`,
    amount: { minor: kept, currency },
    kind: 'credit',
    userId: payment.userId,
    orderId: order.id,
    paymentId: sale.payment_id,
  });
}

// What other attempts brought in part is not needed any more.
async function releaseOthers(found: PaymentCase): Promise<void> {
  const { tx, payment, order } = found;
  const { currency } = order.price;
  let minor = 0;
  for (const other of await paymentsOfOrder(tx, order.id)) {
    if (other.id !== payment.id && other.heldMinor > 0) minor += await releaseHeld(tx, { payment: other, order });
  }
  await closeParts(tx, order.id, payment.id);
  if (minor === 0) return;
  const params = { amount: { minor, currency } };
  await addNotice(tx, { userId: order.userId, key: `released:${order.id}:parts`, kind: 'released', params });
}

/** Takes the balance part of a late order once more; false when the balance does not have it any more. */
async function holdBalanceAgain(found: PaymentCase): Promise<boolean> {
  const { tx, order, payment } = found;
  if (order.balanceMinor === 0) return true;
  const part = { minor: order.balanceMinor, currency: order.price.currency };
  if (!suffices((await lockBalance(tx, payment.userId, part.currency)).minor, part.minor)) return false;
  return book(tx, {
    ...named(found),
    operationKey: `order:${order.id}:hold-late`,
    from: `user:${payment.userId}`,
    to: `order:${order.id}`,
    amount: part,
    kind: 'hold',
  });
}

// A renewal may have been opened before its subscription was taken back, an extra before it ended.
async function hasNoUse({ tx, order, application }: PaymentCase): Promise<boolean> {
  const { subscriptionId, adds, userId } = order;
  if (!order.renewsSubscription || subscriptionId === undefined) return false;
  if (adds !== undefined) return !(await takesExtra(tx, { userId, subscriptionId, adds, now: application.now }));
  return (await lockSubscription(tx, subscriptionId))?.revokedAt !== undefined;
}

/** Whether the money buys the order, comes late for it, or becomes balance. */
async function fate(found: PaymentCase): Promise<'delivered' | 'delivered_late' | 'credited'> {
  const { tx, order, banned, application } = found;
  if (order.state === 'paid' || (await hasNoUse(found))) return 'credited';
  if (order.state === 'open' && !banned) return 'delivered';
  const isTopup = order.kind === 'topup';
  const verdict = judgeLateMoney({
    banned: banned && !isTopup,
    priceToday: isTopup ? order.price : (await application.planToday(order.planId ?? ''))?.price,
    orderPrice: order.listPrice,
    orderAgeMs: application.now.getTime() - order.createdAt.getTime(),
    servedByAnother: !isTopup && (await servedByAnother(tx, order)),
  });
  return verdict === 'deliver' && (await holdBalanceAgain(found)) ? 'delivered_late' : 'credited';
}

async function sell(found: PaymentCase): Promise<void> {
  const { tx, order, payment } = found;
  const { price } = order;
  const held: Money = { minor: order.heldMinor, currency: price.currency };
  const isSingle = (await countCharges(tx, order.id)) === 1;
  const excess = isSingle ? excessOf(price, held, 10 ** exponentOf(price.currency)) : held.minor - price.minor;
  const common = { ...named(found), from: `order:${order.id}` as const };
  const sold = { minor: held.minor - excess, currency: price.currency };
  if (order.kind === 'topup')
    await book(tx, { ...common, operationKey: `order:${order.id}:topup`, to: `user:${payment.userId}`, amount: held, kind: 'topup' });
  else await book(tx, { ...common, operationKey: `order:${order.id}:sale`, to: 'sales', amount: sold, kind: 'sale' });
  if (excess === 0 || order.kind === 'topup') return;
  const amount = { minor: excess, currency: price.currency };
  await book(tx, { ...common, operationKey: `order:${order.id}:excess`, to: `user:${payment.userId}`, amount, kind: 'credit' });
  await addNotice(tx, { userId: payment.userId, key: `overpaid:${order.id}`, kind: 'overpaid', params: { amount } });
}

async function renew(found: PaymentCase, decision: MoneyDecision): Promise<Applied> {
  if (!(await renewByCharge(found, decision))) return credit(found, decision, 'credited_late');
  await arrive(found, decision, 'sales');
  return 'delivered';
}

async function complete(found: PaymentCase, periodEnd: string | undefined): Promise<void> {
  const { tx, application } = found;
  await releaseOthers(found);
  await refresh(found);
  const { order } = found;
  await sell(found);
  found.heldMinor = 0;
  found.outcome = 'delivered';
  if (order.kind !== 'topup') {
    const notBefore = periodEnd === undefined ? undefined : new Date(periodEnd);
    for (const rival of await deliverOrder(tx, order, { ...application, notBefore })) found.show.add(rival);
    await refresh(found);
    return;
  }
  await markPaidAndDone(tx, order.id, application.now);
  const amount = { minor: order.heldMinor, currency: order.price.currency };
  await addNotice(tx, { userId: order.userId, key: `topup:${order.id}`, kind: 'topped_up', params: { amount } });
  await refresh(found);
}

async function keepPart(found: PaymentCase, decision: MoneyDecision): Promise<Applied> {
  const { tx, payment, order } = found;
  await arrive(found, decision, `order:${order.id}`);
  found.heldMinor += decision.received.minor;
  const { currency } = payment.asked;
  await addNotice(tx, {
    userId: payment.userId,
    key: `underpaid:${payment.provider}:${decision.chargeId}`,
    kind: 'underpaid',
    params: {
      received: { minor: found.heldMinor, currency },
      rest: { minor: payment.asked.minor - found.heldMinor, currency },
    },
  });
  return 'changed';
}

/** Takes one charge: it buys what was ordered, waits for the rest, or becomes balance. A charge is taken once, whatever happens. */
export async function takeMoney(found: PaymentCase, decision: MoneyDecision): Promise<Applied> {
  const { tx, payment, order, banned, application } = found;
  const isNew = await insertCharge(tx, {
    paymentId: payment.id,
    provider: payment.provider,
    chargeId: decision.chargeId,
    amount: decision.received,
    share: decision.share,
    now: application.now,
  });
  if (!isNew) return 'nothing_new';
  found.show.add(order.id);
  if (decision.share === 'renewal') return renew(found, decision);
  if (decision.share === 'second') return credit(found, decision, 'credited_second');
  if (decision.share === 'part') {
    return order.state === 'open' && !banned ? keepPart(found, decision) : credit(found, decision, 'credited_late');
  }
  const outcome = await fate(found);
  if (outcome === 'credited') return credit(found, decision, order.state === 'paid' ? 'credited_second' : 'credited_late');
  await arrive(found, decision, `order:${order.id}`);
  await complete(found, decision.event.periodEnd);
  return outcome;
}
