import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fault, panelClients } from '../support/facts';
import { feedLinks, seedSubscriptions, wake } from '../support/panels';
import { isDone, movingShop, startJob } from '../support/servers';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

describe('a server whose panel is dead', () => {
  const many = 14;
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: movingShop, panels: ['main', 'second'] });
  });
  afterAll(() => shop.close());

  it('is left by all its keys at once, and cleared when it returns', async () => {
    const seeded = await seedSubscriptions(shop, { count: many, firstId: 79_000 });
    await wake(shop, seeded);
    await until('all are in place', async () => (await shop.db('vpn_keys').whereNotNull('connection_string')).length === many);
    await fault(shop, { target: 'panel:main', mode: 'refuse' });
    await until(
      'the panel counts as down',
      async () => (await shop.db('panel_health').where({ panel_id: 'main', state: 'down' })).length === 1,
    );
    const job = await startJob(shop, { serverId: 'nl', kind: 'evacuate', toServerId: 'de' });
    await until('all have moved', async () => (await shop.db('vpn_keys').where({ server_id: 'nl' })).length === 0, 60_000);
    for (const { token } of seeded) expect((await feedLinks(shop, token)).map((link) => link.split('#')[1])).toEqual(['🇩🇪 Германия']);
    expect(await isDone(shop, job)).toBe(false);
    await fault(shop, { target: 'panel:main', mode: null });
    await until('the old panel is cleared', () => isDone(shop, job), 60_000);
    expect((await panelClients(shop)).filter((client) => client.enable)).toEqual([]);
  });
});
