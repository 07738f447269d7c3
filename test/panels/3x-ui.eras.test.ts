import { afterEach, describe, expect, it } from '@jest/globals';
import { profileNames, type ProfileName } from '../../sandbox/panel/profiles';
import type { Sandbox } from '../../sandbox/server';
import { isShopError } from '../../src/errors';
import { createHttpClient } from '../../src/http';
import { createThreeXUi } from '../../src/panels/3x-ui/panel';
import { totpCode } from '../../src/panels/3x-ui/totp';
import type { SessionDeps, ThreeXUiCredentials } from '../../src/panels/3x-ui/transport';
import type { DesiredAccount, Panel } from '../../src/panels/panel';
import { startPanel } from './3x-ui/harness';
import { openStage, type Stage } from './3x-ui/replay';

const login = { username: 'admin', password: 'canary-password' };
const signal = new AbortController().signal;

const desired: DesiredAccount = {
  credentials: { name: 'kabcdefgh', uuid: '11111111-1111-4111-8111-111111111111', password: 'secret', subId: 'canary-sub' },
  enabled: true,
  endsAt: new Date('2027-01-01T00:00:00Z'),
  trafficLimitBytes: 1_000_000,
  deviceLimit: 3,
  targets: ['1', '2'],
};

interface Shown {
  readonly inboundId: number;
  readonly email: string;
  readonly [field: string]: unknown;
}

