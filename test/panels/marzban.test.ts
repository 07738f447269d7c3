import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { marzbanRules } from '../../sandbox/panel/marzban/marzban';
import { createHttpClient } from '../../src/http';
import { createMarzban } from '../../src/panels/marzban/panel';
import type { DesiredAccount, Panel } from '../../src/panels/panel';
import { codeOf, signal } from './contract/case';
import { failsOnceThenMakesOne } from './onceThenOne';
import { servePanel, type ServedPanel } from './serve';

const login = { username: 'owner', password: 'canary-marzban-password' };
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
    targets: ['VLESS WS'],
    ...changes,
  };
}

describe('Marzban', () => {
  let served: ServedPanel;
  let panel: Panel;
  let at: Date;

  function connect(settings: { readonly username?: string; readonly password?: string } = {}): Panel {
    const http = createHttpClient({ tls: { mode: 'plain-http' } });
    return createMarzban({ url: served.url, ...login, ...settings }, { http, clock: { now: () => at } });
  }

  async function user(): Promise<Record<string, unknown>> {
    const found = (await served.clients()).find((one) => one['username'] === name);
    if (found === undefined) throw new Error('the user is not there');
    return found;
  }

  beforeEach(async () => {
    at = now;
    served = await servePanel(marzbanRules(login), { now: () => at });
    panel = connect();
  });
  afterEach(async () => {
    await panel.close();
    await served.stop();
  });

  it('writes every field that means "unlimited" when it is left out, our own credentials, and an end not before the paid one', async () => {
    await panel.ensureAccount(desired({ trafficLimitBytes: 0 }), signal);
    expect(await user()).toMatchObject({
      proxies: { vless: { id: uuid, flow: 'xtls-rprx-vision' } },
      excluded: { vless: ['VLESS TCP REALITY', 'VLESS GRPC', 'VLESS XHTTP REALITY'] },
      expire: Date.parse('2027-11-26T12:00:01Z') / 1000,
      data_limit: null,
      data_limit_reset_strategy: 'no_reset',
    });
  });

  it('never sends an end in milliseconds or a year that poisons the lists of the panel', async () => {
    expect(await codeOf(panel.ensureAccount(desired({ endsAt: new Date(later.getTime() * 1000) }), signal))).toBe('Internal');
    expect(await served.clients()).toEqual([]);
  });

  it('leaves the credentials alone when something else changes', async () => {
    await panel.ensureAccount(desired(), signal);
    await served.plant({
      username: name,
      proxies: { vless: { id: uuid, flow: 'xtls-rprx-vision' }, trojan: { password: 'of-the-operator' } },
    });
    await panel.ensureAccount(desired({ endsAt: new Date('2028-01-01T00:00:00Z') }), signal);
    expect(await user()).toMatchObject({ proxies: { trojan: { password: 'of-the-operator' } } });
  });

  it('takes a user out of an inbound that was added on the panel and given to everybody', async () => {
    await panel.ensureAccount(desired(), signal);
    const { inbounds } = Object(await served.book());
    await served.plant({ inbounds: [...inbounds, { tag: 'NEW', protocol: 'vless', network: 'tcp', tls: 'none', port: 1 }] });
    expect((await panel.listAccounts(signal)).accounts).toMatchObject([{ targets: ['VLESS WS', 'NEW'] }]);
    await panel.ensureAccount(desired(), signal);
    expect((await panel.listAccounts(signal)).accounts).toMatchObject([{ targets: ['VLESS WS'] }]);
  });

  it('adds a protocol with our password, and takes the account out of one it no longer needs', async () => {
    await panel.ensureAccount(desired(), signal);
    const both = await panel.ensureAccount(desired({ targets: ['VLESS WS', 'Shadowsocks TCP'] }), signal);
    expect(both.targets.map(({ target, nodes }) => [target, nodes.map((node) => node.protocol)])).toEqual([
      ['VLESS WS', ['vless']],
      ['Shadowsocks TCP', ['shadowsocks']],
    ]);
    expect(await user()).toMatchObject({ proxies: { vless: { id: uuid }, shadowsocks: { password: 'canary-password-0001' } } });
    const one = await panel.ensureAccount(desired({ targets: ['Shadowsocks TCP'] }), signal);
    expect(one.targets.map((seen) => seen.target)).toEqual(['Shadowsocks TCP']);
  });

  it('sorts nodes by the inbounds they come from', async () => {
    const targets = ['VLESS TCP REALITY', 'VLESS GRPC', 'VLESS XHTTP REALITY', 'VLESS WS'];
    const seen = await panel.ensureAccount(desired({ targets }), signal);
    expect(Object.fromEntries(seen.targets.map(({ target, nodes }) => [target, nodes.map((node) => node.address)]))).toEqual({
      'VLESS TCP REALITY': ['node-a.example'],
      'VLESS WS': ['node-b.example'],
      'VLESS GRPC': ['node-c.example'],
      'VLESS XHTTP REALITY': ['node-d.example'],
    });
  });

  it('says that an inbound without a host gives no link, and shows it as such that nobody can be sold on', async () => {
    await served.plant({ disabledHosts: ['VLESS WS'] });
    const { targets } = await panel.health();
    expect(targets.filter(({ enabled }) => !enabled).map(({ target }) => target)).toEqual(['VLESS WS']);
    expect(await codeOf(panel.ensureAccount(desired(), signal))).toBe('PanelTargetMissing');
  });

  it('removes so that the core lets nobody in any more, although the panel answers 500', async () => {
    await panel.ensureAccount(desired(), signal);
    await panel.removeAccount(desired().credentials, signal);
    expect(Object(await served.book())).toMatchObject({ users: [], core: [] });
    expect((await served.calls())['remove']).toBe(1);
  });

  it('takes a removal for undone when the user is still there after it', async () => {
    await panel.ensureAccount(desired(), signal);
    await served.fault({ mode: 'lost-write', operation: 'remove', count: 1 });
    expect(await codeOf(panel.removeAccount(desired().credentials, signal))).toBe('PanelUnknownOutcome');
  });

  it('keeps an account off through a reset, which opens it on the panel', async () => {
    await panel.ensureAccount(desired({ enabled: false }), signal);
    await served.plant({ username: name, used_traffic: 500 });
    await panel.resetUsage(desired({ enabled: false }), signal);
    expect(await user()).toMatchObject({ status: 'disabled', used_traffic: 0, isInCore: false });
  });

  it('leaves a used-up user limited, and opens it when the limit is raised', async () => {
    await panel.ensureAccount(desired(), signal);
    await served.plant({ username: name, used_traffic: 1500 });
    await served.runJob();
    expect((await panel.ensureAccount(desired(), signal)).changed).toBe(false);
    await panel.ensureAccount(desired({ endsAt: new Date('2028-01-01T00:00:00Z') }), signal);
    expect(await user()).toMatchObject({ status: 'limited' });
    await panel.ensureAccount(desired({ trafficLimitBytes: 5000 }), signal);
    expect(await user()).toMatchObject({ status: 'active', used_traffic: 1500 });
  });

  it('takes an account that the panel shut at its end for what it is', async () => {
    await panel.ensureAccount(desired(), signal);
    at = new Date('2027-11-27T00:00:00Z');
    await served.runJob();
    expect(await user()).toMatchObject({ status: 'expired' });
    expect((await panel.ensureAccount(desired(), signal)).changed).toBe(false);
    expect((await panel.listAccounts(signal)).accounts).toMatchObject([{ enabled: true }]);
  });

  it('puts back a reset rule that an operator changed', async () => {
    await panel.ensureAccount(desired(), signal);
    await served.plant({ username: name, data_limit_reset_strategy: 'month' });
    expect((await panel.listAccounts(signal)).accounts).toMatchObject([{ uniform: false }]);
    await panel.ensureAccount(desired(), signal);
    expect(await user()).toMatchObject({ data_limit_reset_strategy: 'no_reset' });
  });

  it('says that the clock of the panel is off when it calls expired what has not ended', async () => {
    await panel.ensureAccount(desired(), signal);
    at = new Date('2026-11-26T11:00:00Z');
    const soon = new Date('2026-11-26T11:30:00Z');
    const eastern = await servePanel(marzbanRules(login), { now: () => now });
    const there = createMarzban(
      { url: eastern.url, ...login },
      { http: createHttpClient({ tls: { mode: 'plain-http' } }), clock: { now: () => at } },
    );
    await there.ensureAccount(desired(), signal);
    expect(await codeOf(there.ensureAccount(desired({ endsAt: soon }), signal))).toBe('PanelContract');
    await there.close();
    await eastern.stop();
  });

  it('repairs a user whose credentials were made anew on the panel', async () => {
    await panel.ensureAccount(desired(), signal);
    await served.plant({ username: name, proxies: { vless: { id: '99999999-1111-4222-8333-444455556666', flow: '' } } });
    await panel.ensureAccount(desired(), signal);
    expect(await user()).toMatchObject({ proxies: { vless: { id: uuid, flow: 'xtls-rprx-vision' } } });
  });

  it('calls a name that another administrator has a conflict, and leaves it', async () => {
    await served.plant({ username: name });
    await served.plant({ admins: [{ username: 'shop', password: 'canary', is_sudo: false }] });
    const small = connect({ username: 'shop', password: 'canary' });
    expect(await codeOf(small.ensureAccount(desired(), signal))).toBe('PanelConflict');
    await small.removeAccount(desired().credentials, signal);
    expect(await served.clients()).toHaveLength(1);
    await small.close();
  });

  it('works as an administrator who may not read hosts, and gives each server its nodes', async () => {
    await served.plant({ admins: [{ username: 'shop', password: 'canary', is_sudo: false }] });
    const small = connect({ username: 'shop', password: 'canary' });
    const seen = await small.ensureAccount(desired({ targets: ['VLESS WS', 'VLESS GRPC'] }), signal);
    expect(seen.targets.map(({ nodes }) => nodes.map((node) => node.address))).toEqual([['node-b.example'], ['node-c.example']]);
    expect((await small.health()).warnings.join('\n')).not.toMatch(/made in the panel/);
    await small.close();
  });

  it('has at most ten calls under way', async () => {
    await served.fault({ mode: 'slow', delayMs: 30 });
    const wishes = Array.from({ length: 60 }, (_, index) => desired({ credentials: { ...desired().credentials, name: `kmany${index}` } }));
    await Promise.all(wishes.map((one) => panel.ensureAccount(one, signal)));
    expect(await served.clients()).toHaveLength(60);
    expect((await served.calls())['peak']).toBe(10);
  });

  it('logs in once for many calls, and once again when its token is gone', async () => {
    await Promise.all([panel.ensureAccount(desired(), signal), panel.health(), panel.listAccounts(signal)]);
    expect((await served.calls())['login']).toBe(1);
    await served.fault({ mode: 'session-lost', operation: 'get', count: 1 });
    await panel.ensureAccount(desired(), signal);
    expect((await served.calls())['login']).toBe(2);
  });

  it('tries a refused password again after 15 minutes', async () => {
    const refused = connect({ password: 'wrong' });
    expect(await codeOf(refused.health())).toBe('PanelAuthFailed');
    at = new Date(now.getTime() + 15 * 60_000 + 1);
    expect(await codeOf(refused.health())).toBe('PanelAuthFailed');
    expect((await served.calls())['login']).toBe(2);
    await refused.close();
  });

  failsOnceThenMakesOne(
    [
      ['half-500', 'create', 'PanelUnknownOutcome'],
      ['lost-write', 'create', 'PanelUnknownOutcome'],
      ['drop', 'create', 'PanelUnknownOutcome'],
      ['drop', 'get', 'PanelUnavailable'],
      ['html', 'get', 'PanelUnavailable'],
      ['http500', 'inbounds', 'PanelUnavailable'],
      ['http400', 'get', 'PanelContract'],
    ],
    () => ({ panel, served, desired: desired() }),
  );

  it('takes a list that one user breaks for an outage, never for an empty panel', async () => {
    await panel.ensureAccount(desired(), signal);
    await served.plant({ username: 'poisoned', expire: 1_893_456_000_000 });
    expect(await codeOf(panel.listAccounts(signal))).toBe('PanelUnavailable');
  });

  it('reads a list of several pages whole', async () => {
    await panel.ensureAccount(desired(), signal);
    const book: { users: object[] } = Object(await served.book());
    const users = Array.from({ length: 1100 }, (_, index) => ({ ...book.users[0], username: `user${index}` }));
    await served.restore({ ...book, users });
    expect((await panel.listAccounts(signal)).accounts).toHaveLength(1100);
    expect((await served.calls())['list']).toBe(3);
  });

  it('tells the operator what is a trap', async () => {
    await served.plant({ coreStarted: false });
    const health = await panel.health();
    expect(health.coreState).toBe('stopped');
    expect(health.warnings.join('\n')).toMatch(/administrator made in the panel[\s\S]*no device limit[\s\S]*UTC/);
  });
});
