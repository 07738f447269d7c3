import { no, ok, wrong, type PanelState } from './book';
import { createInboundClients } from './clientsInInbounds';
import { goTypeError } from './goJson';
import type { StoredInbound } from './inbounds';
import type { Answer, Call, Route } from './panel';
import type { Profile } from './profiles';
import { shownInbound, shownRow } from './shown';

const api = 'panel/api/inbounds';

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null) return { ...value };
  return JSON.parse(String(value ?? '{}')) as Record<string, unknown>;
}

function usedPort(state: PanelState, profile: Profile, port: number): string | undefined {
  const other = state.book.inbounds.find((inbound) => inbound.port === port);
  if (other === undefined) return undefined;
  if (profile.version !== '3.6.0') return `Port already exists: ${port}\n`;
  return `port ${port} (tcp) already used by inbound '${other.remark}' (#${other.id}) on *\n`;
}

function addInbound(state: PanelState, profile: Profile, call: Call): object {
  const created = 'Inbound has been successfully created.';
  if ('error' in call.body) return no(`${created} (${call.body.error})`);
  const { value } = call.body;
  if (!profile.nested && typeof value['settings'] === 'object') {
    return no(`${created} (${goTypeError(value['settings'], 'Inbound.settings', 'string')})`);
  }
  const port = Number(value['port']);
  const taken = usedPort(state, profile, port);
  const settings = objectOf(value['settings']);
  const inbound: StoredInbound = {
    id: Math.max(0, ...state.book.inbounds.map((one) => one.id)) + 1,
    remark: String(value['remark'] ?? ''),
    enable: value['enable'] === true || value['enable'] === 'true',
    listen: String(value['listen'] ?? ''),
    port,
    protocol: String(value['protocol'] ?? ''),
    tag: profile.version === '3.6.0' ? `in-${port}-${value['protocol'] === 'shadowsocks' ? 'tcpudp' : 'tcp'}` : `inbound-${port}`,
    settings: { ...settings, clients: [] },
    streamSettings: objectOf(value['streamSettings']),
    sniffing: objectOf(value['sniffing']),
    allocate: objectOf(value['allocate']),
  };
  if (taken !== undefined) {
    // 2.6.0 shows what it would have made.
    if (profile.version !== '2.6.0') return wrong(taken);
    return {
      success: false,
      msg: `${created} (${taken})`,
      obj: shownInbound(state.book, { ...inbound, id: 0 }, { profile, withStats: false }),
    };
  }
  state.book.inbounds.push(inbound);
  // What it answers is what came in, without the traffic rows that other answers have.
  const shown = shownInbound(state.book, inbound, { profile, withStats: false });
  return ok(created, { ...shown, clientStats: null });
}

function getInbound(state: PanelState, profile: Profile, id: string): object {
  if (!/^\d+$/.test(id)) return no(` (strconv.Atoi: parsing "${id}": invalid syntax)`);
  const inbound = state.book.inbounds.find((one) => one.id === Number(id));
  return inbound === undefined ? no('Obtain (record not found)') : ok('', shownInbound(state.book, inbound, { profile, withStats: false }));
}

function setEnable(state: PanelState, call: Call): object {
  const inbound = state.book.inbounds.find((one) => one.id === Number(call.params['id']));
  if (inbound === undefined) return wrong('record not found');
  inbound.enable = 'value' in call.body && call.body.value['enable'] === true;
  return ok('Inbound has been successfully updated.');
}

function trafficOf(state: PanelState, profile: Profile, email: string): object {
  const row = state.book.rows.find((one) => one.email === email);
  if (row !== undefined) return ok('', shownRow(state.book, row, profile));
  return profile.trafficOfAbsent === 'null' ? ok('') : no(`Error getting traffics. (Inbound Not Found For Email: ${email}\n)`);
}

