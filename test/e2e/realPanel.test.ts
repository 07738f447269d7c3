import { spawn } from 'node:child_process';
import process from 'node:process';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ProfileName } from '../../sandbox/panel/profiles';
import type { Sandbox } from '../../sandbox/server';
import { marzbanRules } from '../../sandbox/panel/marzban/marzban';
import { pasarguardRules } from '../../sandbox/panel/pasarguard/pasarguard';
import { remnawaveRules } from '../../sandbox/panel/remnawave/remnawave';
import { startPanel } from '../panels/3x-ui/harness';
import { servePanel, type ServedPanel } from '../panels/serve';

function runOn(url: string, args: readonly string[]): Promise<{ readonly code: number | null; readonly out: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['scripts/testPanel.mjs', '--url', url, ...args]);
    let out = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (out += String(text)));
    child.once('exit', (code) => resolve({ code, out }));
  });
}

describe('npm run test:panel', () => {
  let sandbox: Sandbox;
  afterEach(() => sandbox.stop());

  async function put(client: object): Promise<void> {
    await fetch(`${sandbox.url}/sandbox/panels/main/clients`, { method: 'POST', body: JSON.stringify(client) });
  }

  async function clients(): Promise<unknown> {
    return (await fetch(`${sandbox.url}/sandbox/panels/main/clients`)).json();
  }

  async function open(version: ProfileName, inbounds: readonly number[]): Promise<void> {
    sandbox = await startPanel(version);
    for (const inboundId of inbounds)
      await put({ inboundId, id: `id-${inboundId}`, email: `own-${inboundId}`, subId: `s${inboundId}`, enable: true });
  }

  function run(...args: readonly string[]): ReturnType<typeof runOn> {
    return runOn(`${sandbox.url}/panels/main/`, ['--kind', '3x-ui', ...args]);
  }

  const login = ['--username', 'admin', '--password', 'canary-password'] as const;

  it.each(['2.9.4', '3.6.0'] as const)('tries the adapter on %s, says what it skipped, and leaves the panel as it was', async (version) => {
    await open(version, [2, 3]);
    const before = await clients();
    const { code, out } = await run(...login);
    expect(out).toMatch(/core running/);
    expect(out).toMatch(/made and removed on inbounds 2 and 3\./);
    expect(out).toMatch(/ok {9}the same call twice is the same as once/);
    expect(out).toMatch(/skipped {4}an answer to "create" that is lost[^]*only a simulator can be made to do this: dropAnswer/);
    expect(out).toMatch(/The panel is as it was found: 2 account\(s\)\.\nEvery promise that could be tried was kept\./);
    expect(out).not.toMatch(/canary/);
    expect(code).toBe(0);
    expect(await clients()).toEqual(before);
  });

  it('by a token works too', async () => {
    await open('3.0.2', [1, 2]);
    expect(await run('--token', 'sandbox-api-token')).toMatchObject({ code: 0, out: expect.stringContaining('3x-ui 3.0, core running') });
  });

  it('refuses where the panel could not be left as it was found, and says what to do', async () => {
    await open('2.9.4', [1]);
    const { code, out } = await run(...login);
    expect(code).toBe(1);
    expect(out).toMatch(/does not delete the last client of an inbound; put any client on inbound 2 first/);
  });

  it('says what is wrong with a login', async () => {
    await open('3.6.0', []);
    const { code, out } = await run('--username', 'admin', '--password', 'canary-wrong');
    expect(code).toBe(1);
    expect(out).toMatch(/the panel refused the user name, the password or the second factor/);
    expect(out).not.toMatch(/canary/);
  });
});

describe('npm run test:panel on panels of other kinds', () => {
  let panel: ServedPanel;
  afterEach(() => panel.stop());

  const login = { username: 'owner', password: 'canary-password' };
  const byLogin = ['--username', login.username, '--password', login.password];
  const squads = 'd7dec908-e130-42dc-aadd-aa5182dd8f6f,8a5825c2-5fb2-4827-9a12-8abe5ea78967';
  const kinds = [
    [
      'remnawave 2.8.1',
      () => servePanel(remnawaveRules({ version: '2.8.1', token: 'canary-token' })),
      ['--token', 'canary-token', '--targets', squads],
    ],
    [
      'remnawave 3.3.2',
      () => servePanel(remnawaveRules({ version: '3.3.2', token: 'canary-token' })),
      ['--token', 'canary-token', '--targets', squads],
    ],
    ['marzban 0.8.4', () => servePanel(marzbanRules(login)), [...byLogin, '--targets', 'VLESS TCP REALITY,VLESS WS']],
    ['pasarguard 5.2.1', () => servePanel(pasarguardRules(login)), [...byLogin, '--targets', '1,2']],
  ] as const;

  it.each(kinds)('tries the adapter of %s and leaves the panel as it was', async (name, open, args) => {
    panel = await open();
    await panel.plant({ username: 'somebody' });
    const before = await panel.clients();
    const { code, out } = await runOn(panel.url, ['--kind', name.split(' ')[0] ?? '', ...args]);
    expect(out).toMatch(/Every promise that could be tried was kept\./);
    expect(out).not.toMatch(/FAILED|canary/);
    expect(code).toBe(0);
    expect(await panel.clients()).toEqual(before);
  });
});
