import { applyPayment } from '../../src/db/applyPayment';
import { chargesOf } from '../../src/db/charges';
import { closeOrder } from '../../src/db/closeOrder';
import type { Db } from '../../src/db/connection';
import { correctBalance } from '../../src/db/corrections';
import { openOrder } from '../../src/db/openOrder';
import { insertPaymentEvent } from '../../src/db/paymentEvents';
import { noteRefund } from '../../src/db/refunds';
import { cancelRefund } from '../../src/db/cancelRefund';
import { requestRefund } from '../../src/db/requestRefund';
import { lockUser } from '../../src/db/requests';
import type { Money } from '../../src/domain/money';
import type { PaymentEvent } from '../../src/domain/payment';
import type { Plan } from '../../src/domain/plan';
import { deliver, playHistory, type History, type HistorySpec } from './paymentHistory';

/** What else happens while events of payments come in. */
export type Interruption = 'expire' | 'cancel' | 'ban' | 'unban' | 'refund_unused' | 'refund_full' | 'refund_to_balance';

export interface MoneySpec {
  readonly kind: 'plan' | 'topup';
  /** The first payment is asked in another currency than the shop's. */
  readonly inCoin: boolean;
  readonly startMinor: number;
  readonly useBalance: boolean;
  readonly payments: readonly {
    readonly history: HistorySpec;
    readonly plan: readonly (readonly number[])[];
    readonly isReversed: boolean;
  }[];
  /** Each with the turns that others get before it. */
  readonly interruptions: readonly { readonly what: Interruption; readonly turns: number }[];
}

/** One payment at its provider: what it really has. */
export interface Booked {
  readonly paymentId: string;
  readonly provider: string;
  readonly asked: Money;
  readonly history: History;
  readonly book: { received: number; refunded: number };
}

export interface MoneyRun {
  readonly userId: number;
  readonly orderId: string;
  readonly start: number;
  readonly payments: readonly Booked[];
  /** Refunds that the provider refused and that cannot be cancelled either: what they gave back to the balance went on meanwhile. */
  readonly waiting: Set<string>;
}

const settings = { timeZone: 'Europe/Moscow', graceMs: 0 } as const;
const rateOfCoin = 4_000_000;

interface World {
  readonly db: Db;
  readonly plan: Plan;
  readonly now: Date;
}

async function newUser(db: Db): Promise<number> {
  const rows: readonly { id: number }[] = await db('users').insert({ language: 'en' }).returning('id');
  return rows[0]?.id ?? 0;
}

async function open(
  world: World,
  spec: MoneySpec,
  wish: { userId: number; provider: string; key: string; inCoin: boolean },
): Promise<{ orderId: string; paymentId: string }> {
  const { db, plan, now } = world;
  const purchase =
    spec.kind === 'topup'
      ? ({ kind: 'topup', title: { ru: 'Баланс', en: 'Balance' }, price: plan.price } as const)
      : ({ kind: 'plan', plan, subscriptionId: undefined } as const);
  const opened = await db.transaction((tx) =>
    openOrder(tx, {
      ...wish,
      purchase,
      choice: undefined,
      useBalance: spec.useBalance && spec.kind === 'plan' && spec.startMinor > 0,
      saveMethod: false,
      messageId: undefined,
      quote: (due) => ({ asked: wish.inCoin ? { minor: due.minor * rateOfCoin + 1, currency: 'TON' } : due, rate: undefined }),
      transfer: undefined,
      orderMs: 1_800_000,
      now,
    }),
  );
  if ('refusal' in opened) throw new Error(opened.refusal);
  return opened;
}

async function apply(world: World, payment: { readonly userId: number; readonly paymentId: string }): Promise<void> {
  const planToday = (): Promise<Plan> => Promise.resolve(world.plan);
  await world.db.transaction((tx) => applyPayment(tx, { ...payment, settings, planToday, now: world.now }));
}

async function report(world: World, userId: number, event: PaymentEvent): Promise<void> {
  await world.db.transaction((tx) => insertPaymentEvent(tx, { event, digest: undefined, rawSealed: undefined, now: world.now }));
  await apply(world, { userId, paymentId: event.ref.paymentId ?? '' });
}

// Every message by a connection of its own, and each applied at once, as several workers would.
async function deliverAll(world: World, run: MoneyRun, payment: { booked: Booked; how: MoneySpec['payments'][number] }): Promise<void> {
  const { booked, how } = payment;
  for (const batch of deliver(booked.history.events, how.plan, how.isReversed)) {
    await Promise.all(batch.map((event) => report(world, run.userId, event)));
  }
}

