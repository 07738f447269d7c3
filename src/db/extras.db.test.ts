import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buyPlan, giveBack, newUser, orderExtra, orderPlan, payOrder, type Bought, type Desk } from '../../test/support/purchases';
import { createShopDatabase } from '../../test/support/seeds';
import type { TestDatabase } from '../../test/support/stack';
import { demoShop } from '../../sandbox/demoShop';
import { cancelRefund } from './cancelRefund';
import { correctBalance } from './corrections';
import { listExtras, listPlans } from './catalog';
import { endOverdueDevices } from './deliverExtra';
import { overdueExtras } from './extras';
import { pauseSubscription, resumeSubscription } from './pauses';
import { payFromBalance } from './payFromBalance';
import { changePlan, offerChange } from './planChange';
import { findDifferences } from './reconcile';
import { noteRefund } from './refunds';
import { beginMonth, exhaust } from './traffic';

const gigabyte = 1024 ** 3;
const dayMs = 86_400_000;
const start = new Date('2026-12-01T12:00:00.000Z');
const inDays = (days: number): Date => new Date(start.getTime() + days * dayMs);
const settings = { timeZone: 'UTC', graceMs: 0 };
const limited = demoShop
  .replace('price: 299\n', 'price: 299\n    traffic: 10 GB\n')
  .replace('price: 799\n', 'price: 799\n    traffic: 20 GB per month\n')
  .replace(
    'trial:\n',
    'extras:\n  - { id: more-traffic, title: "+50", traffic: 50 GB, price: 99 }\n  - { id: more-devices, title: "+2", devices: 2, price: 79 }\ntrial:\n',
  );

interface Limits {
  readonly traffic_limit_bytes: number | null;
  readonly device_limit: number | null;
}

