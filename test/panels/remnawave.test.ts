import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { remnawaveRules } from '../../sandbox/panel/remnawave/remnawave';
import { createHttpClient } from '../../src/http';
import type { DesiredAccount, Panel } from '../../src/panels/panel';
import { createRemnawave } from '../../src/panels/remnawave/panel';
import { codeOf, signal } from './contract/case';
import { failsOnceThenMakesOne } from './onceThenOne';
import { servePanel, type ServedPanel } from './serve';

const token = 'canary-remnawave-token';
const shop = 'd7dec908-e130-42dc-aadd-aa5182dd8f6f';
const premium = '8a5825c2-5fb2-4827-9a12-8abe5ea78967';
const trojanOnly = 'fe2c340e-9b2a-4b7a-bec8-3721760caa17';
const name = 'kabcdefgh12345';
const now = new Date('2026-11-26T12:00:00Z');
const later = new Date('2027-11-26T12:00:00Z');

function desired(changes: Partial<DesiredAccount> = {}): DesiredAccount {
  return {
    credentials: { name, uuid: '0b8f0f6e-1111-4222-8333-444455556666', password: 'canary-password-0001', subId: 'canary-short-id' },
    enabled: true,
    endsAt: later,
    trafficLimitBytes: 1000,
    deviceLimit: 2,
    targets: [shop],
    ...changes,
  };
}

