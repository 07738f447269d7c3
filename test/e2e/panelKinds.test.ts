import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { demoShop } from '../../sandbox/demoShop';
import { fault, orderByCard, post, untilFulfilled } from '../support/facts';
import { runJob } from '../support/panels';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

const squad = 'd7dec908-e130-42dc-aadd-aa5182dd8f6f';

function panel(id: string, kind: string, credentials: string): string {
  return `  - { id: ${id}, kind: ${kind}, url: "\${DEMO_SANDBOX_URL}/panels/${id}", tls: plain-http, ${credentials} }\n`;
}

function server(id: string, onPanel: string, targets: string): string {
  return `  - { id: ${id}, panel: ${onPanel}, title: ${onPanel}, country: NL, ${targets} }\n`;
}

const token = 'token: "${DEMO_PANEL_PASSWORD}"';
function login(username: string): string {
  return `username: ${username}, password: "\${DEMO_PANEL_PASSWORD}"`;
}
const places = [
  'panels:\n',
  panel('old', 'remnawave', token),
  panel('wave', 'remnawave', token),
  panel('mar', 'marzban', login('admin')),
  panel('guard', 'pasarguard', login('owner')),
  'servers:\n',
  server('s1', 'old', `squads: [${squad}]`),
  server('s2', 'wave', `squads: [${squad}]`),
  server('s3', 'mar', 'inbounds: [VLESS WS]'),
  server('s4', 'guard', 'groups: [2]'),
].join('');
const shopFile = `${demoShop.slice(0, demoShop.indexOf('panels:'))}${places}${demoShop.slice(demoShop.indexOf('payments:'))}`;

interface Seen {
  readonly username: string;
  readonly [field: string]: unknown;
}

describe('a shop with panels of every other kind', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop({
      shopFile,
      // The second look of an operation would repair some of it too.
      tuning: { policy: { secondLookMs: 600_000 } },
      panels: [],
      otherPanels: { old: 'remnawave-2.8.1', wave: 'remnawave-3.3.2', mar: 'marzban-0.8.4', guard: 'pasarguard-5.2.1' },
    });
  });
  afterAll(() => shop.close());

  async function held(name: string): Promise<readonly Seen[]> {
    const reply = await fetch(`${shop.sandbox.url}/sandbox/panels/${name}/clients`);
    // The sandbox's own answer, in its own shape.
    return (await reply.json()) as Seen[];
  }

  async function endsAt(): Promise<number> {
    const subscription: { ends_at: Date } = await shop.db('subscriptions').first('ends_at');
    return subscription.ends_at.getTime();
  }

  async function expectPaidEnd(): Promise<void> {
    const end = await endsAt();
    const [old, wave, mar, guard] = [await held('old'), await held('wave'), await held('mar'), await held('guard')];
    expect([old.length, wave.length, mar.length, guard.length]).toEqual([1, 1, 1, 1]);
    for (const [user] of [old, wave]) expect([user?.['status'], Date.parse(String(user?.['expireAt']))]).toEqual(['ACTIVE', end]);
    expect([mar[0]?.['status'], mar[0]?.['expire']]).toEqual(['active', Math.ceil(end / 1000)]);
    expect([guard[0]?.['status'], Date.parse(String(guard[0]?.['expire']))]).toEqual(['active', end]);
  }

  it('sells a subscription that every panel holds with the paid end, and whose feed has their nodes', async () => {
    const buyer = shop.buyer();
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    const link = await buyer.seeLink(60_000);
    await untilFulfilled(shop);
    await expectPaidEnd();
    const feed = Buffer.from(await (await fetch(link)).text(), 'base64').toString('utf8');
    const hosts = feed.split('\n').map((line) => /@([^:]+):/.exec(line)?.[1]);
    expect(hosts.toSorted()).toEqual(['de.example', 'de.example', 'fi.example', 'fi.example', 'node-b.example', 'node-b.example']);
  });

  it('renews on all of them while each loses an answer', async () => {
    const lost = { old: 'change', wave: 'change', mar: 'change', guard: 'change' };
    for (const [name, operation] of Object.entries(lost)) await fault(shop, { target: `panel:${name}`, mode: 'drop', operation, count: 1 });
    const row: { telegram_id: string } = await shop.db('users').first('telegram_id');
    const buyer = shop.buyer(Number(row.telegram_id));
    const before = await endsAt();
    await buyer.say('/my');
    await buyer.press(/^Продлить/);
    const payment = await until('the renewal has its page', async () => {
      const rows: readonly { id: string }[] = await shop.db('payments').whereNotNull('pay_url').orderBy('created_at', 'desc');
      return rows.length === 2 ? rows[0] : undefined;
    });
    await post(`${shop.sandbox.url}/sandbox/payments/${payment.id}/pay`);
    await untilFulfilled(shop, 2);
    expect(await endsAt()).toBeGreaterThan(before);
    await expectPaidEnd();
  });

  it('finds by its own look what was changed by hand on each, and puts it right', async () => {
    const byHand = {
      old: { status: 'DISABLED' },
      wave: { expireAt: '2099-01-01T00:00:00.000Z' },
      mar: { status: 'disabled' },
      guard: { group_ids: [] },
    };
    for (const [name, change] of Object.entries(byHand)) {
      const [user] = await held(name);
      await post(`${shop.sandbox.url}/sandbox/panels/${name}/clients`, { username: user?.username, ...change });
    }
    // One look writes over the last, so that each panel is noted when it is seen.
    const repaired = new Set<string>();
    await runJob(shop, 'sync-panels', async () => {
      const synced: readonly { panel_id: string; repaired: Record<string, number> }[] = await shop.db('panel_syncs');
      for (const one of synced) if (Object.keys(one.repaired).length > 0) repaired.add(one.panel_id);
      return repaired.size === Object.keys(byHand).length;
    });
    await until('no work is open', async () => (await shop.db('operations').where({ state: 'open' })).length === 0);
    await expectPaidEnd();
    expect((await held('guard'))[0]?.['group_ids']).toEqual([2]);
    // A second look finds nothing to do, so that what panels round is taken for what it is.
    await runJob(shop, 'sync-panels', async () => {
      const synced: readonly { repaired: Record<string, number> }[] = await shop.db('panel_syncs').select('repaired');
      return synced.every(({ repaired }) => Object.keys(repaired).length === 0);
    });
  });
});
