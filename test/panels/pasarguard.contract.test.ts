import { pasarguardRules } from '../../sandbox/panel/pasarguard/pasarguard';
import { systemClock } from '../../src/clock';
import { createHttpClient } from '../../src/http';
import { createPasarGuard } from '../../src/panels/pasarguard/panel';
import { openSimulated } from './simulated';
import { describeContract } from './suite';

const login = { username: 'owner', password: 'canary-pasarguard-password' };

describeContract({
  title: 'PasarGuard 5.2.1',
  open: () =>
    openSimulated({
      rules: pasarguardRules(login),
      connect(url, wrong) {
        const password = wrong === 'password' ? 'another' : login.password;
        const http = createHttpClient({ tls: { mode: 'plain-http' } });
        return createPasarGuard({ url: wrong === 'path' ? `${url}/elsewhere` : url, ...login, password }, { http, clock: systemClock });
      },
      targets: ['1', '2'],
      absentTarget: '99',
      changes: { create: 'create', update: 'change', remove: 'remove' },
      foreign: (account) => ({ username: account.name }),
      used: (account, bytes) => ({ username: account.name, used_traffic: bytes }),
      logins: (calls) => calls['login'] ?? 0,
    }),
});
