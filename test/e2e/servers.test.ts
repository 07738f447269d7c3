import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyShop } from '../../src/catalog/apply';
import { parseShopFile } from '../../src/catalog/load';
import { createSealer, loadOrCreateSecretKeys } from '../../src/db/seal';
import { shopValues } from '../../sandbox/demoShop';
import { runCommand } from '../support/commands';
import { orderByCard, panelClients, post } from '../support/facts';
import { feedLinks, seedSubscriptions, wake, type Seeded } from '../support/panels';
import { isDone, movingShop, startJob } from '../support/servers';
import { openTestShop, secrets, type TestShop } from '../support/shop';
import { until } from '../support/until';

const count = 6;

describe('a server with a life', () => {
  let shop: TestShop;
  let seeded: readonly Seeded[];
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: movingShop, panels: ['main', 'second'] });
    seeded = await seedSubscriptions(shop, { count, firstId: 73_000 });
    await wake(shop, seeded);
    await until('all are in place', async () => (await shop.db('vpn_keys').whereNotNull('connection_string')).length === count);
  });
  afterAll(() => shop.close());

  async function run(wish: Parameters<typeof startJob>[1]): Promise<void> {
    const job = await startJob(shop, wish);
    await until(`${wish.kind} ${wish.serverId} is done`, () => isDone(shop, job), 60_000);
  }

  async function names(token: string): Promise<readonly (string | undefined)[]> {
    return (await feedLinks(shop, token)).map((link) => link.split('#')[1]);
  }

  async function apply(file: string): Promise<void> {
    const values = shopValues({ apiUrl: shop.apiUrl, sandboxUrl: shop.sandbox.url, panelPassword: secrets.panelPassword, keys: secrets });
    const sealer = createSealer(loadOrCreateSecretKeys(shop.config.dataDir));
    await applyShop(shop.db, { file: parseShopFile('test', file, values), sealer, actor: 'test' });
  }

  it('is added: every live subscription whose plan covers it gets a key there', async () => {
    await apply(movingShop.replaceAll('servers: [nl]', 'servers: [nl, de]'));
    await run({ serverId: 'de', kind: 'add' });
    expect(await panelClients(shop, 'second')).toHaveLength(count);
    expect(await names(seeded[3]?.token ?? '')).toEqual(['🇳🇱 Нидерланды', '🇩🇪 Германия']);
  });

  it('is drained: a purchase gets no key there, and what is there works on', async () => {
    expect((await runCommand(shop, 'server', 'drain', 'nl')).refusal).toBeUndefined();
    expect((await runCommand(shop, 'server', 'list')).out).toMatch(/^nl +draining +panel main, 6 key\(s\)$/m);
    const buyer = shop.buyer();
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Доступ открыт до/);
    const bought: { token: string } = await shop.db('subscriptions').orderBy('created_at', 'desc').first('token');
    expect(await names(bought.token)).toEqual(['🇩🇪 Германия']);
    expect(await names(seeded[0]?.token ?? '')).toEqual(['🇳🇱 Нидерланды', '🇩🇪 Германия']);
    expect((await runCommand(shop, 'server', 'undrain', 'nl')).out).toBe('Server nl takes new keys again.\n');
  });

  it('is disabled: out of the feed and closed on the panel; enabled: back with the same credentials', async () => {
    const before = (await panelClients(shop)).map((client) => client.id).toSorted();
    await run({ serverId: 'nl', kind: 'disable' });
    expect((await panelClients(shop)).filter((client) => client.enable)).toEqual([]);
    expect(await names(seeded[1]?.token ?? '')).toEqual(['🇩🇪 Германия']);
    await run({ serverId: 'nl', kind: 'enable' });
    expect(
      (await panelClients(shop))
        .filter((client) => client.enable)
        .map((client) => client.id)
        .toSorted(),
    ).toEqual(before);
    expect(await names(seeded[1]?.token ?? '')).toEqual(['🇳🇱 Нидерланды', '🇩🇪 Германия']);
  });

  it('is moved by command to another, which says how far it is, and refuses what cannot be', async () => {
    expect((await runCommand(shop, 'server', 'evacuate', 'nl', '--to', 'mars')).refusal).toBe('there is no server "mars"; known: nl, de');
    expect((await runCommand(shop, 'server', 'evacuate', 'nl', '--to', 'nl')).refusal).toMatch(/cannot be moved to itself/);
    const moved = await runCommand(shop, 'server', 'evacuate', 'nl', '--to', 'de');
    expect(moved).toMatchObject({ refusal: undefined, out: expect.stringMatching(/6 of 6 done, 0 piece[^]*Server nl: done\./) });
    expect(await names(seeded[4]?.token ?? '')).toEqual(['🇩🇪 Германия']);
    expect((await panelClients(shop)).filter((client) => client.enable)).toEqual([]);
    expect((await runCommand(shop, 'server', 'remove', 'de')).refusal).toMatch(/7 live subscription.*server evacuate de --to <server>/);
    await run({ serverId: 'nl', kind: 'add' });
    expect(await names(seeded[4]?.token ?? '')).toEqual(['🇳🇱 Нидерланды', '🇩🇪 Германия']);
  });

  it('is not dropped by a file while keys live there, and the refusal names the safe command', async () => {
    const without = movingShop.replaceAll('servers: [nl]', 'servers: [de]').replace(/ {2}- id: nl\n(?: {4}.*\n)+/, '');
    await expect(apply(without)).rejects.toThrow(/7 live VPN key.*server evacuate nl --to <server>.*server remove nl/);
    await run({ serverId: 'nl', kind: 'remove' });
    expect((await panelClients(shop)).filter((client) => client.enable)).toEqual([]);
    expect(await names(seeded[2]?.token ?? '')).toEqual(['🇩🇪 Германия']);
    await apply(movingShop.replaceAll('servers: [nl]', 'servers: [nl, de]'));
    expect((await shop.db('servers').where({ id: 'nl' }).first()).archived_at).not.toBeNull();
    await apply(without);
  });
});
