import { describe, expect, it } from '@jest/globals';
import type { AccountCredentials } from '../panel';
import { listingOf } from './listing';
import { perInbound } from './perInbound';
import type { Inbound } from './wire';

const streamSettings = JSON.stringify({
  network: 'ws',
  security: 'tls',
  wsSettings: { path: '/ws' },
  tlsSettings: { serverName: 'vpn.example' },
});

function account(number: number): AccountCredentials {
  return { name: `k${number}`, uuid: `uuid-${number}`, password: 'p', subId: `sub-${number}` };
}

function inbound(id: number, clients: number): Inbound {
  const entries = Array.from({ length: clients }, (_none, number) => ({
    id: `uuid-${number}`,
    email: `k${number}-${id}`,
    subId: `sub-${number}`,
    enable: true,
    expiryTime: 1_900_000_000_000,
    totalGB: 0,
    limitIp: 3,
  }));
  return {
    id,
    remark: `Inbound ${id}`,
    enable: true,
    listen: '',
    port: 443,
    protocol: 'vless',
    settings: JSON.stringify({ clients: entries, decryption: 'none' }),
    streamSettings,
    clientStats: entries.map((entry) => ({ email: entry.email, up: 1, down: id })),
  };
}

describe('a list of 5,000 accounts on two inbounds', () => {
  it('is put together in one reading, with the nodes of each account, in seconds', () => {
    const { accounts, nodesOf } = listingOf([inbound(1, 5_000), inbound(2, 5_000)], {
      strategy: perInbound,
      place: { host: 'vpn.example', xrayVersion: undefined },
    });
    expect(accounts).toHaveLength(5_000);
    expect(accounts[4_999]).toMatchObject({ name: 'k4999', targets: ['1', '2'], usedBytes: 5, uniform: true, deviceLimit: 3 });
    const started = performance.now();
    for (let number = 0; number < 5_000; number += 1) expect(nodesOf?.(account(number)).length).toBe(2);
    // Reading every client again for each of them took minutes.
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(nodesOf?.({ ...account(1), uuid: 'another' })).toEqual([]);
  });
});
