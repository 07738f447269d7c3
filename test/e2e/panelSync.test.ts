import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../support/commands';
import { fault, panelClients, post, type PanelClient } from '../support/facts';
import { feedLinks, runJob, seedSubscriptions, wake, type Seeded } from '../support/panels';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

const count = 8;

function onPanel(shop: TestShop, path: string): string {
  return `${shop.sandbox.url}/sandbox/panels/main/${path}`;
}

async function byHand(shop: TestShop, email: string, changes: object | null): Promise<void> {
  await post(onPanel(shop, 'hand'), { email, changes });
}

async function lastSync(
  shop: TestShop,
): Promise<{ foreign_accounts: number; repaired: Record<string, number>; implausible: string | null; refreshed_links: number }> {
  return shop.db('panel_syncs').where({ panel_id: 'main' }).first();
}

function terms(clients: readonly PanelClient[]): readonly unknown[] {
  return clients
    .map(({ inboundId, email, enable, expiryTime }) => [inboundId, email, enable, expiryTime])
    .toSorted((a, b) => String(a).localeCompare(String(b)));
}

describe('panel sync', () => {
  let shop: TestShop;
  let seeded: readonly Seeded[];
  let names: readonly string[];
  beforeAll(async () => {
    // The second look of an operation would repair some of it too.
    shop = await openTestShop({ tuning: { policy: { secondLookMs: 600_000 } } });
    seeded = await seedSubscriptions(shop, { count, firstId: 71_000 });
    await wake(shop, seeded);
    await until('all are in place', async () => (await panelClients(shop)).length === 2 * count);
    await until('no work is open', async () => (await shop.db('operations').where({ state: 'open' })).length === 0);
    const accounts: readonly { name: string }[] = await shop.db('panel_accounts').orderBy('name').select('name');
    names = accounts.map(({ name }) => name);
  });
  afterAll(() => shop.close());

  it('repairs what was deleted, prolonged, unlimited or disabled by hand, counts foreign clients and never touches them', async () => {
    const before = await panelClients(shop);
    const stranger = {
      inboundId: 1,
      id: '22222222-2222-4222-8222-222222222222',
      email: 'stranger',
      enable: true,
      expiryTime: 0,
      subId: 'x',
    };
    await post(onPanel(shop, 'clients'), stranger);
    await byHand(shop, `${names[0]}-1`, null);
    await byHand(shop, `${names[0]}-2`, null);
    await byHand(shop, `${names[1]}-1`, { expiryTime: 0 });
    await byHand(shop, `${names[2]}-1`, { enable: false });
    await byHand(shop, `${names[3]}-2`, { limitIp: 50 });
    await post(onPanel(shop, 'traffic'), { email: `${names[4]}-1`, bytes: 700 });
    await post(onPanel(shop, 'traffic'), { email: `${names[4]}-2`, bytes: 77 });
    await runJob(shop, 'sync-panels', async () => (await lastSync(shop))?.foreign_accounts === 1);
    await until('the panel is as before', async () => {
      const now = (await panelClients(shop)).filter((client) => client.email !== 'stranger');
      return JSON.stringify(terms(now)) === JSON.stringify(terms(before));
    });
    const sync = await lastSync(shop);
    expect(sync.implausible).toBeNull();
    expect(sync.repaired).toEqual({ missing: 1, end: 1, switched: 1, mixed: 1 });
    expect((await panelClients(shop)).find((client) => client.email === 'stranger')).toMatchObject({ enable: true, expiryTime: 0 });
    const used: { counted_bytes: number } = await shop
      .db('account_usage')
      .join('panel_accounts', 'panel_accounts.id', 'panel_account_id')
      .where({ name: names[4] })
      .first('counted_bytes');
    expect(used.counted_bytes).toBe(777);
    const causes: readonly { cause: string }[] = await shop.db('operations').whereLike('cause', 'sync:%').select('cause');
    expect(causes).toHaveLength(4);
    const report = (await runCommand(shop, 'panels')).out;
    expect(report).toMatch(
      /^main\n {2}up since .*, 3x-ui 2\.\d.*, core running\n {2}accounts: 8 of this shop, 1 foreign \(never touched\); used 0\.0 GB\n/,
    );
    expect(report).toMatch(/drift repaired: (?=.*missing 1)(?=.*end 1)(?=.*switched 1)(?=.*mixed 1)/);
  });

  it('makes links anew when an inbound moves to another port, without work on the panel', async () => {
    await until('no work is open', async () => (await shop.db('operations').where({ state: 'open' })).length === 0);
    const operations = (await shop.db('operations')).length;
    const token = seeded[0]?.token ?? '';
    expect((await feedLinks(shop, token))[0]).toContain(':20001?');
    await post(onPanel(shop, 'inbounds'), { id: 1, port: 44_301 });
    await runJob(shop, 'sync-panels', async () => (await lastSync(shop)).refreshed_links === count);
    await until('the feed has the new port', async () => (await feedLinks(shop, token))[0]?.includes(':44301?'));
    expect((await shop.db('operations')).length).toBe(operations);
  });

  it('believes no list on which half of the clients are gone, tells the operator, and repairs it on his word', async () => {
    await shop.buyer(900).say('/start');
    const before = await panelClients(shop);
    for (const name of names.slice(0, count / 2)) for (const inbound of [1, 2]) await byHand(shop, `${name}-${inbound}`, null);
    const operations = (await shop.db('operations')).length;
    await runJob(shop, 'sync-panels', async () => (await lastSync(shop)).implausible !== null);
    expect((await lastSync(shop)).implausible).toBe('4 of 8 clients of this shop are gone');
    expect((await shop.db('operations')).length).toBe(operations);
    await shop.buyer(900).see(/repair main/);
    expect((await runCommand(shop, 'panels')).out).toMatch(/not believed: 4 of 8 clients.*npm run shop -- repair main/);
    expect((await runCommand(shop, 'repair', 'mars')).refusal).toBe('there is no panel "mars"');
    expect((await runCommand(shop, 'repair', 'main')).refusal).toBeUndefined();
    await runJob(shop, 'sync-panels', async () => (await lastSync(shop)).repaired['missing'] === count / 2);
    await until('all are back', async () => JSON.stringify(terms(await panelClients(shop))) === JSON.stringify(terms(before)));
  });

  it('asks the panel once, and nothing while it is down', async () => {
    const calls = async (): Promise<number> =>
      ((await (await fetch(onPanel(shop, 'calls'))).json()) as Record<string, number>)['list'] ?? 0;
    await until('no work is open', async () => (await shop.db('operations').where({ state: 'open' })).length === 0);
    await fault(shop, { target: 'panel:main', mode: 'refuse', operation: 'status' });
    await until('the panel counts as down', async () => (await shop.db('panel_health').where({ state: 'down' })).length === 1);
    await shop.db('panel_health').update({ retry_at: new Date(Date.now() + 60_000) });
    const before = await calls();
    const { ran_at: ran }: { ran_at: Date } = await shop.db('panel_syncs').first('ran_at');
    await shop.temporal.schedule.getHandle('sync-panels').trigger();
    await until('the job has failed', async () => {
      for await (const run of shop.temporal.workflow.list({ query: `WorkflowType = 'syncPanelsWorkflow' and ExecutionStatus = 'Failed'` }))
        return run.workflowId !== '';
      return false;
    });
    expect(await calls()).toBe(before);
    expect((await shop.db('panel_syncs').first('ran_at')).ran_at).toEqual(ran);
  });
});
