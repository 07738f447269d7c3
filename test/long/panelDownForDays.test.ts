import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fault, orderByCard, panelClients, post } from '../support/facts';
import { feedLinks, seedSubscriptions, twoPanelShop, wake } from '../support/panels';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

const waiting = 50;
/** Tries at a dead panel that stand for its three days. */
const tries = 20;

/** Three days as this test tells them: what takes minutes in a shop takes a quarter of a second here. */
const breaker = { failures: 3, firstMs: 100, longestMs: 250, refusedMs: 900_000 };

async function toldOperators(shop: TestShop): Promise<readonly string[]> {
  const chat = await shop.buyer(900).chat();
  return chat.flatMap((message) => (message.from === 'bot' && /Panel|панел/i.test(message.html) ? [message.html] : []));
}

async function failuresInARow(shop: TestShop): Promise<number> {
  const row: { failures: number } | undefined = await shop.db('panel_health').where({ panel_id: 'main' }).first('failures');
  return row?.failures ?? 0;
}

describe('a panel that is down for three days, beside one that is up', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop({
      shopFile: twoPanelShop,
      panels: ['main', 'second'],
      tuning: { breaker, policy: { patienceMs: 1_500, secondLookMs: 500 } },
    });
  });
  afterAll(() => shop.close());

  it('serves the buyer by the other at once, tells the operator once, and lets 50 waiting operations in place soon after its return', async () => {
    await shop.buyer(900).say('/start');
    await fault(shop, { target: 'panel:main', mode: 'refuse' });
    const buyer = shop.buyer();
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Доступ открыт до/);
    const bought: { token: string; user_id: number } = await shop.db('subscriptions').first('token', 'user_id');
    expect((await feedLinks(shop, bought.token)).map((link) => link.split('#')[1])).toEqual(['🇩🇪 Германия']);

    await until(
      'the panel counts as down',
      async () => (await shop.db('panel_health').where({ panel_id: 'main', state: 'down' })).length === 1,
    );
    await wake(shop, await seedSubscriptions(shop, { count: waiting - 1, firstId: 70_000 }));
    await until('everybody has the server that is up', async () => (await panelClients(shop, 'second')).length === waiting, 90_000);
    await until('the dead panel was tried for three days', async () => (await failuresInARow(shop)) > tries);
    expect(await panelClients(shop, 'main')).toHaveLength(0);
    await until('the operators were told', async () => (await toldOperators(shop)).length > 0);
    expect((await toldOperators(shop)).map((text) => /Panel main/.test(text))).toEqual([true]);

    await fault(shop, { target: 'panel:main', mode: null });
    const returned = Date.now();
    await until('all that waited is in place', async () => (await panelClients(shop, 'main')).length === waiting, 60_000);
    expect(Date.now() - returned).toBeLessThan(60_000);
    await until('no work is open', async () => (await shop.db('operations').where({ state: 'open' })).length === 0);
    await until('the operators hear that it is over', async () => (await toldOperators(shop)).length > 1);
    expect((await toldOperators(shop)).map((text) => text.slice(0, 13))).toEqual(['⚠️ Panel main', '✅ Over: Panel']);
    const operation: { id: string } = await shop
      .db('operations')
      .join('panel_accounts', 'panel_accounts.id', 'panel_account_id')
      .where({ 'operations.user_id': bought.user_id, panel_id: 'main' })
      .first('operations.id');
    const description = await shop.temporal.workflow.getHandle(`user-${bought.user_id}-op-${operation.id}`).describe();
    expect(description.historyLength).toBeLessThan(100);
  }, 240_000);
});
