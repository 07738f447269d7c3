import { randomUUID } from 'node:crypto';
import { remnawaveRules } from '../../sandbox/panel/remnawave/remnawave';
import { systemClock } from '../../src/clock';
import { createHttpClient } from '../../src/http';
import { createRemnawave } from '../../src/panels/remnawave/panel';
import { openSimulated } from './simulated';
import { describeContract } from './suite';

const token = 'canary-remnawave-token';
const shop = 'd7dec908-e130-42dc-aadd-aa5182dd8f6f';
const premium = '8a5825c2-5fb2-4827-9a12-8abe5ea78967';

for (const version of ['2.8.1', '3.3.2'] as const) {
  describeContract({
    title: `Remnawave ${version}`,
    open: () =>
      openSimulated({
        rules: remnawaveRules({ version, token }),
        connect: (url, wrong) =>
          createRemnawave(
            { url: wrong === 'path' ? `${url}/elsewhere` : url, token: wrong === 'password' ? 'another-token' : token },
            { http: createHttpClient({ tls: { mode: 'plain-http' } }), clock: systemClock },
          ),
        targets: [shop, premium],
        absentTarget: randomUUID(),
        changes: { create: 'create', update: 'change', remove: 'remove' },
        foreign: (account) => ({ username: account.name }),
        used: (account, bytes) => ({ username: account.name, usedTrafficBytes: bytes }),
        // A token is never asked for.
        logins: () => 0,
      }),
  });
}
