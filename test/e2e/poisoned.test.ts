import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { orderByCard, post } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';
import { resolveParkedItem } from '../../src/db/parkedItems';
import { unparkEventsOfPayment } from '../../src/db/paymentEvents';

describe('an item that fails for our own fault', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop();
  });
  afterAll(() => shop.close());

  it('is parked and shown, the next payment of that user is delivered, and a retry delivers the parked one', async () => {
    const buyer = shop.buyer(9_101);
    const poisoned = await orderByCard(shop, buyer);
    // A plan title that no code wrote: applying this payment breaks in the database every time.
    await shop.db.raw(`create function break_one() returns trigger language plpgsql as $$
      begin if new.payment_id = '${poisoned.paymentId}' then raise exception 'planted'; end if; return new; end $$`);
    await shop.db.raw('create trigger break_one before insert on charges for each row execute function break_one()');
    await post(`${shop.sandbox.url}/sandbox/payments/${poisoned.paymentId}/pay`);
    const parked = await until('the item is parked', async () => {
      const row: { id: string; user_id: number; error_code: string } | undefined = await shop.db('parked_items').first();
      return row;
    });
    expect(parked.error_code).toBe('Internal');
    const state = await until('the workflow shows the problem', async () => {
      const found: unknown[] = [];
      for await (const execution of shop.temporal.workflow.list({ query: `ShopProblem = 'parked_item'` })) found.push(execution.workflowId);
      return found.length === 1 ? found : undefined;
    });
    expect(state).toEqual([`user-${parked.user_id}`]);

    const next = await orderByCard(shop, buyer, /^3 месяца/);
    await post(`${shop.sandbox.url}/sandbox/payments/${next.paymentId}/pay`);
    await buyer.see(/Доступ открыт до/);
    expect(await shop.db('charges').where({ payment_id: poisoned.paymentId })).toHaveLength(0);

    await shop.db.raw('drop trigger break_one on charges');
    await shop.db.transaction(async (tx) => {
      await resolveParkedItem(tx, parked.id, 'test');
      await unparkEventsOfPayment(tx, poisoned.paymentId, new Date());
    });
    await until(
      'the parked money is booked',
      async () => (await shop.db('charges').where({ payment_id: poisoned.paymentId })).length === 1,
    );
  });
});
