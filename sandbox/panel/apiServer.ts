import { nextId, no, ok, randomText, xrayError, type PanelState } from './book';
import type { Answer, Call, Route } from './panel';
import { profiles, profileNames, type Profile } from './profiles';

const changed = 'The parameters have been changed.';

function status(state: PanelState, profile: Profile): object {
  const errorMsg = xrayError(state.book);
  const xray = state.book.stopped ? { state: 'stop', errorMsg: '' } : { state: errorMsg === '' ? 'running' : 'error', errorMsg };
  return ok('', {
    cpu: 1,
    xray: { ...xray, version: '26.3.27' },
    uptime: 2_699,
    ...(profile.tellsVersion ? { panelVersion: profile.version } : {}),
  });
}

function createToken(state: PanelState, call: Call): object {
  const name = 'value' in call.body ? String(call.body.value['name'] ?? '') : '';
  if (name === '') return no(`${changed} (token name is required\n)`);
  if (state.book.tokens.some((token) => token.name === name)) return no(`${changed} (a token with that name already exists\n)`);
  const token = { id: nextId(state.book), name, token: randomText(), enabled: true, createdAt: Math.floor(Date.now() / 1000) };
  state.book.tokens.push(token);
  return ok('', token);
}

function setToken(state: PanelState, call: Call): object {
  const token = state.book.tokens.find((one) => one.id === Number(call.params['id']));
  if (token !== undefined) token.enabled = 'value' in call.body && call.body.value['enabled'] === true;
  return ok(changed);
}

// The text of a token is shown once only from 3.2.7 on.
function shownTokens(state: PanelState, profile: Profile): readonly object[] {
  if (profile.version !== '3.6.0') return state.book.tokens;
  return state.book.tokens.map(({ token: _token, ...shown }) => shown);
}

function removeToken(state: PanelState, call: Call): object {
  state.book.tokens = state.book.tokens.filter((one) => one.id !== Number(call.params['id']));
  return ok(changed);
}

/** The calls for the server, xray and API tokens, where the version has them. */
export function serverRoutes(state: PanelState, profile: () => Profile): readonly Route[] {
  const versions = profileNames.map((name) => profiles[name]);
  const unique = (key: 'serverPath' | 'settingsPath' | 'xrayPath'): readonly string[] => [...new Set(versions.map((one) => one[key]))];
  const routes: Route[] = [
    {
      method: 'POST',
      path: 'server/status',
      operation: 'status',
      in: (one) => one.statusPath === 'server/status',
      run: () => status(state, profile()),
    },
    {
      method: 'GET',
      path: 'panel/api/server/status',
      operation: 'status',
      in: (one) => one.statusPath !== 'server/status',
      run: () => status(state, profile()),
    },
  ];
  // No panel of the sandbox has hosts; 3.4 and later know the question.
  const hosts: Route = {
    method: 'GET',
    path: 'panel/api/hosts/byInbound/:id',
    operation: 'hosts',
    in: (one) => one.version === '3.6.0',
    run: () => ok('', []),
  };
  routes.push(hosts);
  const xray = (stopped: boolean, said: string) => (): Answer => {
    state.book.stopped = stopped;
    return ok(said);
  };
  for (const path of unique('serverPath')) {
    const here = (one: Profile): boolean => one.serverPath === path;
    const restart = xray(false, 'Xray has been successfully relaunched.');
    routes.push({ method: 'POST', path: `${path}/restartXrayService`, operation: 'xray', in: here, run: restart });
    const stop = xray(true, 'Xray has been successfully stopped.');
    routes.push({ method: 'POST', path: `${path}/stopXrayService`, operation: 'xray', in: here, run: stop });
  }
  for (const path of unique('xrayPath')) {
    const here = (one: Profile): boolean => one.xrayPath === path;
    routes.push({ method: 'GET', path: `${path}/getXrayResult`, operation: 'xray', in: here, run: () => ok('', xrayError(state.book)) });
  }
  for (const path of unique('settingsPath')) {
    const here = (one: Profile): boolean => one.settingsPath === path && one.csrf;
    routes.push(
      { method: 'GET', path: `${path}/apiTokens`, operation: 'tokens', in: here, run: () => ok('', shownTokens(state, profile())) },
      { method: 'POST', path: `${path}/apiTokens/create`, operation: 'tokens', in: here, run: (call) => createToken(state, call) },
      { method: 'POST', path: `${path}/apiTokens/setEnabled/:id`, operation: 'tokens', in: here, run: (call) => setToken(state, call) },
      { method: 'POST', path: `${path}/apiTokens/delete/:id`, operation: 'tokens', in: here, run: (call) => removeToken(state, call) },
    );
  }
  return routes;
}