describe('extras of a subscription', () => {
  let database: TestDatabase;
  let count = 0;
  beforeAll(async () => {
    database = await createShopDatabase(limited);
  });
  afterAll(() => database.drop());

  const desk = (now: Date): Desk => ({ db: database.db, settings, now });
  const next = (): string => `extras-${(count += 1)}`;

  async function owner(now = start, planId = 'month'): Promise<{ readonly userId: number; readonly id: string }> {
    const userId = await newUser(database.db);
    const plan = (await listPlans(database.db)).find((entry) => entry.id === planId);
    await buyPlan(desk(now), userId, plan === undefined ? {} : { plan });
    const { id }: { id: string } = await database.db('subscriptions').where({ user_id: userId }).first('id');
    return { userId, id };
  }

  async function buy(of: { userId: number; id: string }, extraId: string, now = start): Promise<Bought & { readonly outcome: string }> {
    const bought = await orderExtra(desk(now), of.userId, { extraId, subscriptionId: of.id });
    return { ...bought, outcome: await payOrder(desk(now), bought) };
  }

  /** Gigabytes and devices: of the subscription, and of its account on the panel. */
  async function limitsOf(id: string): Promise<readonly (number | null)[]> {
    const row: Limits = await database.db('subscriptions').where({ id }).first('traffic_limit_bytes', 'device_limit');
    const account: { desired_traffic_limit_bytes: number; desired_device_limit: number } = await database
      .db('panel_accounts')
      .where({ subscription_id: id })
      .first();
    expect([row.traffic_limit_bytes ?? 0, row.device_limit ?? 0]).toEqual([
      account.desired_traffic_limit_bytes,
      account.desired_device_limit,
    ]);
    return [row.traffic_limit_bytes === null ? null : row.traffic_limit_bytes / gigabyte, row.device_limit];
  }

  async function useUp(subscriptionId: string, gigabytes: number): Promise<string> {
    const account: { id: string } = await database.db('panel_accounts').where({ subscription_id: subscriptionId }).first('id');
    const bytes = gigabytes * gigabyte;
    await database.db('account_usage').insert({ panel_account_id: account.id, panel_bytes: bytes, counted_bytes: bytes, seen_at: start });
    await exhaust(database.db, { subscriptionId, graceMs: 0, now: start });
    expect(await isOpen(account.id)).toBe(false);
    return account.id;
  }

  const isOpen = async (accountId: string): Promise<boolean> =>
    (await database.db('panel_accounts').where({ id: accountId }).first()).desired_enabled;

  async function change(of: { userId: number; id: string }, planId: string): Promise<void> {
    const wish = { userId: of.userId, subscriptionId: of.id, planId, now: inDays(1) };
    const offer = await offerChange(database.db, wish);
    if ('refusal' in offer) throw new Error(offer.refusal);
    await database.db.transaction((tx) => changePlan(tx, { ...wish, tag: offer.tag, sourceId: next(), settings }));
  }

  async function agrees(): Promise<void> {
    expect((await findDifferences(database.db, inDays(1_000))).filter((entry) => entry.kind !== 'paid_not_delivered')).toEqual([]);
  }

  it('raise its limits and those of its panels, once however often the payment is applied, and leave the end', async () => {
    const one = await owner();
    const before: { ends_at: Date } = await database.db('subscriptions').where({ id: one.id }).first('ends_at');
    const bought = await buy(one, 'more-traffic');
    expect(bought.outcome).toBe('delivered');
    await payOrder(desk(start), bought);
    await buy(one, 'more-devices');
    expect(await limitsOf(one.id)).toEqual([60, 5]);
    const after: { ends_at: Date } = await database.db('subscriptions').where({ id: one.id }).first('ends_at');
    expect(after.ends_at).toEqual(before.ends_at);
    const work: unknown[] = await database.db('operations').where({ order_id: bought.orderId, state: 'open' });
    expect(work).toHaveLength(1);
    await agrees();
  });

  it('open what is shut for its used-up traffic', async () => {
    const one = await owner();
    const accountId = await useUp(one.id, 10);
    await buy(one, 'more-traffic');
    expect(await isOpen(accountId)).toBe(true);
    // What was used still counts.
    const usage: { counted_bytes: number } = await database.db('account_usage').where({ panel_account_id: accountId }).first();
    expect(usage.counted_bytes).toBe(10 * gigabyte);
  });

  it('end by their rule: traffic with its period, devices at the end that there was, pauses added', async () => {
    const one = await owner();
    await buy(one, 'more-traffic');
    await buy(one, 'more-devices');
    await buyPlan(desk(inDays(10)), one.userId, { subscriptionId: one.id });
    expect(await limitsOf(one.id)).toEqual([10, 5]);
    // 31 December is the end that there was; a pause of five days makes it 5 January.
    const policy = { shortestMs: 0, longestMs: 30 * dayMs, count: 9, windowMs: 365 * dayMs };
    const pause = { userId: one.userId, subscriptionId: one.id, policy, settings };
    await database.db.transaction((tx) => pauseSubscription(tx, { ...pause, sourceId: next(), now: inDays(12) }));
    expect(await overdueExtras(database.db, inDays(31), 10)).not.toContain(one.id);
    await database.db.transaction((tx) => resumeSubscription(tx, { ...pause, sourceId: next(), now: inDays(17) }));
    expect(await overdueExtras(database.db, inDays(34), 10)).not.toContain(one.id);
    expect(await overdueExtras(database.db, inDays(37), 10)).toContain(one.id);
    const end = { subscriptionId: one.id, graceMs: 0, now: inDays(37) };
    await Promise.all([endOverdueDevices(database.db, end), endOverdueDevices(database.db, end)]);
    expect(await limitsOf(one.id)).toEqual([10, 3]);
    expect(await overdueExtras(database.db, inDays(37), 10)).not.toContain(one.id);
  });

  it('of traffic end with the month of a monthly plan', async () => {
    const one = await owner(start, 'quarter');
    await buy(one, 'more-traffic');
    expect(await limitsOf(one.id)).toEqual([70, 3]);
    await beginMonth(database.db, { subscriptionId: one.id, graceMs: 0, now: inDays(32) });
    expect(await limitsOf(one.id)).toEqual([20, 3]);
  });

  it('that are over when the subscription comes back are not there any more', async () => {
    const one = await owner();
    await buy(one, 'more-devices');
    await buyPlan(desk(inDays(60)), one.userId, { subscriptionId: one.id });
    expect(await limitsOf(one.id)).toEqual([10, 3]);
  });

  it('stay through a change of plan, also by way of one without limits', async () => {
    const one = await owner();
    await buy(one, 'more-traffic');
    await buy(one, 'more-devices');
    await change(one, 'year');
    expect(await limitsOf(one.id)).toEqual([null, 7]);
    await change(one, 'quarter');
    expect(await limitsOf(one.id)).toEqual([70, 5]);
  });

  it('count where a change of plan opens what was shut for its used-up traffic', async () => {
    const one = await owner();
    await buy(one, 'more-traffic');
    const accountId = await useUp(one.id, 60);
    await change(one, 'quarter');
    expect(await isOpen(accountId)).toBe(true);
  });

  it('go back with a refund, once, and come again when it is cancelled', async () => {
    const one = await owner();
    const bought = await buy(one, 'more-traffic');
    await buy(one, 'more-devices');
    const refundId = await giveBack(desk(start), bought, 'provider');
    expect(await limitsOf(one.id)).toEqual([10, 5]);
    const order: { fulfilment: string } = await database.db('orders').where({ id: bought.orderId }).first('fulfilment');
    expect(order.fulfilment).toBe('revoked');
    await noteRefund(database.db, refundId, { state: 'by_hand' });
    await database.db.transaction((tx) => cancelRefund(tx, { refundId, actor: 'test', settings, now: inDays(1) }));
    expect(await limitsOf(one.id)).toEqual([60, 5]);
    const again = await giveBack(desk(inDays(2)), bought, 'balance');
    expect(again).not.toBe(refundId);
    expect(await limitsOf(one.id)).toEqual([10, 5]);
    // What is over stays over.
    await buyPlan(desk(inDays(3)), one.userId, { subscriptionId: one.id });
    expect(await limitsOf(one.id)).toEqual([10, 5]);
    await agrees();
  });

  it('are not sold where they are of no use, and money that comes too late for one becomes balance', async () => {
    const one = await owner();
    const late = await orderExtra(desk(inDays(30)), one.userId, { extraId: 'more-traffic', subscriptionId: one.id });
    expect(await payOrder(desk(inDays(32)), late)).toBe('credited');
    expect(await limitsOf(one.id)).toEqual([10, 3]);
    const balance: { amount_minor: number } = await database.db('balances').where({ user_id: one.userId }).first();
    expect(balance.amount_minor).toBe(9_900);
    await expect(orderExtra(desk(inDays(33)), one.userId, { extraId: 'more-traffic', subscriptionId: one.id })).rejects.toThrow(
      'ExtraNotNow',
    );
    const year = await owner(start, 'year');
    await expect(orderExtra(desk(start), year.userId, { extraId: 'more-traffic', subscriptionId: year.id })).rejects.toThrow('ExtraNotNow');
    await expect(orderExtra(desk(start), year.userId, { extraId: 'more-devices', subscriptionId: one.id })).rejects.toThrow('NotFound');
    await agrees();
  });

  it('are bought from the balance as well, beside an open renewal, and make way for each other', async () => {
    const one = await owner();
    const amount = { minor: 7_900, currency: 'RUB' };
    await database.db.transaction((tx) => correctBalance(tx, { userId: one.userId, amount, key: next(), reason: 'test', actor: 'test' }));
    const renewal = await orderPlan(desk(start), one.userId, { subscriptionId: one.id });
    const other = await orderExtra(desk(start), one.userId, { extraId: 'more-traffic', subscriptionId: one.id });
    const plan = (await listExtras(database.db)).find(({ id }) => id === 'more-devices');
    if (plan === undefined) throw new Error('there is no such extra');
    const wish = { userId: one.userId, key: next(), plan, subscriptionId: one.id, messageId: undefined, settings, now: start };
    const paid = await database.db.transaction((tx) => payFromBalance(tx, wish));
    expect(paid).toMatchObject({ superseded: [other.orderId] });
    const open: readonly { id: string }[] = await database.db('orders').where({ user_id: one.userId, state: 'open' });
    expect(open.map(({ id }) => id)).toEqual([renewal.orderId]);
    expect(await database.db.transaction((tx) => payFromBalance(tx, wish))).toEqual(paid);
    expect(await limitsOf(one.id)).toEqual([10, 5]);
    await agrees();
  });
});
