import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { changeAccess } from '../../src/db/access';
import { forgetKeys } from '../../src/db/keptKeys';
import { fault, panelClients, post, type PanelClient } from '../support/facts';
import { holdChanges } from '../support/hold';
import { feedLinks, runJob, seedSubscriptions, wake, type Seeded } from '../support/panels';
import { openSplitShop, type SplitShop } from '../support/processes';
import type { TestShop } from '../support/shop';
import { until } from '../support/until';

const dayMs = 86_400_000;
const oldCount = 6;
const liveCount = 2;
/** Keys of one subscription: the demo's shop has two servers. */
const keys = 2;
const foreign = { inboundId: 1, id: '00000000-0000-4000-8000-00000000f0e1', email: 'somebody-else', enable: true, expiryTime: 0 };

interface Account {
  readonly uuid: string;
  readonly removed_at: Date | null;
}

describe('kill -9 of the worker while keys are removed that were kept long enough', () => {
  let split: SplitShop;
  let shop: TestShop;
  let firstId = 86_000;
  beforeAll(async () => {
    split = await openSplitShop('worker');
    shop = split.shop;
    await post(`${shop.sandbox.url}/sandbox/panels/main/clients`, foreign);
  });
  afterAll(() => split.close());

  const openWork = async (): Promise<number> => (await shop.db('operations').where({ state: 'open' })).length;

  async function accountOf({ subscriptionId }: Seeded): Promise<Account> {
    return shop.db('panel_accounts').where({ subscription_id: subscriptionId }).first('uuid', 'removed_at');
  }

  async function clientsOf(seeded: Seeded): Promise<readonly PanelClient[]> {
    const { uuid } = await accountOf(seeded);
    return (await panelClients(shop)).filter(({ id }) => id === uuid);
  }

  /** How many of these have nothing on the panel any more. */
  async function goneOf(people: readonly Seeded[]): Promise<number> {
    const clients = await Promise.all(people.map(clientsOf));
    return clients.filter((found) => found.length === 0).length;
  }

  /** Subscriptions whose keys are on the panel: of some the time ran out long ago, others are live. */
  async function seed(): Promise<{ old: readonly Seeded[]; live: readonly Seeded[]; untouched: readonly PanelClient[] }> {
    const seeded = await seedSubscriptions(shop, { count: oldCount + liveCount, firstId });
    firstId += 100;
    await wake(shop, seeded);
    await until('all keys are on the panel', async () => (await openWork()) === 0 && (await goneOf(seeded)) === 0);
    const [old, live] = [seeded.slice(0, oldCount), seeded.slice(oldCount)];
    for (const [index, { subscriptionId }] of old.entries())
      await shop
        .db('subscriptions')
        .where({ id: subscriptionId })
        .update({ ends_at: new Date(Date.now() - (60 - index) * dayMs) });
    const ids = await Promise.all(old.map(async (one) => (await accountOf(one)).uuid));
    const untouched = (await panelClients(shop)).filter(({ id }) => !ids.includes(id));
    expect(untouched.length).toBeGreaterThan(liveCount * keys);
    return { old, live, untouched };
  }

  async function renew(subscriptionId: string): Promise<void> {
    const endsAt = new Date(Date.now() + 10 * dayMs);
    const change = { subscriptionId, kind: 'manual', source: 'test', sourceId: `again-${subscriptionId}`, endsAt } as const;
    await shop.db.transaction((tx) => changeAccess(tx, { ...change, settings: { graceMs: 0 }, now: new Date() }));
  }

  async function expectGone(people: readonly Seeded[]): Promise<void> {
    await until(
      'the old keys are gone and nothing is open',
      async () => (await goneOf(people)) === people.length && (await openWork()) === 0,
      90_000,
    );
    for (const person of people) {
      expect((await accountOf(person)).removed_at).not.toBeNull();
      const links: readonly { connection_string: string | null }[] = await shop
        .db('vpn_keys')
        .where({ subscription_id: person.subscriptionId })
        .select('connection_string');
      expect(links).toEqual(Array.from({ length: keys }, () => ({ connection_string: null })));
    }
  }

  async function expectLive(people: readonly Seeded[]): Promise<void> {
    for (const person of people) {
      expect((await clientsOf(person)).map(({ enable }) => enable)).toEqual([true, true]);
      expect((await accountOf(person)).removed_at).toBeNull();
      await until('the link gives both keys', async () => (await feedLinks(shop, person.token)).length === keys);
    }
  }

  async function expectUntouched(untouched: readonly PanelClient[]): Promise<void> {
    const ids = new Set(untouched.map(({ id }) => id));
    expect((await panelClients(shop)).filter(({ id }) => ids.has(id))).toEqual(untouched);
  }

  it('on the panel: all go after a restart, and who was renewed meanwhile has the same keys, on the panel still or anew', async () => {
    const { old, live, untouched } = await seed();
    const before = await Promise.all(old.map(clientsOf));
    await fault(shop, { target: 'panel:main', operation: 'delClient', mode: 'slow', delayMs: 700 });
    await shop.temporal.schedule.getHandle('retention').trigger();
    await until('some are gone, others not', async () => {
      const gone = await goneOf(old);
      return gone >= 2 && gone <= oldCount - 2;
    });
    await split.kill();
    await fault(shop, { target: 'panel:main', mode: null });
    const clients = await Promise.all(old.map(clientsOf));
    const gone = clients.findIndex((found) => found.length === 0);
    const there = clients.findLastIndex((found) => found.length === keys);
    expect(await openWork()).toBeGreaterThan(0);
    const renewed = old.filter((_, index) => index === gone || index === there);
    expect(renewed).toHaveLength(2);
    for (const { subscriptionId } of renewed) await renew(subscriptionId);
    split.start();
    await wake(shop, renewed);

    await expectGone(old.filter((one) => !renewed.includes(one)));
    await expectLive([...live, ...renewed]);
    const names = (found: readonly PanelClient[] | undefined): readonly string[] | undefined =>
      found?.map(({ id, email }) => `${id} ${email}`);
    const after = await Promise.all(old.map(clientsOf));
    for (const index of [gone, there]) expect(names(after[index])).toEqual(names(before[index]));
    await expectUntouched(untouched);
  });

  /** Decides over one as a worker that was killed before it told the user's workflow, some time ago; returns the user. */
  async function leaveUntold(old: Seeded | undefined): Promise<number> {
    const subscriptionId = old?.subscriptionId ?? '';
    const userId = await forgetKeys(shop.db, { subscriptionId, endedBefore: new Date(), now: new Date() });
    if (userId === undefined) throw new Error('there was nothing to forget');
    await shop
      .db('operations')
      .where({ user_id: userId, state: 'open' })
      .update({ created_at: new Date(Date.now() - dayMs) });
    return userId;
  }

  it('in the books: who was not come to or not told yet follows after a restart, and nobody else is touched', async () => {
    const { old, live, untouched } = await seed();
    const [, , third] = old;
    const untold = await leaveUntold(old.at(-1));
    const when = `new.removed_at is not null and new.subscription_id = '${third?.subscriptionId}'`;
    const hold = await holdChanges(shop.db, { table: 'panel_accounts', change: 'update', when });
    await shop.temporal.schedule.getHandle('retention').trigger();
    await until('the third is come to', () => hold.isReached());
    await split.kill();
    await hold.cut();
    const removed = await Promise.all(old.map(async (one) => (await accountOf(one)).removed_at !== null));
    expect(removed).toEqual([true, true, false, false, false, true]);
    split.start();
    await runJob(shop, 'sweep-users', async () => (await shop.db('operations').where({ user_id: untold, state: 'open' })).length === 0);

    await expectGone(old);
    await expectLive(live);
    await expectUntouched(untouched);
  });
});