describe('a 3x-ui panel', () => {
  let sandbox: Sandbox;
  let panel: Panel;
  let now: Date;
  afterEach(async () => {
    await panel.close();
    await sandbox.stop();
  });

  async function open(version: ProfileName, credentials: ThreeXUiCredentials = login): Promise<void> {
    now = new Date();
    sandbox = await startPanel(version);
    panel = connect(credentials);
  }

  function connect(credentials: ThreeXUiCredentials): Panel {
    const settings = { url: `${sandbox.url}/panels/main`, ...credentials };
    return createThreeXUi(settings, { http: createHttpClient({ tls: { mode: 'plain-http' } }), clock: { now: () => now } });
  }

  async function post(path: string, body: object = {}): Promise<void> {
    await fetch(`${sandbox.url}/sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
  }

  const clients = async (): Promise<readonly Shown[]> =>
    (await (await fetch(`${sandbox.url}/sandbox/panels/main/clients`)).json()) as Shown[];

  const calls = async (): Promise<Readonly<Record<string, number>>> =>
    (await (await fetch(`${sandbox.url}/sandbox/panels/main/calls`)).json()) as Record<string, number>;

  async function failure(work: Promise<unknown>): Promise<{ code: string; message: string }> {
    const error: unknown = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!isShopError(error)) throw new Error('it did not fail as expected');
    expect(`${error.message}${error.stack}`).not.toMatch(/canary/);
    return { code: error.code, message: error.message };
  }

  it.each([
    ['2.6.0', '2.6 or older', true],
    ['2.8.4', '2.7–2.9', true],
    ['2.9.4', '2.7–2.9', true],
    ['3.0.2', '3.0', true],
    ['3.1.0', '3.1.0', true],
    ['3.6.0', '3.6.0', false],
  ] as const)('%s is found to be %s', async (version, found, singleWriter) => {
    await open(version);
    expect((await panel.health()).version).toBe(found);
    expect(await panel.capabilities(signal)).toEqual({ singleWriter, deviceLimit: 'addresses', evidence: 'recorded' });
  });

  it.each(profileNames)('%s is logged in to once for many calls, and once again when its session is gone', async (version) => {
    await open(version);
    await Promise.all([panel.ensureAccount(desired, signal), panel.health(), panel.health()]);
    const before = (await calls())['login'];
    // 2.8 and 2.9 answer an unknown call and a lost session alike, with an empty 404; nobody asks them an unknown one.
    expect(before).toBe(1);
    await post('faults', { target: 'panel:main', mode: 'session-lost', operation: 'list', count: 1 });
    await panel.listAccounts(signal);
    expect((await calls())['login']).toBe(2);
  });

  it('with a token is never logged in to', async () => {
    await open('3.0.2', { token: 'sandbox-api-token' });
    await panel.ensureAccount(desired, signal);
    expect((await calls())['login']).toBe(0);
  });

  it('refuses a wrong token in a way that says so', async () => {
    await open('3.6.0', { token: 'canary-token' });
    expect(await failure(panel.listAccounts(signal))).toEqual({
      code: 'PanelAuthFailed',
      message: 'the panel refused the API token; make a new one in its settings',
    });
  });

  it('that shuts the shop out after wrong logins is left alone for 15 minutes', async () => {
    await open('3.6.0', { ...login, password: 'wrong' });
    for (let attempt = 0; attempt < 3; attempt += 1) expect((await failure(panel.health())).code).toBe('PanelAuthFailed');
    expect((await calls())['login']).toBe(1);
    now = new Date(now.getTime() + 15 * 60_000 + 1);
    expect((await failure(panel.health())).code).toBe('PanelAuthFailed');
    expect((await calls())['login']).toBe(2);
  });

  it('that is updated while the shop runs keeps one account, under one name, with the paid end', async () => {
    await open('2.9.4');
    await panel.ensureAccount(desired, signal);
    expect((await clients()).map((client) => client.email)).toEqual(['kabcdefgh-1', 'kabcdefgh-2']);
    await post('panels/main/profile', { version: '3.6.0' });
    const renewed = { ...desired, endsAt: new Date('2027-02-01T00:00:00Z') };
    const seen = await panel.ensureAccount(renewed, signal);
    expect(seen.targets.map((target) => target.target)).toEqual(['1', '2']);
    expect(await clients()).toMatchObject([
      { inboundId: 1, email: 'kabcdefgh', expiryTime: renewed.endsAt.getTime(), id: desired.credentials.uuid },
      { inboundId: 2, email: 'kabcdefgh', expiryTime: renewed.endsAt.getTime(), id: desired.credentials.uuid },
    ]);
    expect((await panel.ensureAccount(renewed, signal)).changed).toBe(false);
  });

  it('of 3.0 with our entry twice, which stops xray, has it once again', async () => {
    await open('3.0.2');
    await post('panels/main/clients', { inboundId: 1, id: 'o', email: 'operator', subId: 'o' });
    await panel.ensureAccount({ ...desired, targets: ['1'] }, signal);
    const [ours] = (await clients()).filter((client) => client.email === 'kabcdefgh-1');
    await post('panels/main/clients', { ...ours });
    expect((await panel.health()).coreState).toBe('error');
    await panel.ensureAccount({ ...desired, targets: ['1'] }, signal);
    expect((await clients()).map((client) => client.email)).toEqual(['operator', 'kabcdefgh-1']);
    expect((await panel.health()).coreState).toBe('running');
  });

  it.each(['2.6.0', '2.8.4', '2.9.4', '3.0.2'] as const)(
    'of %s keeps the last client of an inbound, switched off, where it may not be deleted',
    async (version) => {
      await open(version);
      await panel.ensureAccount({ ...desired, targets: ['1'] }, signal);
      await panel.removeAccount(desired.credentials, signal);
      expect(await clients()).toMatchObject([{ email: 'kabcdefgh-1', enable: false }]);
      await panel.removeAccount(desired.credentials, signal);
      await panel.ensureAccount({ ...desired, targets: ['1'] }, signal);
      expect(await clients()).toMatchObject([{ email: 'kabcdefgh-1', enable: true }]);
    },
  );

  it.each(profileNames)('of %s leaves an account shut whose usage is reset while it is off', async (version) => {
    await open(version);
    const off = { ...desired, enabled: false, targets: ['1'] };
    await panel.ensureAccount(off, signal);
    await panel.resetUsage(off, signal);
    const rows = (await (await fetch(`${sandbox.url}/sandbox/panels/main/traffic`)).json()) as { enable: boolean }[];
    // 2.6 opens the row with every update; there the settings alone keep it shut.
    expect(rows.map((row) => row.enable)).toEqual([version === '2.6.0']);
    expect(await clients()).toMatchObject([{ enable: false }]);
  });

  it.each(['3.1.0', '3.6.0'] as const)('of %s has one flow that all its inbounds can use', async (version) => {
    await open(version);
    await panel.ensureAccount(desired, signal);
    // 3.1.0 writes one flow into all inbounds, and xray refuses it where the app does not send it.
    const vision = version === '3.6.0' ? 'xtls-rprx-vision' : '';
    expect((await clients()).map((client) => client['flow'] ?? '')).toEqual([vision, '']);
    await panel.ensureAccount({ ...desired, targets: ['1'] }, signal);
    expect((await clients()).map((client) => client['flow'] ?? '')).toEqual(['xtls-rprx-vision']);
  });

  it('says what is unsafe about 3.1.0', async () => {
    await open('3.1.0');
    expect((await panel.health()).warnings.join()).toMatch(/3\.1\.0 can lose deletions.*limited to VLESS.*Update it to 3\.6/);
  });

  it.each(profileNames)('%s has no warning where all is well', async (version) => {
    await open(version);
    const { warnings } = await panel.health();
    expect(warnings.filter((warning) => !warning.startsWith('3x-ui 3.1.0'))).toEqual([]);
  });
});

describe('the second factor', () => {
  let stage: Stage;
  const panels: Panel[] = [];
  afterEach(async () => {
    for (const panel of panels) await panel.close();
    await stage.stop();
  });

  it('is given with the login, from the secret', async () => {
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    const now = new Date();
    stage = await openStage('3.6.0', { codes: () => [totpCode(secret, now)] });
    const deps = (): SessionDeps => ({ http: createHttpClient({ tls: { mode: 'plain-http' } }), clock: { now: () => now } });
    const login = { url: stage.url, username: 't', password: 't' };
    const [without, right] = [createThreeXUi(login, deps()), createThreeXUi({ ...login, totpSecret: secret }, deps())];
    panels.push(without, right);
    await expect(without.health()).rejects.toMatchObject({ code: 'PanelAuthFailed' });
    expect((await right.health()).version).toBe('3.6.0');
  });
});
