import { demoShop, shopValues } from '../../sandbox/demoShop';
import { sandboxKeys } from '../../sandbox/payments/keys';
import { applyShop } from '../../src/catalog/apply';
import { parseShopFile } from '../../src/catalog/load';
import type { Db } from '../../src/db/connection';
import { createSealer } from '../../src/db/seal';
import { createTestDatabase, type TestDatabase } from './stack';

/** A database with the plans of the demo's shop, or of another. */
export async function createShopDatabase(shopFile = demoShop): Promise<TestDatabase> {
  const database = await createTestDatabase();
  const nowhere = 'http://127.0.0.1:1';
  const values = shopValues({ apiUrl: nowhere, sandboxUrl: nowhere, panelPassword: 'p', keys: sandboxKeys });
  const sealer = createSealer([{ id: 'k1', key: Buffer.alloc(32, 1) }]);
  await applyShop(database.db, { file: parseShopFile('seeds', shopFile, values), sealer, actor: 'test' });
  return database;
}

/** An order of 299 roubles that waits for its payment. */
export interface Seeded {
  readonly userId: number;
  readonly orderId: string;
  readonly paymentId: string;
}

/** Writes an open order with a pending payment at a provider. */
export async function seedOrder(db: Db, provider: string): Promise<Seeded> {
  const orderId = `ord_${provider}`;
  const paymentId = `pay_${provider}`;
  const expiresAt = new Date(Date.now() + 3_600_000);
  const [user]: { id: number }[] = await db('users').insert({ language: 'ru' }).returning('id');
  const userId = user?.id ?? 0;
  await db('orders').insert({
    id: orderId,
    user_id: userId,
    renews_subscription: false,
    plan_id: 'month',
    plan_title: JSON.stringify({ ru: '1 месяц', en: '1 month' }),
    period_value: 1,
    period_unit: 'month',
    price_minor: 29_900,
    currency: 'RUB',
    server_ids: ['nl'],
    state: 'open',
    fulfilment: 'none',
    expires_at: expiresAt,
  });
  await db('payments').insert({
    id: paymentId,
    order_id: orderId,
    user_id: userId,
    provider,
    attempt: 1,
    state: 'pending',
    asked_minor: 29_900,
    asked_currency: 'RUB',
    deadline: expiresAt,
  });
  return { userId, orderId, paymentId };
}
