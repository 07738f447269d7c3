import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { demoShop } from '../../sandbox/demoShop';
import { changeAccess } from '../../src/db/access';
import { fault, orderByCard, panelClients, post } from '../support/facts';
import { feedLinks, runJob, seedSubscriptions, wake } from '../support/panels';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

const limitedShop = demoShop.replace('price: 299\n', 'price: 299\n    traffic: 10 GB\n');
// Until the worker has stopped 7 s go by, on a busy machine more; all of it has to lie before the end of the grace.
const graceMs = 16_000;
const dayMs = 86_400_000;

describe('the end of a subscription', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: limitedShop, closed: true });
  });
  afterAll(() => shop.close());

  it('comes on time, grace included, though the panel cannot be called and no worker runs', async () => {
    const api = await shop.open('api');
    const worker = await shop.open('worker');
    const { settings }: { settings: object } = await shop.db('shop').first('settings');
    await shop.db('shop').update({ settings: JSON.stringify({ ...settings, graceMs }) });
    const [seeded] = await seedSubscriptions(shop, { count: 1, firstId: 84_001 });
    if (seeded === undefined) throw new Error('nothing was seeded');
    const { subscriptionId, token } = seeded;
    const endsAt = new Date(Date.now() + 5_000);
    const change = {
      subscriptionId,
      kind: 'manual',
      source: 'test',
      sourceId: 'soon',
      endsAt,
      settings: { graceMs },
      now: new Date(),
    } as const;
    await shop.db.transaction((tx) => changeAccess(tx, change));
    await wake(shop, [seeded]);
    const accessEnd = endsAt.getTime() + graceMs;
    await until('the panel holds the end with its grace', async () => {
      const clients = await panelClients(shop);
      return clients.length === 2 && clients.every((client) => client.expiryTime === accessEnd && client.enable);
    });
    await worker.stop();
    await fault(shop, { target: 'panel:main', mode: 'refuse' });

    await until('it is over, and only the grace is left', async () => Promise.resolve(Date.now() > endsAt.getTime()));
    expect((await panelClients(shop)).map((client) => client.enable)).toEqual([true, true]);
    expect(await feedLinks(shop, token)).toHaveLength(2);

    await until('the panel has shut it of its own accord', async () => (await panelClients(shop)).every((client) => !client.enable));
    expect(Date.now()).toBeGreaterThanOrEqual(accessEnd);
    expect(await feedLinks(shop, token)).toEqual([expect.stringContaining('Подписка закончилась')]);
    await fault(shop, { target: 'panel:main', mode: null });
    await api.stop();
  });

  it('keeps keys for a while, then lets them go whenever the panel answers; a later renewal brings the same ones back', async () => {
    await shop.open();
    const buyer = shop.buyer(84_002);
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Доступ открыт до/);
    const user: { id: number } = await shop.db('users').where({ telegram_id: 84_002 }).first('id');
    const { id, token }: { id: string; token: string } = await shop.db('subscriptions').where({ user_id: user.id }).first();
    const account: { uuid: string } = await shop.db('panel_accounts').where({ subscription_id: id }).first('uuid');
    const onPanel = async (): Promise<readonly boolean[]> =>
      (await panelClients(shop)).filter((client) => client.id === account.uuid).map((client) => client.enable);
    const openWork = async (): Promise<number> => (await shop.db('operations').where({ user_id: user.id, state: 'open' })).length;
    await until('both keys work', async () => (await onPanel()).length === 2 && (await openWork()) === 0);

    await shop
      .db('subscriptions')
      .where({ id })
      .update({ ends_at: new Date(Date.now() - 40 * dayMs) });
    await fault(shop, { target: 'panel:main', mode: 'refuse' });
    await runJob(shop, 'retention', async () => (await openWork()) === 1);
    await shop.temporal.schedule.getHandle('retention').trigger();
    expect(await onPanel()).toEqual([true, true]);
    await fault(shop, { target: 'panel:main', mode: null });
    await until('the keys are gone', async () => (await onPanel()).length === 0 && (await openWork()) === 0);
    expect(await feedLinks(shop, token)).toEqual([expect.stringContaining('Подписка закончилась')]);

    await buyer.say('/my');
    await buyer.press(/^Продлить/);
    const renewal = await until('the renewal has its page', async () => {
      const row: { id: string } | undefined = await shop
        .db('payments')
        .where({ user_id: user.id, state: 'pending' })
        .whereNotNull('pay_url')
        .first('id');
      return row;
    });
    await post(`${shop.sandbox.url}/sandbox/payments/${renewal.id}/pay`);
    await buyer.see(/Продлено до/);
    await until('the same keys work again', async () => (await onPanel()).length === 2 && (await openWork()) === 0);
    expect(await onPanel()).toEqual([true, true]);
    await until('the link that the buyer has works again', async () => (await feedLinks(shop, token)).length === 2);
  });
});
