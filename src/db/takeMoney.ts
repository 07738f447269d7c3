import { excessOf, worthOf, type PaymentDecision } from '../domain/foldPayment';
import { exponentOf, type Money } from '../domain/money';
import { judgeLateMoney } from '../domain/order';
import { raiseAlert } from './alerts';
import { deliverOrder } from './deliverOrder';
import { book, bookArrival, lockBalance, type Account } from './ledger';
import { addNotice } from './notices';
import { findOrder, markOrderCredited, markTopupDone, servedByAnother } from './orders';
import { dueOf, named, type Applied, type PaymentCase } from './paymentCase';
import { insertCharge } from './charges';
import { renewByCharge } from './renewByCharge';

type MoneyDecision = Extract<PaymentDecision, { kind: 'money' }>;

// Parts of one payment in another currency are worth, together, exactly the price: each is the difference of two sums.
function worthIn(found: PaymentCase, decision: MoneyDecision): Money {
  const { received, share } = decision;
  const due = dueOf(found.order);
  if (received.currency === due.currency) return received;
  const { asked } = found.payment;
  const before = share === 'second' || share === 'renewal' ? 0 : found.heldMinor;
  const after = worthOf(before + received.minor, asked, due);
  return { minor: after.minor - worthOf(before, asked, due).minor, currency: due.currency };
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
  if (found.heldMinor > 0 && order.heldMinor > 0) await releaseHeld(found);
  found.heldMinor = 0;
  if (decision.share === 'whole' || decision.share === 'part') found.outcome = 'credited';
  await markOrderCredited(tx, order.id);
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

async function releaseHeld(found: PaymentCase): Promise<void> {
  const { tx, order, payment } = found;
  await book(tx, {
    ...named(found),
    operationKey: `payment:${payment.id}:release`,
    from: `order:${order.id}`,
    to: `user:${payment.userId}`,
    amount: { minor: order.heldMinor, currency: order.price.currency },
    kind: 'release',
  });
  await refresh(found);
}

/** Takes the balance part of a late order once more; false when the balance does not have it any more. */
async function holdBalanceAgain(found: PaymentCase): Promise<boolean> {
  const { tx, order, payment } = found;
  if (order.balanceMinor === 0) return true;
  const part = { minor: order.balanceMinor, currency: order.price.currency };
  if ((await lockBalance(tx, payment.userId, part.currency)).minor < part.minor) return false;
  return book(tx, {
    ...named(found),
    operationKey: `order:${order.id}:hold-late`,
    from: `user:${payment.userId}`,
    to: `order:${order.id}`,
    amount: part,
    kind: 'hold',
  });
}

/** Whether the money buys the order, comes late for it, or becomes balance. */
async function fate(found: PaymentCase): Promise<'delivered' | 'delivered_late' | 'credited'> {
  const { tx, order, banned, application } = found;
  if (order.state === 'paid' || order.fulfilment === 'credited') return 'credited';
  if (order.state === 'open' && !banned) return 'delivered';
  const isTopup = order.kind === 'topup';
  const verdict = judgeLateMoney({
    banned: banned && !isTopup,
    priceToday: isTopup ? order.price : (await application.planToday(order.planId ?? ''))?.price,
    orderPrice: order.price,
    orderAgeMs: application.now.getTime() - order.createdAt.getTime(),
    servedByAnother: !isTopup && (await servedByAnother(tx, order)),
  });
  return verdict === 'deliver' && (await holdBalanceAgain(found)) ? 'delivered_late' : 'credited';
}

async function sell(found: PaymentCase): Promise<void> {
  const { tx, order, payment } = found;
  const { price } = order;
  const held: Money = { minor: order.heldMinor, currency: price.currency };
  const excess = excessOf(price, held, 10 ** exponentOf(price.currency));
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
  await refresh(found);
  const { order } = found;
  await sell(found);
  found.heldMinor = 0;
  found.outcome = 'delivered';
  if (order.kind === 'plan') {
    const notBefore = periodEnd === undefined ? undefined : new Date(periodEnd);
    for (const rival of await deliverOrder(tx, order, { ...application, notBefore })) found.show.add(rival);
    return;
  }
  await markTopupDone(tx, order.id, application.now);
  const amount = { minor: order.heldMinor, currency: order.price.currency };
  await addNotice(tx, { userId: order.userId, key: `topup:${order.id}`, kind: 'topped_up', params: { amount } });
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
