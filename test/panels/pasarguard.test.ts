import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pasarguardRules } from '../../sandbox/panel/pasarguard/pasarguard';
import { createHttpClient } from '../../src/http';
import type { DesiredAccount, Panel } from '../../src/panels/panel';
import type { PasarGuardSettings } from '../../src/panels/pasarguard/api';
import { createPasarGuard } from '../../src/panels/pasarguard/panel';
import { codeOf, signal } from './contract/case';
import { failsOnceThenMakesOne } from './onceThenOne';
import { servePanel, type ServedPanel } from './serve';

const login = { username: 'owner', password: 'canary-pasarguard-password' };
const name = 'kabcdefgh12345';
const now = new Date('2026-11-26T12:00:00Z');
const later = new Date('2027-11-26T12:00:00.250Z');
const uuid = '0b8f0f6e-1111-4222-8333-444455556666';

function desired(changes: Partial<DesiredAccount> = {}): DesiredAccount {
  return {
    credentials: { name, uuid, password: 'canary-password-0001', subId: 'canary-short-id' },
    enabled: true,
    endsAt: later,
    trafficLimitBytes: 1000,
    deviceLimit: 2,
    targets: ['1'],
    ...changes,
  };
}

describe('PasarGuard', () => {
  let served: ServedPanel;
  let panel: Panel;

  function connect(credentials: { readonly token: string } | { readonly username: string; readonly password: string } = login): Panel {
    const http = createHttpClient({ tls: { mode: 'plain-http' } });
    const settings: PasarGuardSettings = { url: served.url, ...credentials };
    return createPasarGuard(settings, { http, clock: { now: () => now } });
  }

  async function user(): Promise<Record<string, unknown>> {
    const found = (await served.clients()).find((one) => one['username'] === name);
    if (found === undefined) throw new Error('the user is not there');
    return found;
  }

  beforeEach(async () => {
    served = await servePanel(pasarguardRules(login), { now: () => now });
    panel = connect();
  });
  afterEach(async () => {
    await panel.close();
    await served.stop();
  });

  it('writes every field that means "unlimited" when it is left out, the groups, our own credentials, and the very end', async () => {
    await panel.ensureAccount(desired({ trafficLimitBytes: 0, deviceLimit: 0 }), signal);
    expect(await user()).toMatchObject({
      proxies: { vless: { id: uuid }, trojan: { password: 'canary-password-0001' }, hysteria: { auth: 'canary-password-0001' } },
      group_ids: [1],
      expire: '2027-11-26T12:00:00.250000Z',
      data_limit: 0,
      hwid_limit: 0,
      data_limit_reset_strategy: 'no_reset',
    });
    // 0 after a create and nothing after a change mean the same.
    await panel.ensureAccount(desired({ trafficLimitBytes: 0, deviceLimit: 1 }), signal);
    expect(await user()).toMatchObject({ data_limit: null, hwid_limit: 1 });
  });

  it('leaves the credentials alone when something else changes, and repairs them when they were made anew', async () => {
    await panel.ensureAccount(desired(), signal);
    const before = await user();
    const longer = desired({ endsAt: new Date('2028-01-01T00:00:00Z') });
    await panel.ensureAccount(longer, signal);
    expect((await user())['proxies']).toEqual(before['proxies']);
    await served.plant({
      username: name,
      proxies: Object.assign({}, before['proxies'], { vless: { id: '99999999-1111-4222-8333-444455556666' } }),
    });
    await panel.ensureAccount(longer, signal);
    expect(await user()).toMatchObject({ proxies: { vless: { id: uuid } } });
  });

  it.each([{ data_limit_reset_strategy: 'month' }, { hwid_limit: 9 }, { hwid_limit: null }])(
    'puts back what an operator changed: %j',
    async (change) => {
      await panel.ensureAccount(desired(), signal);
      const before = await user();
      await served.plant({ username: name, ...change });
      await panel.ensureAccount(desired(), signal);
      expect(await user()).toEqual({ ...before, edit_at: expect.any(String) });
    },
  );

  it('puts a user back into its groups', async () => {
    await panel.ensureAccount(desired(), signal);
    await served.plant({ username: name, group_ids: [] });
    expect((await panel.listAccounts(signal)).accounts).toMatchObject([{ targets: [] }]);
    expect((await panel.ensureAccount(desired(), signal)).targets[0]?.nodes).toHaveLength(4);
  });

  it('sorts nodes by the groups they belong to', async () => {
    const seen = await panel.ensureAccount(desired({ targets: ['1', '2'] }), signal);
    expect(seen.targets.map(({ target, nodes }) => [target, nodes.map((node) => node.address)])).toEqual([
      ['1', ['node-a.example', 'node-b.example', 'node-c.example', 'node-d.example']],
      ['2', ['node-b.example']],
    ]);
  });

  it('says that a group without inbounds gives no link, and shows it and a disabled one as such that nobody can be sold on', async () => {
    const groups = [
      { id: 1, name: 'empty', inbound_tags: [], is_disabled: false },
      { id: 2, name: 'off', inbound_tags: ['VLESS WS'], is_disabled: true },
      { id: 3, name: 'good', inbound_tags: ['VLESS WS'], is_disabled: false },
    ];
    await served.plant({ groups });
    const { targets } = await panel.health();
    expect(targets.map(({ title, enabled }) => [title, enabled])).toEqual([
      ['empty', false],
      ['off', false],
      ['good', true],
    ]);
    expect(await codeOf(panel.ensureAccount(desired(), signal))).toBe('PanelTargetMissing');
  });

  it('leaves a used-up user limited, and opens it when the limit is raised', async () => {
    await panel.ensureAccount(desired(), signal);
    await served.plant({ username: name, used_traffic: 1500 });
    await served.runJob();
    expect((await panel.ensureAccount(desired(), signal)).changed).toBe(false);
    expect(await user()).toMatchObject({ status: 'limited' });
    await panel.ensureAccount(desired({ trafficLimitBytes: 5000 }), signal);
    expect(await user()).toMatchObject({ status: 'active', used_traffic: 1500 });
  });

  it('works with an API key and says when the key is refused', async () => {
    await served.plant({ keys: ['pg_key_canary'] });
    const keyed = connect({ token: 'pg_key_canary' });
    await keyed.ensureAccount(desired(), signal);
    expect((await served.calls())['login']).toBeUndefined();
    const refused = connect({ token: 'pg_key_other' });
    expect(await codeOf(refused.health())).toBe('PanelAuthFailed');
    await keyed.close();
    await refused.close();
  });

  it('says that the administrator of the environment may not log in', async () => {
    const refused = connect({ username: 'admin', password: 'canary' });
    await expect(refused.health()).rejects.toMatchObject({
      code: 'PanelAuthFailed',
      message: expect.stringContaining('another one in the panel'),
    });
    await refused.close();
  });

  it('as an administrator of a smaller role sells all the same, and calls a name it may not see a conflict', async () => {
    const admins = [
      { id: 1, ...login, isOwner: true },
      { id: 2, username: 'shop', password: 'canary', isOwner: false },
    ];
    await served.plant({ admins });
    const small = connect({ username: 'shop', password: 'canary' });
    const seen = await small.ensureAccount(desired({ targets: ['1', '2'] }), signal);
    expect(seen.targets.map(({ nodes }) => nodes.length)).toEqual([4, 4]);
    const health = await small.health();
    expect([health.coreState, health.targets.every((target) => target.enabled)]).toEqual(['unknown', true]);
    await served.plant({ username: 'kforeign12345' });
    const taken = desired({ credentials: { ...desired().credentials, name: 'kforeign12345' } });
    expect(await codeOf(small.ensureAccount(taken, signal))).toBe('PanelConflict');
    await small.close();
  });

  failsOnceThenMakesOne(
    [
      ['half-500', 'create', 'PanelUnknownOutcome'],
      ['lost-write', 'create', 'PanelUnknownOutcome'],
      ['drop', 'create', 'PanelUnknownOutcome'],
      ['drop', 'links', 'PanelUnavailable'],
      ['html', 'get', 'PanelUnavailable'],
      ['html', 'links', 'PanelUnavailable'],
      ['http500', 'groups', 'PanelUnavailable'],
      ['http400', 'get', 'PanelContract'],
    ],
    () => ({ panel, served, desired: desired() }),
  );

  it('tells the operator what is a trap', async () => {
    const health = await panel.health();
    expect(health.coreState).toBe('running');
    await served.plant({ nodes: [{ name: 'node-1', status: 'error' }] });
    expect((await panel.health()).coreState).toBe('no node is connected');
    expect(health.warnings.join('\n')).toMatch(/never tried on a real panel[\s\S]*devices are counted only/);
  });
});
