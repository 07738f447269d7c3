import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createShopDatabase, seedOrder } from '../../test/support/seeds';
import type { TestDatabase } from '../../test/support/stack';
import { until } from '../../test/support/until';
import { getShopSettings } from '../db/catalog';
import { storeInvoice } from '../db/payments';
import { defaultPolicy } from '../domain/policy';
import { ShopError } from '../errors';
import type { ActivityDeps } from './deps';
import { failInvoice } from './orders';

describe('an invoice that was given up', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createShopDatabase();
  });
  afterAll(() => database.drop());

  function deps(): ActivityDeps {
    return {
      db: database.db,
      clock: { now: () => new Date() },
      log: { warn: () => undefined, error: () => undefined },
      settings: async () => {
        const settings = await getShopSettings(database.db);
        if (settings === undefined) throw new ShopError('NotFound', { message: 'there is no shop' });
        return settings;
      },
      policy: defaultPolicy,
    };
  }

  const stateOf = async (orderId: string): Promise<unknown> => database.db('orders').where({ id: orderId }).first('state', 'closed_reason');

  it('closes its order, where nobody answered', async () => {
    const { userId, orderId, paymentId } = await seedOrder(database.db, 'yookassa');
    expect((await failInvoice(deps(), { userId, paymentId })).show).toEqual([orderId]);
    expect(await stateOf(orderId)).toEqual({ state: 'cancelled', closed_reason: 'invoice_failed' });
  });

  it('and answered in the same moment is a way to pay, and its order stays open', async () => {
    const { userId, orderId, paymentId } = await seedOrder(database.db, 'cryptopay');
    const invoice = {
      externalId: '1',
      payUrl: 'https://pay.example/1',
      instructions: undefined,
      expiresAt: undefined,
      nextPollAt: undefined,
    };
    const given = await database.db.transaction(async (tx) => {
      await storeInvoice(tx, paymentId, invoice);
      const failing = failInvoice(deps(), { userId, paymentId });
      // It reads the payment while the answer is written but not there for others yet.
      await waitsForLock();
      return { failing };
    });
    expect((await given.failing).show).toEqual([]);
    expect(await stateOf(orderId)).toEqual({ state: 'open', closed_reason: null });
  });

  async function waitsForLock(): Promise<void> {
    await until('somebody waits for the row', async () => {
      const found: { rows: readonly unknown[] } = await database.db.raw(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return found.rows.length > 0;
    });
  }
});
