import { lastOnline, setTraffic } from './apiInbounds';
import { ok, wrong, type PanelState } from './book';
import { goJsonError } from './goJson';
import { createOwnClients } from './ownClients';
import type { Call, Route } from './panel';
import type { Profile } from './profiles';

const api = 'panel/api/clients';

function idsIn(call: Call): readonly number[] {
  const ids = 'value' in call.body ? call.body.value['inboundIds'] : undefined;
  return Array.isArray(ids) ? ids.map(Number) : [];
}

// From 3.1 on a form is no body: it is read as JSON, and fails as JSON.
function jsonBody(call: Call): Call['body'] {
  return call.isForm ? { error: goJsonError('client=') } : call.body;
}

/** The calls of `panel/api/clients`, from 3.1 on. */
export function clientRoutes(state: PanelState, profile: () => Profile): readonly Route[] {
  const clients = createOwnClients(state, profile);
  const from31 = (one: Profile): boolean => one.clients === 'own';
  const name = (call: Call): string => call.params['email'] ?? '';
  const get = (path: string, operation: string, run: Route['run']): Route => ({
    method: 'GET',
    path: `${api}/${path}`,
    operation,
    in: from31,
    run,
  });
  const post = (path: string, operation: string, run: Route['run']): Route => ({
    method: 'POST',
    path: `${api}/${path}`,
    operation,
    in: from31,
    run,
  });
  return [
    get('list', 'clientsList', () => clients.list()),
    get('get/:email', 'clientGet', (call) => clients.get(name(call))),
    get('traffic/:email', 'traffic', (call) => clients.traffic(name(call))),
    post('add', 'addClient', (call) => clients.add(jsonBody(call), call.fault?.mode)),
    post('update/:email', 'updateClient', (call) => {
      const only = call.query.get('inboundIds')?.split(',').map(Number);
      return clients.update(name(call), jsonBody(call), { fault: call.fault?.mode, ...(only === undefined ? {} : { only }) });
    }),
    post('del/:email', 'delClient', (call) =>
      clients.remove(name(call), { fault: call.fault?.mode, keepTraffic: call.query.get('keepTraffic') === '1' }),
    ),
    post(':email/attach', 'attach', (call) => clients.attach(name(call), idsIn(call), call.fault?.mode)),
    post(':email/detach', 'detach', (call) => clients.detach(name(call), idsIn(call), call.fault?.mode)),
    post('resetTraffic/:email', 'resetTraffic', (call) => clients.reset(name(call))),
    post('updateTraffic/:email', 'setTraffic', (call) => setTraffic(state, profile(), call)),
    post('lastOnline', 'lastOnline', () => lastOnline(state)),
    post('onlines', 'onlines', () => ok('', profile().version === '3.6.0' && state.book.rows.length > 0 ? [] : null)),
    post('ips/:email', 'ips', () => ok('', profile().version === '3.6.0' ? [] : 'No IP Record')),
    post('clearIps/:email', 'ips', (call) => (name(call) === '' ? wrong('record not found') : ok('The log has been cleared.'))),
  ];
}
