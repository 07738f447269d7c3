import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newUser, orderPlan, payOrder, type Bought, type Desk } from '../../test/support/purchases';
import { createShopDatabase } from '../../test/support/seeds';
import type { TestDatabase } from '../../test/support/stack';
import { defaultRenewalPolicy as policy, type KeptRenewal } from '../domain/autoRenewal';
import type { Notice } from '../domain/notice';
import { endRenewals } from './autoRenewals';
import { loadKeptRenewal } from './keptRenewal';
import { insertPaymentEvent } from './paymentEvents';
import { forgetSavedMethod } from './savedMethods';

type Kept = Extract<Notice, { kind: 'method_saved' }>['params'];

const now = new Date('2026-11-27T12:00:00.000Z');
const endsAt = new Date('2026-12-27T12:00:00.000Z');
const dayMs = 86_400_000;

describe('a way of paying that was kept', () => {
  let database: TestDatabase;
  let desk: Desk;
  beforeAll(async () => {
    database = await createShopDatabase();
    desk = { db: database.db, settings: { timeZone: 'UTC', graceMs: 0 }, now };
  });
  afterAll(() => database.drop());

  interface Buyer extends Bought {
    readonly subscriptionId: string | undefined;
    /** What is to be told of it. */
    readonly told: Kept;
  }

  /** A user buys a month, and lets the way of paying be kept; a provider that charges by itself says when it does again. */
  async function buyer(changes: { readonly provider?: string; readonly isGift?: boolean; readonly nextAt?: string } = {}): Promise<Buyer> {
    const { provider = 'yookassa', isGift = false, nextAt } = changes;
    const bought = await orderPlan(desk, await newUser(database.db), { provider, isGift, saveMethod: true });
    const { paymentId, userId } = bought;
    const saved = {
      provider,
      type: 'method_saved',
      trusted: true,
      live: true,
      dedupeKey: `saved:${paymentId}`,
      ref: { paymentId },
      savedMethod: { id: `pm-${paymentId}`, title: 'Card *4444', renewsItself: nextAt !== undefined },
      ...(nextAt === undefined ? {} : { periodEnd: nextAt }),
    } as const;
    await insertPaymentEvent(database.db, { event: saved, digest: undefined, rawSealed: undefined, now });
    await payOrder(desk, bought);
    const notice: { params: Kept } = await database.db('notices').where({ user_id: userId, kind: 'method_saved' }).first('params');
    const subscription: { id: string } | undefined = await database.db('subscriptions').where({ user_id: userId }).first('id');
    return { ...bought, subscriptionId: subscription?.id, told: notice.params };
  }

  const renewalOf = ({ told }: Buyer, at = now): Promise<KeptRenewal | undefined> =>
    loadKeptRenewal(database.db, told, { policy, now: at });

  it('renews what was bought with it, first a day before the end, until that is switched off', async () => {
    const owner = await buyer();
    const { subscriptionId = '' } = owner;
    const first = { by: 'shop', subscriptionId, amount: { minor: 29_900, currency: 'RUB' }, at: new Date(endsAt.getTime() - dayMs) };
    expect(await renewalOf(owner)).toEqual(first);
    const late = new Date(endsAt.getTime() - dayMs + 1);
    expect(await renewalOf(owner, late)).toEqual({ ...first, at: late });
    await endRenewals(database.db, { subscriptionId }, { reason: 'by_user', now });
    expect(await renewalOf(owner)).toBeUndefined();
  });

  it('renews nothing where what was bought is a gift, or another way of paying has taken its place', async () => {
    expect(await renewalOf(await buyer({ isGift: true }))).toBeUndefined();
    const owner = await buyer();
    await database.db('auto_renewals').where({ subscription_id: owner.subscriptionId }).update({ method_id: null });
    expect(await renewalOf(owner)).toBeUndefined();
  });

  it('is charged by its provider where that charges by itself, until it is forgotten', async () => {
    const owner = await buyer({ provider: 'stars', nextAt: '2026-12-27T12:00:00.000Z' });
    const { methodId = '' } = owner.told;
    expect(await renewalOf(owner)).toEqual({ by: 'provider', methodId, at: endsAt });
    expect(await forgetSavedMethod(database.db, { userId: owner.userId, id: methodId, now })).toBe(true);
    expect(await renewalOf(owner)).toBeUndefined();
  });

  it('of an older notice, which has a title only, is told without a renewal', async () => {
    expect(await loadKeptRenewal(database.db, { title: 'Card *4444' }, { policy, now })).toBeUndefined();
  });
});