function trafficById(state: PanelState, profile: Profile, uuid: string): object {
  const clients = state.book.inbounds.flatMap((inbound) => inbound.settings.clients).filter((client) => client.id === uuid);
  const emails = new Set(clients.map((client) => client.email));
  return ok(
    '',
    state.book.rows.filter((row) => emails.has(row.email)).map((row) => shownRow(state.book, row, profile)),
  );
}

/** Sets what an account has used, by name; an absent one is no error. */
export function setTraffic(state: PanelState, profile: Profile, call: Call): object {
  const row = state.book.rows.find((one) => one.email === call.params['email']);
  if (row !== undefined && 'value' in call.body) {
    row.up = Number(call.body.value['upload'] ?? 0);
    row.down = Number(call.body.value['download'] ?? 0);
    if (profile.unknownPath === 'empty') row.allTime = row.up + row.down;
  }
  return ok('Inbound client has been updated.');
}

/** When each account was last seen: never, here. */
export function lastOnline(state: PanelState): object {
  return ok('', Object.fromEntries(state.book.rows.map((row) => [row.email, 0])));
}

/** The calls of `panel/api/inbounds`; those for clients end with 3.0. */
export function inboundRoutes(state: PanelState, profile: () => Profile): readonly Route[] {
  const clients = createInboundClients(state, profile);
  const always = (): boolean => true;
  const before31 = (one: Profile): boolean => one.clients === 'in-inbounds';
  const from28 = (one: Profile): boolean => before31(one) && one.version !== '2.6.0';
  const from29 = (one: Profile): boolean => one.unknownPath === 'empty';
  const get = (path: string, operation: string, run: (call: Call) => Answer): Route => ({
    method: 'GET',
    path: `${api}/${path}`,
    operation,
    in: operation === 'list' || operation === 'get' ? always : before31,
    run,
  });
  const post = (path: string, operation: string, run: Route['run']): Route => ({
    method: 'POST',
    path: `${api}/${path}`,
    operation,
    in: before31,
    run,
  });
  const param = (call: Call, name: string): string => call.params[name] ?? '';
  return [
    get('list', 'list', () =>
      ok(
        '',
        state.book.inbounds.map((inbound) => shownInbound(state.book, inbound, { profile: profile(), withStats: true })),
      ),
    ),
    get('get/:id', 'get', (call) => getInbound(state, profile(), param(call, 'id'))),
    get('getClientTraffics/:email', 'traffic', (call) => trafficOf(state, profile(), param(call, 'email'))),
    get('getClientTrafficsById/:uuid', 'traffic', (call) => trafficById(state, profile(), param(call, 'uuid'))),
    { ...post('add', 'addInbound', (call) => addInbound(state, profile(), call)), in: always },
    { ...post('setEnable/:id', 'setEnable', (call) => setEnable(state, call)), in: from29 },
    post('addClient', 'addClient', (call) => clients.add(call.body, call.fault?.mode)),
    post('updateClient/:key', 'updateClient', (call) => clients.update(param(call, 'key'), call.body, call.fault?.mode)),
    post(':id/delClient/:key', 'delClient', (call) => clients.remove(Number(param(call, 'id')), param(call, 'key'), call.fault?.mode)),
    {
      ...post(':id/delClientByEmail/:email', 'delClient', (call) => clients.removeByEmail(Number(param(call, 'id')), param(call, 'email'))),
      in: from28,
    },
    post(':id/resetClientTraffic/:email', 'resetTraffic', (call) => clients.reset(param(call, 'email'))),
    { ...post('updateClientTraffic/:email', 'setTraffic', (call) => setTraffic(state, profile(), call)), in: from28 },
    { ...post('lastOnline', 'lastOnline', () => lastOnline(state)), in: from28 },
    post('onlines', 'onlines', () => ok('', from29(profile()) && state.book.rows.length > 0 ? [] : null)),
    post('clientIps/:email', 'ips', () => ok('', 'No IP Record')),
    post('clearClientIps/:email', 'ips', () => ok('The log has been cleared.')),
  ];
}
