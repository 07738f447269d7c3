import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buyPlan, giveBack, newUser, orderPlan, payOrder, type Bought, type Desk } from '../../test/support/purchases';
import { createShopDatabase } from '../../test/support/seeds';
import type { TestDatabase } from '../../test/support/stack';
import { applyUserEvents } from '../activities/userEvents';
import { defaultPolicy } from '../domain/policy';
import { cancelRefund } from './cancelRefund';
import { claimGift, findGiftByCode, listGifts, type Claimed } from './gifts';
import { findDifferences, findWrongBalances } from './reconcile';
import { noteRefund } from './refunds';
import { lockUser } from './requests';

const now = new Date('2026-11-27T12:00:00.000Z');
const settings = { timeZone: 'Europe/Moscow', graceMs: 0 };

describe('gifts', () => {
  let database: TestDatabase;
  let desk: Desk;
  beforeAll(async () => {
    database = await createShopDatabase();
    desk = { db: database.db, settings, now };
  });
  afterAll(() => database.drop());

  const given = async (): Promise<Bought> => buyPlan(desk, await newUser(database.db), { isGift: true });
  const claim = (userId: number, { orderId }: Bought, isForGiver = false): Promise<Claimed> =>
    database.db.transaction(async (tx) => {
      await lockUser(tx, userId);
      return claimGift(tx, { userId, orderId, isForGiver, settings, now });
    });

  async function hear(userId: number): Promise<void> {
    const shop = { name: '', publicUrl: '', currency: 'RUB', orderMs: 0, ...settings };
    const log = { warn: (): void => undefined, error: (): void => undefined };
    const deps = { db: database.db, clock: { now: () => now }, log, settings: () => Promise.resolve(shop), policy: defaultPolicy };
    await applyUserEvents(deps, { userId });
  }

  const subscriptionsOf = (userId: number): Promise<readonly { id: string; ends_at: Date; revoked_at: Date | null }[]> =>
    database.db('subscriptions').where({ user_id: userId }).orderBy('created_at').select('id', 'ends_at', 'revoked_at');

  it('is paid without a subscription of the giver, and has a link', async () => {
    const gift = await given();
    expect(await subscriptionsOf(gift.userId)).toEqual([]);
    const [shown] = await listGifts(database.db, gift.userId);
    expect(shown).toMatchObject({ orderId: gift.orderId, state: 'open' });
    expect(await findGiftByCode(database.db, shown?.code ?? '')).toBe(gift.orderId);
    expect(await findDifferences(database.db, new Date(now.getTime() + 3_600_000))).toEqual([]);
  });

  it('goes to one of twenty who open it at once, and the giver hears of it once', async () => {
    const gift = await given();
    const users = await Promise.all(Array.from({ length: 20 }, () => newUser(database.db)));
    const claims = await Promise.all(users.map((userId) => claim(userId, gift)));
    expect(claims.filter((claimed) => claimed.kind === 'started')).toHaveLength(1);
    expect(claims.filter((claimed) => claimed.kind === 'refused' && claimed.reason === 'GiftTaken')).toHaveLength(19);
    const all = (await Promise.all(users.map(subscriptionsOf))).flat();
    expect(all.map((row) => row.ends_at.toISOString())).toEqual(['2026-12-27T12:00:00.000Z']);
    await hear(gift.userId);
    await hear(gift.userId);
    expect(await database.db('notices').where({ user_id: gift.userId, kind: 'gift_taken' })).toHaveLength(1);
  });

  it('opened again by whoever has it is the same gift', async () => {
    const gift = await given();
    const friend = await newUser(database.db);
    const first = await claim(friend, gift);
    expect(await claim(friend, gift)).toEqual(first);
    expect(await subscriptionsOf(friend)).toHaveLength(1);
  });

  it('goes to the giver only if they want it', async () => {
    const gift = await given();
    expect(await claim(gift.userId, gift)).toEqual({ kind: 'refused', reason: 'GiftIsYours' });
    expect(await claim(gift.userId, gift, true)).toMatchObject({ kind: 'started' });
  });

  it('whose money goes back before anybody opened it is dead', async () => {
    const gift = await given();
    await giveBack(desk, gift, 'provider');
    expect(await claim(await newUser(database.db), gift)).toEqual({ kind: 'refused', reason: 'GiftTakenBack' });
  });

  it('whose money goes back after it was opened is taken, and what its owner paid for since stays', async () => {
    const gift = await given();
    const friend = await newUser(database.db);
    const claimed = await claim(friend, gift);
    const subscriptionId = claimed.kind === 'started' ? claimed.subscriptionId : '';
    await buyPlan(desk, friend, { subscriptionId });
    await giveBack(desk, gift, 'provider');
    await hear(friend);
    await hear(friend);
    const [after] = await subscriptionsOf(friend);
    expect(after?.ends_at.toISOString()).toBe('2026-12-28T12:00:00.000Z');
    expect(after?.revoked_at).toBeNull();
    expect(await database.db('notices').where({ user_id: friend, kind: 'gift_taken_back' })).toHaveLength(1);
  });

  it('alone is revoked with its money, and comes back when the refund does not come about', async () => {
    const gift = await given();
    const friend = await newUser(database.db);
    await claim(friend, gift);
    const refundId = await giveBack(desk, gift, 'provider');
    await hear(friend);
    expect((await subscriptionsOf(friend))[0]).toMatchObject({ ends_at: now, revoked_at: now });
    await noteRefund(database.db, refundId, { state: 'by_hand', why: 'refused' });
    await database.db.transaction(async (tx) => {
      await lockUser(tx, gift.userId);
      expect(await cancelRefund(tx, { refundId, actor: 'test', settings, now })).toBe('done');
    });
    await hear(friend);
    expect((await subscriptionsOf(friend))[0]).toMatchObject({ ends_at: new Date('2026-12-27T12:00:00.000Z'), revoked_at: null });
  });

  it('waits for its payment beside an order for the buyer’s own access, and late money buys it too', async () => {
    const buyer = await newUser(database.db);
    const own = await orderPlan(desk, buyer);
    const gift = await orderPlan(desk, buyer, { isGift: true });
    expect(await database.db('orders').where({ user_id: buyer, state: 'open' })).toHaveLength(2);
    expect(await payOrder(desk, own)).toBe('delivered');
    await database.db('orders').where({ id: gift.orderId }).update({ state: 'expired' });
    expect(await payOrder(desk, gift)).toBe('delivered_late');
    expect(await listGifts(database.db, buyer)).toHaveLength(1);
    expect(await findWrongBalances(database.db)).toEqual([]);
  });
});
