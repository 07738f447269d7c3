import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { orderByCard, panelClients, post } from '../support/facts';
import { feedLinks, runJob, twoPanelShop } from '../support/panels';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

const gigabyte = 1024 ** 3;
const panels = ['main', 'second'] as const;
const limitedShop = twoPanelShop
  .replace('price: 299\n', 'price: 299\n    traffic: 10 GB\n')
  .replace('price: 799\n', 'price: 799\n    traffic: 10 GB per month\n');

describe('a traffic limit', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: limitedShop, panels, tuning: { policy: { secondLookMs: 600_000 } } });
  });
  afterAll(() => shop.close());

  async function buy(buyer: ReturnType<TestShop['buyer']>, plan?: RegExp): Promise<{ id: string; token: string }> {
    const { paymentId } = await orderByCard(shop, buyer, plan);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Доступ открыт до/);
    return until('both panels have it', async () => {
      const row: { id: string; token: string } = await shop.db('subscriptions').orderBy('created_at', 'desc').first('id', 'token');
      const open: unknown[] = await shop.db('operations').where({ state: 'open' });
      return open.length === 0 ? row : undefined;
    });
  }

  async function use(subscriptionId: string, share: Readonly<Record<(typeof panels)[number], number>>): Promise<void> {
    for (const panel of panels) {
      const account: { name: string } = await shop
        .db('panel_accounts')
        .where({ subscription_id: subscriptionId, panel_id: panel })
        .first('name');
      await post(`${shop.sandbox.url}/sandbox/panels/${panel}/traffic`, { email: `${account.name}-1`, bytes: share[panel] * gigabyte });
    }
  }

  async function isOpen(subscriptionId: string): Promise<readonly boolean[]> {
    const open: boolean[] = [];
    for (const panel of panels) {
      const account: { uuid: string } = await shop
        .db('panel_accounts')
        .where({ subscription_id: subscriptionId, panel_id: panel })
        .first('uuid');
      open.push((await panelClients(shop, panel)).some((client) => client.id === account.uuid && client.enable));
    }
    return open;
  }

  async function counted(subscriptionId: string): Promise<number> {
    const row: { sum?: string | null } | undefined = await shop
      .db('account_usage')
      .join('panel_accounts', 'panel_accounts.id', 'panel_account_id')
      .where({ subscription_id: subscriptionId })
      .sum({ sum: 'counted_bytes' })
      .first();
    return Number(row?.sum ?? 0) / gigabyte;
  }

  it('is the sum over all panels; all keys close when it is used up, and a renewal opens them with nothing counted', async () => {
    const buyer = shop.buyer();
    const { id, token } = await buy(buyer);
    await use(id, { main: 2, second: 1 });
    await runJob(shop, 'sync-panels', async () => (await counted(id)) === 3);
    await buyer.say('/my');
    await buyer.see(/Трафик: 3 ГБ из 10 ГБ, осталось 7 ГБ/);
    // Usage raises no version of a feed: it comes with the next catching up.
    const usage = `download=${3 * gigabyte}; total=${10 * gigabyte}`;
    await until('apps see the usage', async () => {
      const reply = await fetch(`${shop.apiUrl}/sub/${token}`);
      return reply.headers.get('subscription-userinfo')?.includes(usage);
    });
    expect(await isOpen(id)).toEqual([true, true]);

    await use(id, { main: 3, second: 4 });
    await runJob(shop, 'sync-panels', async () => (await counted(id)) === 10);
    await until('all keys are closed', async () => (await isOpen(id)).every((open) => !open));
    await buyer.see(/Трафик израсходован, поэтому доступ закрыт/);
    expect(await feedLinks(shop, token)).toEqual([expect.stringContaining('Трафик израсходован')]);

    await buyer.say('/my');
    await buyer.press(/^Продлить/);
    const payment = await until('the renewal has its page', async () => {
      const row: { id: string } | undefined = await shop.db('payments').whereNotNull('pay_url').where({ state: 'pending' }).first('id');
      return row;
    });
    await post(`${shop.sandbox.url}/sandbox/payments/${payment.id}/pay`);
    await until('all keys are open again', async () => (await isOpen(id)).every((open) => open));
    await until('no work is open', async () => (await shop.db('operations').where({ state: 'open' })).length === 0);
    expect(await counted(id)).toBe(0);
    await use(id, { main: 1, second: 0 });
    await runJob(shop, 'sync-panels', async () => (await counted(id)) === 1);
    expect(await isOpen(id)).toEqual([true, true]);
  });

  it('of a month is counted anew with the next month of the subscription', async () => {
    const buyer = shop.buyer();
    const { id } = await buy(buyer, /^3 месяца/);
    await use(id, { main: 6, second: 6 });
    await runJob(shop, 'sync-panels', async () => (await counted(id)) === 12);
    await until('all keys are closed', async () => (await isOpen(id)).every((open) => !open));
    const since = new Date(Date.now() - 33 * 86_400_000);
    await shop.db('subscriptions').where({ id }).update({ traffic_since: since });
    await runJob(shop, 'sync-panels', async () => (await counted(id)) === 0);
    await until('all keys are open again', async () => (await isOpen(id)).every((open) => open));
    const row: { exhausted_at: Date | null; traffic_since: Date } = await shop.db('subscriptions').where({ id }).first();
    expect(row.exhausted_at).toBeNull();
    expect(row.traffic_since.getTime()).toBeGreaterThan(since.getTime() + 27 * 86_400_000);
  });
});
