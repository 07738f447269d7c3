import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyShop } from '../../src/catalog/apply';
import { parseShopFile } from '../../src/catalog/load';
import { createSealer, loadOrCreateSecretKeys } from '../../src/db/seal';
import { defaultPolicy } from '../../src/domain/policy';
import { tuned } from '../../src/main/tuning';
import { demoShop, shopValues } from '../../sandbox/demoShop';
import { panelClients, post } from '../support/facts';
import { runJob, seedSubscriptions, wake, type Seeded } from '../support/panels';
import { startRole, type RoleProcess } from '../support/processes';
import { openTestShop, quick, secrets, type TestShop } from '../support/shop';
import { until } from '../support/until';

const count = 6;
const tripleShop = demoShop.replace('inbounds: [1]', 'inbounds: [1, 99]');

async function apply(shop: TestShop, text: string): Promise<void> {
  const values = shopValues({ apiUrl: shop.apiUrl, sandboxUrl: shop.sandbox.url, panelPassword: secrets.panelPassword, keys: secrets });
  const sealer = createSealer(loadOrCreateSecretKeys(shop.config.dataDir));
  await applyShop(shop.db, { file: parseShopFile('test', text, values), sealer, actor: 'test' });
}

/** Every account of the shop once per inbound, open, with the end and limits that were granted. */
async function expectExactly(shop: TestShop, seeded: readonly Seeded[], inbounds: readonly number[]): Promise<void> {
  const ends = new Map<string, number>();
  for (const { subscriptionId } of seeded) {
    const account: { name: string } = await shop.db('panel_accounts').where({ subscription_id: subscriptionId }).first('name');
    const subscription: { ends_at: Date } = await shop.db('subscriptions').where({ id: subscriptionId }).first('ends_at');
    for (const inbound of inbounds) ends.set(`${account.name}-${inbound}`, subscription.ends_at.getTime());
  }
  const clients = await panelClients(shop);
  expect(clients.map((client) => [client.email, client.enable, client.expiryTime]).toSorted()).toEqual(
    [...ends].map(([email, end]) => [email, true, end]).toSorted(),
  );
}

describe('one operation', () => {
  let shop: TestShop;
  const workers: RoleProcess[] = [];
  beforeAll(async () => {
    shop = await openTestShop({ closed: true });
    for (let one = 0; one < 2; one += 1) workers.push(startRole(shop, 'worker'));
  });
  afterAll(async () => {
    for (const worker of workers) await worker.stop();
    await shop.close();
  });

  async function runEach(suffix: string): Promise<void> {
    const operations: readonly { id: string; user_id: number }[] = await shop.db('operations').select('id', 'user_id');
    const started = await Promise.all(
      operations.map(({ id, user_id: userId }) =>
        shop.temporal.workflow.start('ensureAccountWorkflow', {
          workflowId: `${id}-${suffix}`,
          taskQueue: 'shop',
          args: [
            {
              v: 1,
              userId,
              operationId: id,
              times: tuned(quick).times,
              policy: { ...defaultPolicy, secondLookMs: 100, searchAttributes: false },
            },
          ],
        }),
      ),
    );
    await Promise.all(started.map((handle) => handle.result()));
  }

  it('run at once from two worker processes, and then once more, makes one account with the paid end', async () => {
    const seeded = await seedSubscriptions(shop, { count, firstId: 75_000 });
    await Promise.all([runEach('a'), runEach('b')]);
    await expectExactly(shop, seeded, [1, 2]);
    const workersSeen = new Set<string>();
    const operations: readonly { id: string }[] = await shop.db('operations').select('id');
    for (const { id } of operations) {
      for (const suffix of ['a', 'b']) {
        const { events } = await shop.temporal.workflow.getHandle(`${id}-${suffix}`).fetchHistory();
        for (const event of events ?? []) workersSeen.add(event.activityTaskStartedEventAttributes?.identity ?? '');
      }
    }
    workersSeen.delete('');
    expect(workersSeen.size).toBe(2);
    await runEach('again');
    await expectExactly(shop, seeded, [1, 2]);
  }, 200_000);

  it('and a panel restored from an old backup: the next sync gives everybody the paid end again, once', async () => {
    const seeded: readonly Seeded[] = await shop.db('subscriptions').select({ subscriptionId: 'id', userId: 'user_id', token: 'token' });
    const base = `${shop.sandbox.url}/sandbox/panels/main`;
    const { backup } = (await (await fetch(`${base}/backups`, { method: 'POST' })).json()) as { backup: number };
    const more = await seedSubscriptions(shop, { count: 2, firstId: 76_000 });
    await wake(shop, more);
    await until('the new ones are there', async () => (await panelClients(shop)).length === 2 * (count + 2));
    await until('no work is open', async () => (await shop.db('operations').where({ state: 'open' })).length === 0);
    await post(`${base}/restore`, { backup });
    expect(await panelClients(shop)).toHaveLength(2 * count);
    await runJob(shop, 'sync-panels', async () => (await shop.db('panel_syncs').first())?.repaired.missing === 2);
    await until('they are back', async () => (await panelClients(shop)).length === 2 * (count + 2));
    await expectExactly(shop, [...seeded, ...more], [1, 2]);
  }, 200_000);
});

describe('one target of several absent', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: tripleShop });
  });
  afterAll(() => shop.close());

  it('gives what is there its paid end, never more, tells the operator, and is complete once the file is right', async () => {
    await shop.buyer(900).say('/start');
    const seeded = await seedSubscriptions(shop, { count: 2, firstId: 77_000 });
    await wake(shop, seeded);
    await shop.buyer(900).see(/Panel main.*99/);
    await until('the work waits', async () => (await shop.db('operations').where({ last_error_code: 'PanelTargetMissing' })).length === 2);
    for (const client of await panelClients(shop)) expect(client.expiryTime).toBeGreaterThan(Date.now());
    await apply(shop, demoShop.replace('inbounds: [1]', 'inbounds: [1, 3]'));
    await until('the file is followed', async () => (await panelClients(shop)).length === 6, 60_000);
    await expectExactly(shop, seeded, [1, 2, 3]);
  });
});
