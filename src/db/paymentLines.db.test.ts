import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newUser, orderPlan, payOrder, type Desk } from '../../test/support/purchases';
import { createShopDatabase } from '../../test/support/seeds';
import type { TestDatabase } from '../../test/support/stack';
import { listPlans } from './catalog';
import { loadPayments } from './screens';

const start = Date.parse('2026-11-27T12:00:00.000Z');

describe("the list of a buyer's payments", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createShopDatabase();
  });
  afterAll(() => database.drop());

  const desk = (minute: number): Desk => ({
    db: database.db,
    settings: { timeZone: 'UTC', graceMs: 0 },
    now: new Date(start + minute * 60_000),
  });

  it('waits for the attempt that was chosen last only, and says so until another one is paid', async () => {
    const { db } = database;
    const userId = await newUser(db);
    const [month, quarter] = await listPlans(db);
    if (month === undefined || quarter === undefined) throw new Error('the shop has two plans');
    const states = async (): Promise<readonly string[]> => {
      await db('payments').where({ user_id: userId, state: 'created' }).update({ state: 'pending' });
      return (await loadPayments(db, userId)).map((line) => line.state).toReversed();
    };

    const first = await orderPlan(desk(0), userId, { plan: month });
    expect(await states()).toEqual(['pending']);
    await orderPlan(desk(1), userId, { plan: quarter });
    expect(await states()).toEqual(['replaced', 'pending']);
    await orderPlan(desk(2), userId, { plan: quarter, provider: 'cryptopay' });
    expect(await states()).toEqual(['replaced', 'replaced', 'pending']);
    await orderPlan(desk(3), userId, { plan: quarter });
    expect(await states()).toEqual(['replaced', 'pending', 'replaced']);

    expect(await payOrder(desk(4), first)).toBe('delivered_late');
    expect(await states()).toEqual(['paid', 'replaced', 'replaced']);
  });

  it('says that an operator looks for a transfer from when it was sent', async () => {
    const { db } = database;
    const userId = await newUser(db);
    const { paymentId } = await orderPlan(desk(0), userId, { provider: 'manual' });
    const transfer = { payment_id: paymentId, user_id: userId, decision_ms: 1, proof_required: false };
    await db('transfers').insert({ ...transfer, state: 'awaiting' });
    expect(await loadPayments(db, userId)).toMatchObject([{ state: 'created' }]);
    await db('transfers').where({ payment_id: paymentId }).update({ state: 'submitted' });
    expect(await loadPayments(db, userId)).toMatchObject([{ state: 'checking' }]);
  });
});
