import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { buyPlan, giveBack, newUser, type Bought } from '../../test/support/purchases';
import { createShopDatabase } from '../../test/support/seeds';
import type { TestDatabase } from '../../test/support/stack';
import { cancelRefund } from './cancelRefund';
import { correctBalance } from './corrections';
import { findDifferences, findWrongBalances } from './reconcile';
import { findRefund, noteRefund } from './refunds';
import { lockUser } from './requests';

let database: TestDatabase;
const now = new Date('2026-12-01T12:00:00.000Z');
const settings = { timeZone: 'UTC', graceMs: 0 };
beforeAll(async () => {
  database = await createShopDatabase();
});
afterAll(() => database.drop());

/** Changes the balance by this many kopecks. */
async function correct(userId: number, minor: number): Promise<void> {
  const correction = { userId, key: `correct-${minor}`, amount: { minor, currency: 'RUB' }, reason: 'test', actor: 'test' };
  await database.db.transaction((tx) => correctBalance(tx, correction));
}

/** Paid with 100 RUB of the balance and the rest by a provider, who then refuses to give its part back. */
async function refusedRefund(): Promise<{ readonly bought: Bought; readonly refundId: string }> {
  const userId = await newUser(database.db);
  await correct(userId, 10_000);
  const at = { db: database.db, settings, now };
  const bought = await buyPlan(at, userId, { useBalance: true });
  const refundId = await giveBack(at, bought, 'provider');
  await noteRefund(database.db, refundId, { state: 'by_hand', why: 'refused' });
  return { bought, refundId };
}

function cancel(userId: number, refundId: string): Promise<string> {
  return database.db.transaction(async (tx) => {
    await lockUser(tx, userId);
    return cancelRefund(tx, { refundId, actor: 'test', settings, now });
  });
}

const balanceOf = async (userId: number): Promise<number> => {
  const row: { amount_minor: number } = await database.db('balances').where({ user_id: userId }).first('amount_minor');
  return row.amount_minor;
};

const shown = async (refundId: string): Promise<readonly string[]> => {
  const findings = await findDifferences(database.db, new Date(now.getTime() + 3_600_000));
  return findings.filter(({ subject }) => subject === refundId).map(({ kind }) => kind);
};

it('a refund that is cancelled takes the part of the balance again, once', async () => {
  const { bought, refundId } = await refusedRefund();
  expect(await balanceOf(bought.userId)).toBe(10_000);
  expect(await shown(refundId)).toEqual(['refund_waits']);
  expect(await cancel(bought.userId, refundId)).toBe('done');
  expect(await cancel(bought.userId, refundId)).toBe('not_waiting');
  expect(await balanceOf(bought.userId)).toBe(0);
  expect(await shown(refundId)).toEqual([]);
});

it('one whose part of the balance was spent meanwhile changes nothing and goes on waiting for an operator', async () => {
  const { bought, refundId } = await refusedRefund();
  await correct(bought.userId, -1);
  expect(await cancel(bought.userId, refundId)).toBe('balance_spent');
  expect(await balanceOf(bought.userId)).toBe(9_999);
  expect(await findRefund(database.db, refundId)).toMatchObject({ state: 'by_hand' });
  expect(await shown(refundId)).toEqual(['refund_waits']);
  expect(await findWrongBalances(database.db)).toEqual([]);
});
