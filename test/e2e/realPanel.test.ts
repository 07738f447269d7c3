import { spawn } from 'node:child_process';
import process from 'node:process';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ProfileName } from '../../sandbox/panel/profiles';
import type { Sandbox } from '../../sandbox/server';
import { startPanel } from '../panels/3x-ui/harness';

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

  function run(...args: readonly string[]): Promise<{ readonly code: number | null; readonly out: string }> {
    return new Promise((resolve) => {
      const url = `${sandbox.url}/panels/main/`;
      const child = spawn(process.execPath, ['scripts/testPanel.mjs', '--kind', '3x-ui', '--url', url, ...args]);
      let out = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (out += String(text)));
      child.once('exit', (code) => resolve({ code, out }));
    });
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
