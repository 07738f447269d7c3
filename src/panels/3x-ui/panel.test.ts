import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sandboxKeys } from '../../../sandbox/payments/keys';
import { startSandbox, type Sandbox } from '../../../sandbox/server';
import { isShopError } from '../../errors';
import { createHttpClient } from '../../http';
import type { DesiredAccount, Panel } from '../panel';
import { createThreeXUi } from './panel';

const login = { username: 'admin', password: 'canary-password' };

function desired(changes: Partial<DesiredAccount> = {}): DesiredAccount {
  return {
    credentials: { name: 'kabcdefgh', uuid: '11111111-1111-4111-8111-111111111111', password: 'p', subId: 'canary-sub' },
    enabled: true,
    endsAt: new Date('2027-01-01T00:00:00Z'),
    trafficLimitBytes: 0,
    deviceLimit: 3,
    targets: ['1', '2'],
    ...changes,
  };
}

describe('a 3x-ui panel', () => {
  let sandbox: Sandbox;
  let panel: Panel;
  let now: Date;
  const signal = new AbortController().signal;

  beforeEach(async () => {
    now = new Date();
    sandbox = await startSandbox({
      port: 0,
      botToken: '1:x',
      botUsername: 'b',
      panels: ['main'],
      panelLogin: login,
      payments: { ...sandboxKeys, yookassaKey: 's', test: true },
      webhookUrl: () => undefined,
      panelJobMs: 60_000,
    });
    panel = open(login.password);
  });
  afterEach(async () => {
    await panel.close();
    await sandbox.stop();
  });

  function open(password: string): Panel {
    const settings = { url: `${sandbox.url}/panels/main`, username: login.username, password };
    return createThreeXUi(settings, { http: createHttpClient({ tls: { mode: 'plain-http' } }), clock: { now: () => now } });
  }

  interface Shown {
    readonly inboundId: number;
    readonly [field: string]: unknown;
  }

  async function clients(): Promise<readonly Shown[]> {
    return (await (await fetch(`${sandbox.url}/sandbox/panels/main/clients`)).json()) as Shown[];
  }

  async function calls(): Promise<Readonly<Record<string, number>>> {
    return (await (await fetch(`${sandbox.url}/sandbox/panels/main/calls`)).json()) as Record<string, number>;
  }

  async function post(path: string, body: object): Promise<void> {
    await fetch(`${sandbox.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  }

  async function failure(work: Promise<unknown>): Promise<string> {
    const error: unknown = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!isShopError(error)) throw new Error('it did not fail as expected');
    expect(`${error.message}${error.stack}`).not.toMatch(/canary/);
    return error.code;
  }

  it('gets one entry per inbound with every limit written, and gives its nodes', async () => {
    const seen = await panel.ensureAccount(desired(), signal);
    expect(await clients()).toMatchObject([
      {
        inboundId: 1,
        email: 'kabcdefgh-1',
        enable: true,
        expiryTime: Date.parse('2027-01-01T00:00:00Z'),
        totalGB: 0,
        limitIp: 3,
        reset: 0,
        flow: 'xtls-rprx-vision',
      },
      { inboundId: 2, email: 'kabcdefgh-2', enable: true, flow: '' },
    ]);
    expect(seen.targets).toMatchObject([
      { target: '1', nodes: [{ protocol: 'vless', transport: { kind: 'tcp' }, security: { kind: 'reality' } }] },
      { target: '2', nodes: [{ protocol: 'vless', transport: { kind: 'ws' }, security: { kind: 'tls' } }] },
    ]);
  });

  it('writes nothing the second time', async () => {
    await panel.ensureAccount(desired(), signal);
    const before = await calls();
    expect((await panel.ensureAccount(desired(), signal)).changed).toBe(false);
    const after = await calls();
    expect([after['addClient'], after['updateClient']]).toEqual([before['addClient'], before['updateClient']]);
  });

  it('moves the end and keeps fields it does not know', async () => {
    await post('/sandbox/panels/main/clients', {
      inboundId: 1,
      id: desired().credentials.uuid,
      email: 'kabcdefgh-1',
      subId: 'canary-sub',
      enable: true,
      note: 'kept',
    });
    await panel.ensureAccount(desired({ targets: ['1'], endsAt: new Date('2028-01-01T00:00:00Z') }), signal);
    expect(await clients()).toMatchObject([{ expiryTime: Date.parse('2028-01-01T00:00:00Z'), note: 'kept', totalGB: 0, limitIp: 3 }]);
  });

  it('finds a change that was confirmed and lost, and makes it the next time', async () => {
    await panel.ensureAccount(desired({ targets: ['1'] }), signal);
    const later = desired({ targets: ['1'], endsAt: new Date('2029-01-01T00:00:00Z') });
    await post('/sandbox/faults', { target: 'panel:main', mode: 'lost-write', operation: 'updateClient', count: 1 });
    expect(await failure(panel.ensureAccount(later, signal))).toBe('PanelUnknownOutcome');
    await panel.ensureAccount(later, signal);
    expect(await clients()).toMatchObject([{ expiryTime: Date.parse('2029-01-01T00:00:00Z') }]);
  });

  it('switches off, and takes away where the account no longer belongs', async () => {
    await post('/sandbox/panels/main/clients', { inboundId: 2, id: 'keeper', email: 'keeper' });
    await panel.ensureAccount(desired(), signal);
    await panel.ensureAccount(desired({ enabled: false, targets: ['1'] }), signal);
    expect(await clients()).toMatchObject([{ inboundId: 1, enable: false }, { email: 'keeper' }]);
  });

  it('never touches a foreign client that has its name', async () => {
    await post('/sandbox/panels/main/clients', { inboundId: 1, id: 'foreign', email: 'KABCDEFGH-1', subId: 'other' });
    expect(await failure(panel.ensureAccount(desired(), signal))).toBe('PanelConflict');
    expect(await clients()).toMatchObject([{ id: 'foreign' }]);
  });

  it('says which inbound is missing', async () => {
    expect(await failure(panel.ensureAccount(desired({ targets: ['9'] }), signal))).toBe('PanelTargetMissing');
  });

  it.each([
    ['drop', 'addClient', 'PanelUnknownOutcome'],
    ['half-500', 'addClient', 'PanelUnknownOutcome'],
    ['lost-write', 'addClient', 'PanelUnknownOutcome'],
    ['html', 'list', 'PanelUnknownOutcome'],
    ['success-false', 'status', 'PanelUnavailable'],
    ['success-false', 'addClient', 'PanelUnavailable'],
    ['refuse', 'list', 'PanelUnavailable'],
  ])('on %s of %s fails with a code that is tried again, and the next try makes one entry each', async (mode, operation, code) => {
    await post('/sandbox/faults', { target: 'panel:main', mode, operation, count: 1 });
    expect(await failure(panel.ensureAccount(desired(), signal))).toBe(code);
    await panel.ensureAccount(desired(), signal);
    expect((await clients()).map((client) => client.inboundId)).toEqual([1, 2]);
  });

  it('logs in once for many calls, and once again when its session is gone', async () => {
    await Promise.all([panel.ensureAccount(desired(), signal), panel.health(), panel.health()]);
    expect((await calls())['login']).toBe(1);
    await post('/sandbox/faults', { target: 'panel:main', mode: 'session-lost', operation: 'list', count: 1 });
    await panel.ensureAccount(desired(), signal);
    expect((await calls())['login']).toBe(2);
  });

  it('is not asked again for 15 minutes after it refused the password', async () => {
    const refused = open('wrong');
    expect(await failure(refused.health())).toBe('PanelAuthFailed');
    expect(await failure(refused.health())).toBe('PanelAuthFailed');
    expect((await calls())['login']).toBe(1);
    now = new Date(now.getTime() + 15 * 60_000 + 1);
    expect(await failure(refused.health())).toBe('PanelAuthFailed');
    expect((await calls())['login']).toBe(2);
    await refused.close();
  });
});