/** A provider gives back what it has of one charge, and tells it; it refuses what it has not. */
async function carryOutRefund(world: World, run: MoneyRun, refundId: string): Promise<void> {
  const { db, now } = world;
  const refund: { payment_id: string; charge_id: string; amount_minor: number; currency: string } = await db('refunds')
    .where({ id: refundId })
    .first();
  const booked = run.payments.find((payment) => payment.paymentId === refund.payment_id);
  const charges = await chargesOf(db, refund.payment_id);
  const charge = charges.find((entry) => entry.chargeId === refund.charge_id);
  const spec = booked?.history;
  // Who tells sums would tell other sums after this; who has given money back already may have less than the shop knows.
  const has =
    spec !== undefined && spec.refunded === 0 && charge !== undefined && charge.amount.minor - charge.refundedMinor >= refund.amount_minor;
  if (booked === undefined || !has) {
    await noteRefund(db, refundId, { state: 'by_hand', why: 'refused' });
    const cancelled = await db.transaction(async (tx) => {
      await lockUser(tx, run.userId);
      return cancelRefund(tx, { refundId, actor: 'test', settings, now });
    });
    if (cancelled === 'balance_spent') run.waiting.add(refundId);
    return;
  }
  booked.book.refunded += refund.amount_minor;
  const refunded = { minor: refund.amount_minor, currency: refund.currency };
  const { provider, paymentId } = booked;
  const dedupeKey = `own:${refundId}`;
  await report(world, run.userId, {
    provider,
    type: 'refunded',
    trusted: true,
    live: true,
    ref: { paymentId },
    dedupeKey,
    refundId,
    refunded,
    chargeId: charge.chargeId,
  });
}

async function refundOrder(
  world: World,
  run: MoneyRun,
  what: { scope: 'full' | 'unused'; destination: 'provider' | 'balance' },
): Promise<void> {
  const { db, now } = world;
  const requested = await db.transaction(async (tx) => {
    await lockUser(tx, run.userId);
    return requestRefund(tx, {
      ...what,
      userId: run.userId,
      orderId: run.orderId,
      reason: 'test',
      actor: 'test',
      ability: () => Promise.resolve('partial' as const),
      settings,
      now,
    });
  });
  if (!('refusal' in requested) && what.destination === 'provider') await carryOutRefund(world, run, requested.refundId);
}

async function interrupt(world: World, run: MoneyRun, what: Interruption): Promise<void> {
  const { db } = world;
  switch (what) {
    case 'expire':
    case 'cancel':
      await db.transaction(async (tx) => {
        await lockUser(tx, run.userId);
        await closeOrder(tx, run.orderId, { state: what === 'expire' ? 'expired' : 'cancelled', reason: 'test' });
      });
      return;
    case 'ban':
    case 'unban':
      await db('users')
        .where({ id: run.userId })
        .update({ is_banned: what === 'ban' });
      return;
    case 'refund_unused':
      return refundOrder(world, run, { scope: 'unused', destination: 'provider' });
    case 'refund_full':
      return refundOrder(world, run, { scope: 'full', destination: 'provider' });
    case 'refund_to_balance':
      return refundOrder(world, run, { scope: 'full', destination: 'balance' });
  }
}

async function begin(world: World, spec: MoneySpec): Promise<MoneyRun> {
  const { db } = world;
  const userId = await newUser(db);
  if (spec.startMinor > 0) {
    const amount = { minor: spec.startMinor, currency: 'RUB' };
    await db.transaction((tx) => correctBalance(tx, { userId, key: 'start', amount, reason: 'test', actor: 'test' }));
  }
  const payments: Booked[] = [];
  let orderId = '';
  for (const [index, { history }] of spec.payments.entries()) {
    const provider = index === 0 ? (spec.inCoin ? 'ton' : 'yookassa') : 'cryptopay';
    const opened = await open(world, spec, { userId, provider, key: `open-${index}`, inCoin: index === 0 && spec.inCoin });
    orderId = opened.orderId;
    const { paymentId } = opened;
    const row: { asked_minor: number; asked_currency: string } = await db('payments').where({ id: paymentId }).first();
    const asked = { minor: row.asked_minor, currency: row.asked_currency };
    const played = playHistory(history, { provider, paymentId, asked });
    payments.push({ paymentId, provider, asked, history: played, book: { received: played.received, refunded: played.refunded } });
  }
  return { userId, orderId, start: spec.startMinor, payments, waiting: new Set() };
}

/** Plays a spec through Postgres from several connections at once, then lets what waits run out of time. */
export async function playMoney(world: World, spec: MoneySpec): Promise<MoneyRun> {
  const run = await begin(world, spec);
  const interrupted = async (): Promise<void> => {
    for (const { what, turns } of spec.interruptions) {
      for (let turn = 0; turn < turns; turn += 1) await world.db.raw('select 1');
      await interrupt(world, run, what);
    }
  };
  await Promise.all([
    ...run.payments.map((booked, index) => {
      const how = spec.payments[index];
      return how === undefined ? Promise.resolve() : deliverAll(world, run, { booked, how });
    }),
    interrupted(),
  ]);
  const later = new Date(world.now.getTime() + 16 * 60_000);
  for (const { paymentId } of run.payments) await apply({ ...world, now: later }, { userId: run.userId, paymentId });
  await world.db.transaction(async (tx) => {
    await lockUser(tx, run.userId);
    await closeOrder(tx, run.orderId, { state: 'expired', reason: 'test' });
  });
  return run;
}
