import { randomUUID } from 'node:crypto';
import { sandboxKeys } from '../../../sandbox/payments/keys';
import { profiles, type ProfileName } from '../../../sandbox/panel/profiles';
import { startSandbox, type Sandbox } from '../../../sandbox/server';
import { systemClock } from '../../../src/clock';
import { createHttpClient } from '../../../src/http';
import { createThreeXUi } from '../../../src/panels/3x-ui/panel';
import type { ThreeXUiCredentials } from '../../../src/panels/3x-ui/transport';
import type { AccountCredentials, Panel } from '../../../src/panels/panel';
import { createPanelWriter, type PanelLock, type PanelWriter } from '../../../src/panels/panelWriter';
import type { OpenedPanel, PanelPowers } from '../harness';

const login = { username: 'admin', password: 'canary-password' };
const token = 'sandbox-api-token';

/** A lock that several writers of one process share, as several processes share that of Postgres. */
export function sharedWriter(): PanelWriter {
  let free: Promise<void> = Promise.resolve();
  return createPanelWriter(async (): Promise<PanelLock> => {
    const before = free;
    let release: () => void = () => undefined;
    free = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    return { lost: new AbortController().signal, release: () => Promise.resolve(release()) };
  });
}

/** Starts a sandbox with one panel that plays a version. */
export function startPanel(version: ProfileName): Promise<Sandbox> {
  return startSandbox({
    port: 0,
    botToken: '1:x',
    botUsername: 'b',
    panels: ['main'],
    panelVersions: { main: version },
    panelLogin: login,
    payments: { ...sandboxKeys, yookassaKey: 's', test: true },
    webhookUrl: () => undefined,
    panelJobMs: 3_600_000,
  });
}

function credentialsFor(how: 'password' | 'token', wrong: 'password' | 'path' | undefined): ThreeXUiCredentials {
  if (how === 'token') return { token: wrong === 'password' ? 'another-token' : token };
  return wrong === 'password' ? { ...login, password: 'wrong' } : login;
}

function powersOf(url: string, version: ProfileName, how: 'password' | 'token'): PanelPowers {
  const operations = { create: 'addClient', update: 'updateClient', remove: 'delClient' } as const;
  const nameOn = (account: AccountCredentials): string => (profiles[version].clients === 'own' ? account.name : `${account.name}-1`);
  const post = async (path: string, body: object = {}): Promise<unknown> =>
    (await fetch(`${url}/sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) })).json();
  const runJobs = async (): Promise<void> => void (await post('panels/main/job'));
  return {
    dropAnswer: async (change) =>
      void (await post('faults', { target: 'panel:main', mode: 'drop', operation: operations[change], count: 1 })),
    async backUp() {
      // The sandbox's own answer.
      const { backup } = (await post('panels/main/backups')) as { backup: number };
      return async () => void (await post('panels/main/restore', { backup }));
    },
    // Once in another case, which the panel does not heed when it writes, and heeds when it reads.
    addForeign: async (account) =>
      void (await post('panels/main/clients', {
        inboundId: 1,
        id: randomUUID(),
        email: how === 'password' ? nameOn(account).toUpperCase() : nameOn(account),
        subId: 'foreign',
        enable: true,
        expiryTime: 0,
        totalGB: 0,
        limitIp: 0,
      })),
    async useUp(account, bytes) {
      await post('panels/main/traffic', { email: nameOn(account), bytes });
      await runJobs();
    },
    runJobs,
    async countLogins() {
      const calls = (await (await fetch(`${url}/sandbox/panels/main/calls`)).json()) as { login: number };
      return calls.login;
    },
  };
}

/** Opens a simulated 3x-ui for the contract suite, with every power. Its inbounds hold a client of the operator's, as real ones do. */
export async function openThreeXUi(version: ProfileName, how: 'password' | 'token' = 'password'): Promise<OpenedPanel> {
  const sandbox = await startPanel(version);
  for (const inboundId of [1, 2, 3]) {
    const body = { inboundId, id: randomUUID(), email: `operator-${inboundId}-own`, subId: `own-${inboundId}`, enable: true };
    await fetch(`${sandbox.url}/sandbox/panels/main/clients`, { method: 'POST', body: JSON.stringify(body) });
  }
  return {
    connect: (wrong): Panel =>
      createThreeXUi(
        { url: `${sandbox.url}/panels/main/${wrong === 'path' ? 'elsewhere/' : ''}`, ...credentialsFor(how, wrong) },
        { http: createHttpClient({ tls: { mode: 'plain-http' } }), clock: systemClock },
      ),
    writer: sharedWriter(),
    targets: ['1', '2'],
    absentTarget: '999',
    powers: powersOf(sandbox.url, version, how),
    close: () => sandbox.stop(),
  };
}