describe('Remnawave', () => {
  let served: ServedPanel;
  let panel: Panel;

  function connect(settings: { readonly token?: string; readonly apiKey?: string } = {}): Panel {
    const http = createHttpClient({ tls: { mode: 'plain-http' } });
    return createRemnawave({ url: served.url, token, ...settings }, { http, clock: { now: () => now } });
  }

  async function user(): Promise<Record<string, unknown>> {
    const found = (await served.clients()).find((one) => one['username'] === name);
    if (found === undefined) throw new Error('the user is not there');
    return found;
  }

  beforeEach(async () => {
    served = await servePanel(remnawaveRules({ version: '3.3.2', token }), { now: () => now });
    panel = connect();
  });
  afterEach(async () => {
    await panel.close();
    await served.stop();
  });

  it('writes every field that means "unlimited" when it is left out, and our own credentials', async () => {
    await panel.ensureAccount(desired({ trafficLimitBytes: 0, deviceLimit: 0 }), signal);
    expect(await user()).toMatchObject({
      vlessUuid: desired().credentials.uuid,
      shortUuid: 'canary-short-id',
      trojanPassword: 'canary-password-0001',
      trafficLimitBytes: 0,
      trafficLimitStrategy: 'NO_RESET',
      hwidDeviceLimit: 0,
      expireAt: later.toISOString(),
    });
  });

  it('gives the nodes that the panel hands out', async () => {
    const seen = await panel.ensureAccount(desired(), signal);
    expect(seen.targets).toMatchObject([
      {
        target: shop,
        nodes: [
          { protocol: 'vless', address: 'fi.example', port: 443, flow: 'xtls-rprx-vision' },
          { protocol: 'trojan', address: 'de.example', port: 8443, password: 'canary-password-0001' },
        ],
      },
    ]);
  });

  it('never takes the dummy nodes of an account that is off for nodes', async () => {
    expect((await panel.ensureAccount(desired({ enabled: false }), signal)).targets).toEqual([{ target: shop, nodes: [] }]);
  });

  it('shows squads without a visible host as such that nobody can be sold on', async () => {
    const enabled = async (): Promise<Record<string, boolean>> =>
      Object.fromEntries((await panel.health()).targets.map((target) => [target.title, target.enabled]));
    expect(await enabled()).toEqual({ 'Default-Squad': false, Shop: true, Premium: true });
    const book: { hosts: readonly object[] } = Object(await served.book());
    await served.plant({ hosts: book.hosts.map((host, index) => ({ ...host, isDisabled: index === 0 })) });
    expect(await enabled()).toEqual({ 'Default-Squad': false, Shop: true, Premium: false });
  });

  it('says that squads without a host that can be sold give no link', async () => {
    expect(await codeOf(panel.ensureAccount(desired({ targets: [trojanOnly] }), signal))).toBe('PanelTargetMissing');
  });

  it('revives a user that the panel calls expired although its end has not come', async () => {
    await panel.ensureAccount(desired(), signal);
    await served.plant({ username: name, status: 'EXPIRED' });
    expect((await panel.listAccounts(signal)).accounts).toMatchObject([{ name, enabled: false }]);
    await panel.ensureAccount(desired(), signal);
    expect(await user()).toMatchObject({ status: 'ACTIVE', expireAt: later.toISOString() });
  });

  it('switches off users that are expired or limited, too', async () => {
    for (const status of ['EXPIRED', 'LIMITED']) {
      await panel.ensureAccount(desired(), signal);
      await served.plant({ username: name, status });
      await panel.ensureAccount(desired({ enabled: false }), signal);
      expect(await user()).toMatchObject({ status: 'DISABLED' });
    }
  });

  it('switches off what has ended, whose end the panel cannot be told', async () => {
    await panel.ensureAccount(desired(), signal);
    await panel.ensureAccount(desired({ endsAt: new Date('2026-11-25T00:00:00Z') }), signal);
    expect(await user()).toMatchObject({ status: 'DISABLED' });
  });

  it('leaves a used-up user limited, and opens it when the limit is raised', async () => {
    await panel.ensureAccount(desired(), signal);
    await served.plant({ username: name, usedTrafficBytes: 1500 });
    await served.runJob();
    expect((await panel.ensureAccount(desired(), signal)).changed).toBe(false);
    expect(await user()).toMatchObject({ status: 'LIMITED' });
    await panel.ensureAccount(desired({ trafficLimitBytes: 5000 }), signal);
    expect(await user()).toMatchObject({ status: 'ACTIVE', usedTrafficBytes: 1500 });
  });

  it.each([{ trafficLimitStrategy: 'MONTH' }, { hwidDeviceLimit: 9 }, { squads: [premium] }])(
    'puts back what an operator changed: %j',
    async (change) => {
      await panel.ensureAccount(desired(), signal);
      const before = await user();
      await served.plant({ username: name, ...change });
      await panel.ensureAccount(desired(), signal);
      expect(await user()).toEqual({ ...before, updatedAt: expect.any(String) });
    },
  );

  it('keeps a user whose passwords were made anew on the panel', async () => {
    await panel.ensureAccount(desired(), signal);
    await served.plant({ username: name, vlessUuid: '99999999-1111-4222-8333-444455556666' });
    await panel.ensureAccount(desired(), signal);
    expect(await user()).toMatchObject({ vlessUuid: '99999999-1111-4222-8333-444455556666' });
  });

  it('calls it a conflict when a stranger has the short id', async () => {
    await served.plant({ username: 'stranger', shortUuid: 'canary-short-id' });
    expect(await codeOf(panel.ensureAccount(desired(), signal))).toBe('PanelConflict');
  });

  it('makes nothing for an account that is to be nowhere', async () => {
    expect(await panel.ensureAccount(desired({ enabled: false, targets: [] }), signal)).toEqual({ targets: [], changed: false });
    expect(await served.clients()).toEqual([]);
  });

  failsOnceThenMakesOne(
    [
      ['half-500', 'create', 'PanelUnknownOutcome'],
      ['half-500', 'find', 'PanelUnavailable'],
      ['lost-write', 'create', 'PanelUnknownOutcome'],
      ['drop', 'create', 'PanelUnknownOutcome'],
      ['drop', 'squads', 'PanelUnavailable'],
      ['html', 'find', 'PanelUnavailable'],
      ['html', 'create', 'PanelUnknownOutcome'],
      ['http400', 'find', 'PanelContract'],
    ],
    () => ({ panel, served, desired: desired() }),
  );

  it('takes a stopped database for an outage, never for absence', async () => {
    await panel.ensureAccount(desired(), signal);
    await served.plant({ databaseDown: true });
    expect(await codeOf(panel.removeAccount(desired().credentials, signal))).toBe('PanelUnavailable');
    expect(await codeOf(panel.listAccounts(signal))).toBe('PanelUnavailable');
    expect(await served.clients()).toHaveLength(1);
  });

  it('says that a token was deleted', async () => {
    const refused = connect({ token: `deleted-${token}` });
    expect(await codeOf(refused.health())).toBe('PanelAuthFailed');
    await refused.close();
  });

  it('reads a list of several pages whole', async () => {
    await served.plant({ username: 'user' });
    const [first] = await served.clients();
    const users = Array.from({ length: 1100 }, (_, id) => ({ ...first, id, username: `user${id}` }));
    await served.restore({ ...Object(await served.book()), users });
    expect((await panel.listAccounts(signal)).accounts).toHaveLength(1100);
    expect((await served.calls())['list']).toBe(2);
  });

  it('sorts nodes by the squads their hosts belong to', async () => {
    const seen = await panel.ensureAccount(desired({ targets: [shop, premium] }), signal);
    expect(seen.targets.map(({ target, nodes }) => [target, nodes.length])).toEqual([
      [shop, 2],
      [premium, 1],
    ]);
  });

  it('tells the operator what is a trap', async () => {
    expect((await panel.health()).coreState).toBe('running');
    await served.plant({ nodes: [{ name: 'node-1', isConnected: false, isDisabled: false }] });
    const health = await panel.health();
    expect(health.warnings.join('\n')).toMatch(/node-1 is not connected[\s\S]*devices are counted only/);
    expect(health.coreState).toBe('no node is connected');
  });
});
