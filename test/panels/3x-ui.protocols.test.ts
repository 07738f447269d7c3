import { afterEach, describe, expect, it } from '@jest/globals';
import type { ProfileName } from '../../sandbox/panel/profiles';
import type { Sandbox } from '../../sandbox/server';
import { systemClock } from '../../src/clock';
import { isShopError } from '../../src/errors';
import { createHttpClient } from '../../src/http';
import { createThreeXUi } from '../../src/panels/3x-ui/panel';
import type { DesiredAccount, Panel } from '../../src/panels/panel';
import { startPanel } from './3x-ui/harness';

const signal = new AbortController().signal;
const tcp = { network: 'tcp', security: 'none', externalProxy: [], tcpSettings: { header: { type: 'none' } } };
const tls = { ...tcp, security: 'tls', tlsSettings: { serverName: 'vpn.example', alpn: ['h2'], settings: { fingerprint: 'chrome' } } };
const method = '2022-blake3-aes-256-gcm';
const serverKey = 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';

const inbounds = {
  trojan: { id: 11, remark: 'Trojan', port: 20_011, protocol: 'trojan', settings: { clients: [], fallbacks: [] }, streamSettings: tls },
  shadowsocks: {
    id: 12,
    remark: 'SS',
    port: 20_012,
    protocol: 'shadowsocks',
    settings: { clients: [], method, password: serverKey, network: 'tcp,udp' },
    streamSettings: tcp,
  },
  vmess: { id: 13, remark: 'VMess', port: 20_013, protocol: 'vmess', settings: { clients: [] }, streamSettings: tls },
} as const;

const desired: DesiredAccount = {
  credentials: { name: 'kabcdefgh', uuid: '11111111-1111-4111-8111-111111111111', password: 'random-password', subId: 'random-sub' },
  enabled: true,
  endsAt: new Date('2027-01-01T00:00:00Z'),
  trafficLimitBytes: 1_000_000,
  deviceLimit: 3,
  targets: [],
};

interface Shown {
  readonly inboundId: number;
  readonly email: string;
  readonly enable: boolean;
  readonly password?: string;
}

describe('an account on inbounds of another protocol than VLESS', () => {
  let sandbox: Sandbox;
  let panel: Panel;
  afterEach(async () => {
    await panel.close();
    await sandbox.stop();
  });

  async function post(path: string, body: object): Promise<void> {
    await fetch(`${sandbox.url}/sandbox/panels/main/${path}`, { method: 'POST', body: JSON.stringify(body) });
  }

  async function clients(): Promise<readonly Shown[]> {
    const all = (await (await fetch(`${sandbox.url}/sandbox/panels/main/clients`)).json()) as Shown[];
    return all.filter((client) => client.email.startsWith('kabcdefgh'));
  }

  async function open(version: ProfileName): Promise<void> {
    sandbox = await startPanel(version);
    for (const inbound of Object.values(inbounds)) {
      await post('new-inbounds', inbound);
      const operator = { id: `own-${inbound.id}`, password: `own-${inbound.id}`, email: `own-${inbound.id}`, subId: `own-${inbound.id}` };
      await post('clients', { inboundId: inbound.id, ...operator, enable: true });
    }
    const login = { username: 'admin', password: 'canary-password' };
    const deps = { http: createHttpClient({ tls: { mode: 'plain-http' } }), clock: systemClock };
    panel = createThreeXUi({ url: `${sandbox.url}/panels/main`, ...login }, deps);
  }

  const versions = ['2.6.0', '2.8.4', '2.9.4', '3.0.2', '3.6.0'] as const;
  const cases = versions.flatMap((version) => (['trojan', 'shadowsocks', 'vmess'] as const).map((protocol) => ({ version, protocol })));

  it.each(cases)('of $version, $protocol: is made, switched off and on, reset and removed, with a link', async ({ version, protocol }) => {
    await open(version);
    const wish = { ...desired, targets: [String(inbounds[protocol].id)] };
    const seen = await panel.ensureAccount(wish, signal);
    expect(seen.targets[0]?.nodes).toMatchObject([{ protocol, port: inbounds[protocol].port }]);
    expect((await panel.ensureAccount(wish, signal)).changed).toBe(false);
    await panel.ensureAccount({ ...wish, enabled: false }, signal);
    expect(await clients()).toMatchObject([{ inboundId: inbounds[protocol].id, enable: false }]);
    await panel.resetUsage(wish, signal);
    expect(await clients()).toMatchObject([{ inboundId: inbounds[protocol].id, enable: true }]);
    const { accounts } = await panel.listAccounts(signal);
    expect(accounts.find((account) => account.name === 'kabcdefgh')).toMatchObject({
      endsAt: wish.endsAt,
      trafficLimitBytes: 1_000_000,
      uniform: true,
    });
    await panel.removeAccount(wish.credentials, signal);
    expect(await clients()).toEqual([]);
  });

  it('has a Shadowsocks key of the length its method wants, the same each time', async () => {
    await open('2.9.4');
    await panel.ensureAccount({ ...desired, targets: ['12'] }, signal);
    const [first] = await clients();
    expect(Buffer.from(first?.password ?? '', 'base64')).toHaveLength(32);
    await panel.removeAccount(desired.credentials, signal);
    await panel.ensureAccount({ ...desired, targets: ['12'] }, signal);
    expect(await clients()).toEqual([expect.objectContaining({ password: first?.password })]);
  });

  it('from 3.6 on is one client on all of them, xray running', async () => {
    await open('3.6.0');
    const wish = { ...desired, targets: ['1', '2', '11', '12', '13'] };
    const seen = await panel.ensureAccount(wish, signal);
    expect(seen.targets.map(({ nodes }) => nodes[0]?.protocol)).toEqual(['vless', 'vless', 'trojan', 'shadowsocks', 'vmess']);
    expect((await panel.ensureAccount(wish, signal)).changed).toBe(false);
    expect((await panel.health()).coreState).toBe('running');
  });

  it('on 3.1.0 is refused with the reason, and nothing is written', async () => {
    await open('3.1.0');
    const error: unknown = await panel.ensureAccount({ ...desired, targets: ['11'] }, signal).catch((thrown: unknown) => thrown);
    if (!isShopError(error)) throw new Error('it was not refused');
    expect([error.code, error.message]).toEqual([
      'PanelBadConfig',
      '3x-ui 3.1.0 cannot have one account on trojan; update it to 3.6 or later, or sell VLESS inbounds only',
    ]);
    expect(await clients()).toEqual([]);
  });
});
