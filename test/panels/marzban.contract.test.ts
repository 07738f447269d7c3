import { marzbanRules } from '../../sandbox/panel/marzban/marzban';
import { systemClock } from '../../src/clock';
import { createHttpClient } from '../../src/http';
import { createMarzban } from '../../src/panels/marzban/panel';
import { openSimulated } from './simulated';
import { describeContract } from './suite';

const login = { username: 'owner', password: 'canary-marzban-password' };

describeContract({
  title: 'Marzban 0.8.4',
  open: () =>
    openSimulated({
      rules: marzbanRules(login),
      connect(url, wrong) {
        const password = wrong === 'password' ? 'another' : login.password;
        const http = createHttpClient({ tls: { mode: 'plain-http' } });
        return createMarzban({ url: wrong === 'path' ? `${url}/elsewhere` : url, ...login, password }, { http, clock: systemClock });
      },
      targets: ['VLESS TCP REALITY', 'VLESS WS'],
      absentTarget: 'Nope',
      changes: { create: 'create', update: 'change', remove: 'remove' },
      foreign: (account) => ({ username: account.name }),
      used: (account, bytes) => ({ username: account.name, used_traffic: bytes }),
      logins: (calls) => calls['login'] ?? 0,
    }),
});
