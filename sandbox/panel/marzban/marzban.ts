import { randomBytes } from 'node:crypto';
import { noteRemoval, wasThere, type PanelCall, type PanelReply, type PanelRules } from '../mount';
import { broken, checkFields, isReply, readFields, refused, refusedFields } from './fields';
import { seedHosts } from './seed';
import { changeUser, isPoisoned, makeUser, resetUser, seedBook, shownUser, type Book, type StoredAdmin, type StoredUser } from './users';

export interface MarzbanOptions {
  /** The administrator of the environment: its users have no owner. */
  readonly username: string;
  readonly password: string;
}

interface Desk {
  readonly book: Book;
  readonly call: PanelCall;
  readonly caller: StoredAdmin;
  /** Whether the caller is the administrator of the environment. */
  readonly fromEnvironment: boolean;
}

type Handler = (desk: Desk) => PanelReply;

function ok(body: unknown): PanelReply {
  return { status: 200, body };
}

const notAllowed = refused(403, "You're not allowed");
const userNotFound = refused(404, 'User not found');

function token(options: MarzbanOptions, book: Book, call: PanelCall): PanelReply {
  const isForm = String(call.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  const form = new URLSearchParams(isForm ? call.body : '');
  const missing = ['username', 'password'].filter((name) => !form.has(name));
  if (missing.length > 0) return refusedFields(Object.fromEntries(missing.map((name) => [name, 'Field required'])));
  if ((form.get('grant_type') ?? 'password') !== 'password') return refusedFields({ grant_type: "String should match pattern 'password'" });
  const admin = [options, ...book.admins].find((one) => one.username === form.get('username') && one.password === form.get('password'));
  if (admin === undefined) return refused(401, 'Incorrect username or password');
  const access = randomBytes(16).toString('base64url');
  book.tokens[access] = admin.username;
  return ok({ access_token: access, token_type: 'bearer' });
}

/** Hands on the user of the path; one of another owner is forbidden to whoever is not sudo. */
function withUser(desk: Desk, work: (user: StoredUser) => PanelReply): PanelReply {
  const user = desk.book.users.find((one) => one.username === desk.call.segments[2]);
  if (user === undefined) return userNotFound;
  if (!desk.caller.is_sudo && user.admin !== desk.caller.username) return notAllowed;
  return work(user);
}

function show(book: Book, user: StoredUser): PanelReply {
  return isPoisoned(user) ? broken : ok(shownUser(book, user));
}

// Active users and those on hold are let in by the core.
function tellCore(book: Book, user: StoredUser): void {
  book.core = book.core.filter((name) => name !== user.username);
  if (['active', 'on_hold'].includes(user.status)) book.core.push(user.username);
}

function bodyOf(desk: Desk, kind: 'create' | 'change', work: (fields: Readonly<Record<string, unknown>>) => PanelReply): PanelReply {
  const isForm = String(desk.call.headers['content-type'] ?? '').includes('urlencoded');
  const fields = readFields(desk.call.body, isForm);
  if (isReply(fields)) return fields;
  const tags = desk.book.inbounds.map((inbound) => inbound.tag);
  return checkFields(fields, kind, tags) ?? work(fields);
}

const create: Handler = (desk) =>
  bodyOf(desk, 'create', (fields) => {
    const { book } = desk;
    const limit = Number(fields['data_limit'] ?? 0);
    if (limit > 2 ** 63 - 1024) return broken;
    const proxies = Object.keys(Object(fields['proxies']));
    const absent = proxies.find((protocol) => !book.inbounds.some((inbound) => inbound.protocol === protocol));
    if (absent !== undefined)
      return refused(400, `Protocol ProxyTypes.${absent === 'vmess' ? 'VMess' : absent} is disabled on your server`);
    if (book.users.some((user) => user.username === fields['username'])) return refused(409, 'User already exists');
    const user = makeUser(book, fields, desk.fromEnvironment ? null : desk.caller.username);
    book.users.push(user);
    tellCore(book, user);
    // Stored all the same, and every list that has it fails from now on.
    return show(book, user);
  });

const change: Handler = (desk) =>
  bodyOf(desk, 'change', (fields) =>
    withUser(desk, (user) => {
      const before = structuredClone(user);
      changeUser(desk.book, user, { fields, now: desk.call.now });
      if (isPoisoned(user)) {
        Object.assign(user, before);
        return broken;
      }
      tellCore(desk.book, user);
      return show(desk.book, user);
    }),
  );

const remove: Handler = (desk) => {
  const { book, call } = desk;
  const name = call.segments[2] ?? '';
  // Several at once all do the work, and all fail after it.
  if (!book.users.some((user) => user.username === name) && wasThere(book.removed, name, call)) return broken;
  return withUser(desk, (user) => {
    book.users = book.users.filter((one) => one !== user);
    noteRemoval(book.removed, name);
    // Nobody to report to: the panel fails after the work, before the core is told.
    if (user.admin === null) return broken;
    book.core = book.core.filter((name) => name !== user.username);
    return refused(200, 'User successfully deleted');
  });
};

const reset: Handler = (desk) =>
  withUser(desk, (user) => {
    resetUser(user);
    tellCore(desk.book, user);
    return show(desk.book, user);
  });

const sorts: Readonly<Record<string, (left: StoredUser, right: StoredUser) => number>> = {
  created_at: () => 0,
  username: (left, right) => left.username.localeCompare(right.username),
};

const list: Handler = ({ book, call, caller }) => {
  const { query } = call;
  const [limit, offset] = [query.get('limit') ?? '0', query.get('offset') ?? '0'];
  if (!/^-?\d+$/.test(limit)) return refusedFields({ limit: 'Input should be a valid integer' });
  const status = query.get('status');
  if (status !== null && !['active', 'disabled', 'limited', 'expired', 'on_hold'].includes(status)) {
    return refusedFields({ status: 'Input should be one of them' });
  }
  const sort = query.get('sort') ?? 'created_at';
  const order = sorts[sort.replace(/^-/, '')];
  if (order === undefined) return refused(400, `"${sort}" is not a valid sort option`);
  const names = query.getAll('username');
  const search = query.get('search');
  const found = book.users
    .filter((user) => caller.is_sudo || user.admin === caller.username)
    .filter((user) => query.get('admin') === null || user.admin === query.get('admin'))
    .filter((user) => names.length === 0 || names.includes(user.username))
    .filter((user) => status === null || user.status === status)
    .filter((user) => search === null || search === '%' || `${user.username}\n${user.note ?? ''}`.includes(search));
  const sorted = sort.startsWith('-') ? found.toReversed() : found.toSorted(order);
  const page = sorted.slice(Number(offset), Number(limit) > 0 ? Number(offset) + Number(limit) : undefined);
  if (page.some(isPoisoned)) return broken;
  return ok({ users: page.map((user) => shownUser(book, user)), total: found.length });
};

const hosts: Handler = ({ book, caller }) =>
  caller.is_sudo
    ? ok(
        Object.fromEntries(
          book.inbounds.map(({ tag }) => [
            tag,
            seedHosts
              .filter((host) => host.tag === tag)
              .map(({ remark, address, port }) => ({ remark, address, port, is_disabled: book.disabledHosts.includes(tag) })),
          ]),
        ),
      )
    : notAllowed;

function byProtocol(book: Book): object {
  return Object.fromEntries(
    [...new Set(book.inbounds.map((inbound) => inbound.protocol))].map((protocol) => [
      protocol,
      book.inbounds.filter((inbound) => inbound.protocol === protocol),
    ]),
  );
}

function shownAdmin({ username, is_sudo }: StoredAdmin, usage: number | null): object {
  return { username, is_sudo, telegram_id: null, discord_webhook: null, users_usage: usage };
}

const routes: readonly (readonly [operation: string, method: string, path: RegExp, handler: Handler])[] = [
  ['create', 'POST', /^api\/user$/, create],
  ['get', 'GET', /^api\/user\/[^/]+$/, (desk) => withUser(desk, (user) => show(desk.book, user))],
  ['change', 'PUT', /^api\/user\/[^/]+$/, change],
  ['remove', 'DELETE', /^api\/user\/[^/]+$/, remove],
  ['reset', 'POST', /^api\/user\/[^/]+\/reset$/, reset],
  ['list', 'GET', /^api\/users$/, list],
  ['system', 'GET', /^api\/system$/, ({ book }) => ok({ version: '0.8.4', total_user: book.users.length })],
  ['inbounds', 'GET', /^api\/inbounds$/, ({ book }) => ok(byProtocol(book))],
  ['core', 'GET', /^api\/core$/, ({ book }) => ok({ version: '26.3.27', started: book.coreStarted, logs_websocket: '/api/core/logs' })],
  ['hosts', 'GET', /^api\/hosts$/, hosts],
  ['admin', 'GET', /^api\/admin$/, ({ caller, fromEnvironment }) => ok(shownAdmin(caller, fromEnvironment ? null : 0))],
  [
    'admins',
    'GET',
    /^api\/admins$/,
    ({ book, caller }) => (caller.is_sudo ? ok(book.admins.map((admin) => shownAdmin(admin, 0))) : notAllowed),
  ],
];

function routeOf(call: PanelCall): (typeof routes)[number] | undefined {
  return routes.find(([, method, path]) => method === call.method && path.test(call.path));
}

function answer(options: MarzbanOptions, book: Book, call: PanelCall): PanelReply {
  if (call.path === 'api/admin/token') return call.method === 'POST' ? token(options, book, call) : refused(405, 'Method Not Allowed');
  if (call.path === 'api/users/') return { status: 307, text: '' };
  const known = routes.some(([, , path]) => path.test(call.path));
  if (!known) return refused(404, 'Not Found');
  const route = routeOf(call);
  if (route === undefined) return refused(405, 'Method Not Allowed');
  const given = /^bearer(?: (.*))?$/i.exec(String(call.headers['authorization'] ?? ''));
  if (given === null) return refused(401, 'Not authenticated');
  const name = book.tokens[given[1] ?? ''];
  const environment = { username: options.username, password: options.password, is_sudo: true };
  const caller = name === options.username ? environment : book.admins.find((admin) => admin.username === name);
  if (caller === undefined) return refused(401, 'Could not validate credentials');
  return route[3]({ book, call, caller, fromEnvironment: caller === environment });
}

/** Marzban's review job: what has ended is expired, what is used up is limited; only active users are looked at. */
function job(book: Book, now: Date): void {
  for (const user of book.users.filter((one) => one.status === 'active')) {
    if (user.data_limit !== null && user.used_traffic >= user.data_limit) user.status = 'limited';
    else if (user.expire !== null && user.expire * 1000 <= now.getTime()) user.status = 'expired';
    tellCore(book, user);
  }
}

function plant(book: Book, { username, ...fields }: Record<string, unknown>): void {
  if (typeof username !== 'string') {
    Object.assign(book, fields);
    return;
  }
  const present = book.users.find((user) => user.username === username);
  if (fields['isGone'] === true) {
    book.users = book.users.filter((user) => user !== present);
    return;
  }
  const user = present ?? makeUser(book, { username, proxies: { vless: {} }, inbounds: {}, ...fields }, null);
  if (present === undefined) book.users.push(user);
  else Object.assign(user, fields);
  if (typeof fields['used_traffic'] === 'number') user.used_traffic = fields['used_traffic'];
  tellCore(book, user);
}

/** The rules of Marzban 0.8.4, after a recording of the real panel. */
export function marzbanRules(options: MarzbanOptions): PanelRules<Book> {
  return {
    seed: seedBook,
    operationOf: (call) => (call.path === 'api/admin/token' ? 'login' : (routeOf(call)?.[0] ?? 'unknown')),
    handle: (book, call) => answer(options, book, call),
    job,
    jobMs: 10_000,
    clients: (book) => book.users.map((user) => ({ ...user, isInCore: book.core.includes(user.username) })),
    plant,
    forgetSessions(book) {
      book.tokens = {};
    },
    // Fifteen database connections; more than forty calls at once wait for one longer than the panel does.
    mostAtOnce: 40,
  };
}
