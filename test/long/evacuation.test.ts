import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { panelClients } from '../support/facts';
import { feedLinks, seedSubscriptions, wake, type Seeded } from '../support/panels';
import { startRole, type RoleProcess } from '../support/processes';
import { isDone, movingShop, startJob } from '../support/servers';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

const count = 200;
const patienceMs = 240_000;

describe(`moving ${count} keys to another server while the worker is killed twice`, () => {
  let shop: TestShop;
  let worker: RoleProcess;
  let seeded: readonly Seeded[];
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: movingShop, panels: ['main', 'second'], closed: true });
    await shop.open('api');
    worker = startRole(shop, 'worker');
    seeded = await seedSubscriptions(shop, { count, firstId: 72_000 });
    await wake(shop, seeded);
    await until('all are on the old server', async () => (await panelClients(shop)).length === count, patienceMs);
    await until('no work is open', async () => (await shop.db('operations').where({ state: 'open' })).length === 0, patienceMs);
  });
  afterAll(async () => {
    await worker.stop();
    await shop.close();
  });

  async function moved(): Promise<number> {
    return count - (await shop.db('vpn_keys').where({ server_id: 'nl' })).length;
  }

  /** Whether every link of a feed opens something on the panel it leads to, at this moment. */
  async function worksNow(token: string): Promise<string> {
    const links = await feedLinks(shop, token);
    const [old, fresh] = await Promise.all([panelClients(shop), panelClients(shop, 'second')]);
    const open = new Set([...old, ...fresh].filter((client) => client.enable).map((client) => client.id));
    const dead = links.filter((link) => !open.has(/^vless:\/\/([^@]+)@/.exec(link)?.[1] ?? ''));
    if (links.length === 0) return 'an empty feed';
    return dead.length === links.length ? `only dead links: ${dead.length}` : 'works';
  }

  it('leaves every subscription on the new server, none on the old, and feeds right at every moment', async () => {
    const seen = new Set<string>();
    let polls = 0;
    const polling = new AbortController();
    const watch = (async () => {
      for (let index = 0; !polling.signal.aborted; index += 1) {
        const one = seeded[(index * 7) % count];
        if (one !== undefined) seen.add(await worksNow(one.token));
        polls += 1;
      }
    })();
    const job = await startJob(shop, { serverId: 'nl', kind: 'evacuate', toServerId: 'de' });
    for (const share of [0.2, 0.6]) {
      await until(`${share} of the keys have moved`, async () => (await moved()) >= share * count, patienceMs);
      await worker.kill();
      expect(await isDone(shop, job)).toBe(false);
      worker = startRole(shop, 'worker');
    }
    await until('the job is done', () => isDone(shop, job), patienceMs);
    polling.abort();
    await watch;
    expect([...seen]).toEqual(['works']);
    expect(polls).toBeGreaterThan(50);
    const clients = await panelClients(shop, 'second');
    expect(clients).toHaveLength(count);
    expect(clients.every((client) => client.enable)).toBe(true);
    // A 3x-ui inbound keeps its last client: switched off is as good as gone.
    expect((await panelClients(shop)).filter((client) => client.enable)).toEqual([]);
    expect(await shop.db('vpn_keys').where({ server_id: 'nl' })).toEqual([]);
    expect(await shop.db('vpn_keys').where({ server_id: 'de' }).whereNotNull('connection_string')).toHaveLength(count);
    for (const { token } of seeded.slice(0, 20))
      expect((await feedLinks(shop, token)).map((link) => link.split('#')[1])).toEqual(['🇩🇪 Германия']);
  });
});
