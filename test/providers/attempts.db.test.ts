import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { markChosen, withdrawPayment } from '../../src/db/attempts';
import { findPayment, insertPayment, storeInvoice } from '../../src/db/payments';
import { createShopDatabase, seedOrder } from '../support/seeds';
import type { TestDatabase } from '../support/stack';

describe('attempts at paying', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createShopDatabase();
  });
  afterAll(() => database.drop());

  it('keep the first invoice that was answered, so that two are never shown', async () => {
    const { paymentId } = await seedOrder(database.db, 'cryptopay');
    const invoice = { instructions: undefined, expiresAt: undefined, nextPollAt: new Date() };
    await storeInvoice(database.db, paymentId, { ...invoice, externalId: 'second', payUrl: 'https://pay.example/second' });
    // The call that was given up is answered after its repeat.
    await storeInvoice(database.db, paymentId, { ...invoice, externalId: 'first', payUrl: 'https://pay.example/first' });
    expect(await findPayment(database.db, paymentId)).toMatchObject({ externalId: 'second', payUrl: 'https://pay.example/second' });
  });

  it('are set aside when another was chosen or the order is closed, never while they are shown or paid', async () => {
    const { db } = database;
    const { orderId, paymentId, userId } = await seedOrder(db, 'stripe');
    expect(await withdrawPayment(db, paymentId)).toBe(false);
    const later = new Date(Date.now() + 1_000);
    const other = await insertPayment(db, {
      orderId,
      userId,
      provider: 'yookassa',
      choice: undefined,
      place: undefined,
      saveMethod: false,
      attempt: 2,
      asked: { minor: 29_900, currency: 'RUB' },
      rate: undefined,
      deadline: new Date(Date.now() + 60_000),
      now: later,
    });
    await markChosen(db, { paymentId, orderId, now: new Date(later.getTime() + 1_000) });
    expect(await withdrawPayment(db, paymentId)).toBe(false);
    expect(await withdrawPayment(db, other)).toBe(true);
    await db('payments').where({ id: paymentId }).update({ state: 'paid' });
    await db('orders').where({ id: orderId }).update({ state: 'cancelled' });
    expect(await withdrawPayment(db, paymentId)).toBe(false);
    await db('payments').where({ id: paymentId }).update({ state: 'pending' });
    expect(await withdrawPayment(db, paymentId)).toBe(true);
    expect(await findPayment(db, paymentId)).toMatchObject({ state: 'cancelled' });
  });
});
