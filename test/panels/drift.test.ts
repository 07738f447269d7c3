import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { marzbanRules } from '../../sandbox/panel/marzban/marzban';
import { pasarguardRules } from '../../sandbox/panel/pasarguard/pasarguard';
import { remnawaveRules } from '../../sandbox/panel/remnawave/remnawave';
import { driftOf, type Drift } from '../../src/domain/drift';
import { createHttpClient, type HttpClient } from '../../src/http';
import type { Clock } from '../../src/clock';
import { createMarzban } from '../../src/panels/marzban/panel';
import type { DesiredAccount, Panel } from '../../src/panels/panel';
import { createPasarGuard } from '../../src/panels/pasarguard/panel';
import { createRemnawave } from '../../src/panels/remnawave/panel';
import { signal } from './contract/case';
import { servePanel, type ServedPanel } from './serve';

const login = { username: 'owner', password: 'canary-password' };
const squad = 'd7dec908-e130-42dc-aadd-aa5182dd8f6f';
const now = new Date('2026-11-26T12:00:00Z');

interface Kind {
  readonly name: string;
  readonly target: string;
  open(): Promise<ServedPanel>;
  connect(url: string, deps: { readonly http: HttpClient; readonly clock: Clock }): Panel;
  /** What a person changes on the panel, and what the look at it has to call that. */
  readonly byHand: readonly (readonly [object, Drift])[];
}

const kinds: readonly Kind[] = [
  {
    name: 'Remnawave',
    target: squad,
    open: () => servePanel(remnawaveRules({ version: '3.3.2', token: 'one' }), { now: () => now }),
    connect: (url, deps) => createRemnawave({ url, token: 'one' }, deps),
    byHand: [
      [{ status: 'DISABLED' }, 'switched'],
      [{ status: 'EXPIRED' }, 'switched'],
      [{ expireAt: '2099-01-01T00:00:00.000Z' }, 'end'],
      [{ trafficLimitBytes: 0 }, 'limits'],
      [{ hwidDeviceLimit: 9 }, 'limits'],
      [{ squads: [] }, 'targets'],
      [{ trafficLimitStrategy: 'MONTH' }, 'mixed'],
    ],
  },
  {
    name: 'Marzban',
    target: 'VLESS WS',
    open: () => servePanel(marzbanRules(login), { now: () => now }),
    connect: (url, deps) => createMarzban({ url, ...login }, deps),
    byHand: [
      [{ status: 'disabled' }, 'switched'],
      [{ status: 'on_hold' }, 'switched'],
      [{ expire: null }, 'end'],
      [{ data_limit: null }, 'limits'],
      [{ excluded: { vless: [] } }, 'targets'],
      [{ data_limit_reset_strategy: 'month' }, 'mixed'],
    ],
  },
  {
    name: 'PasarGuard',
    target: '2',
    open: () => servePanel(pasarguardRules(login), { now: () => now }),
    connect: (url, deps) => createPasarGuard({ url, ...login }, deps),
    byHand: [
      [{ status: 'disabled' }, 'switched'],
      [{ expire: '2099-01-01T00:00:00Z' }, 'end'],
      [{ data_limit: null }, 'limits'],
      [{ hwid_limit: 9 }, 'limits'],
      [{ group_ids: [1, 2] }, 'targets'],
      [{ data_limit_reset_strategy: 'month' }, 'mixed'],
    ],
  },
];

describe.each(kinds)('a list of $name', (kind) => {
  let served: ServedPanel;
  let panel: Panel;
  afterEach(async () => {
    await panel.close();
    await served.stop();
  });

  it('has no drift after an account was ensured, has it after every change by hand, and none after a repair', async () => {
    served = await kind.open();
    panel = kind.connect(served.url, { http: createHttpClient({ tls: { mode: 'plain-http' } }), clock: { now: () => now } });
    const desired: DesiredAccount = {
      credentials: { name: 'kabcdefgh12345', uuid: randomUUID(), password: 'canary-password-0001', subId: 'canary-short-id' },
      enabled: true,
      // An end of a purchase falls between seconds.
      endsAt: new Date('2027-11-26T12:00:00.250Z'),
      trafficLimitBytes: 1_000_000,
      deviceLimit: 2,
      targets: [kind.target],
    };
    const drift = async (): Promise<Drift | undefined> => {
      const { accounts } = await panel.listAccounts(signal);
      return driftOf({ ...desired, uuid: desired.credentials.uuid }, accounts[0], now);
    };
    await panel.ensureAccount(desired, signal);
    expect(await drift()).toBeUndefined();
    for (const [change, name] of kind.byHand) {
      await served.plant({ username: desired.credentials.name, ...change });
      expect([change, await drift()]).toEqual([change, name]);
      await panel.ensureAccount(desired, signal);
      expect([change, await drift()]).toEqual([change, undefined]);
    }
  });
});
