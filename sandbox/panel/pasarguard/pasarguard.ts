import { randomBytes } from 'node:crypto';
import { noteRemoval, wasThere, type PanelCall, type PanelReply, type PanelRules } from '../mount';
import { checkFields } from './fields';
import {
  changeUser,
  judge,
  linksOf,
  makeUser,
  seedHosts,
  seedInbounds,
  shownUser,
  type Book,
  type Fields,
  type StoredAdmin,
  type StoredUser,
} from './users';

export interface PasarGuardOptions {
  readonly username: string;
  readonly password: string;
}

interface Desk {
  readonly book: Book;
  readonly call: PanelCall;
  readonly caller: StoredAdmin;
}

type Handler = (desk: Desk) => PanelReply;

function ok(body: unknown, status = 200): PanelReply {
  return { status, body };
}

function refused(status: number, detail: string | Readonly<Record<string, string>>): PanelReply {
  return { status, body: { detail } };
}

const broken: PanelReply = { status: 500, text: 'Internal Server Error' };
const userNotFound = refused(404, 'User not found');
const noCredentials = refused(401, 'Could not validate credentials');

function token(book: Book, call: PanelCall): PanelReply {
  const isForm = String(call.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  const form = new URLSearchParams(isForm ? call.body : '');
  const missing = ['username', 'password'].filter((name) => !form.has(name));
  if (missing.length > 0) return refused(422, Object.fromEntries(missing.map((name) => [name, 'Field required'])));
  // The administrator of the environment, which only a panel in debug mode lets in.
  if (form.get('username') === 'admin') return refused(400, 'env admin not allowed in production');
  const admin = book.admins.find((one) => one.username === form.get('username') && one.password === form.get('password'));
  if (admin === undefined) return refused(401, 'Incorrect username or password');
  const access = randomBytes(16).toString('base64url');
  book.tokens[access] = admin.username;
  return ok({ access_token: access, token_type: 'bearer' });
}

function callerOf(book: Book, call: PanelCall): StoredAdmin | undefined {
  const header = String(call.headers['authorization'] ?? '');
  const key = call.headers['x-api-key'] ?? /^apikey (.+)$/i.exec(header)?.[1];
  if (key !== undefined) return book.keys.includes(String(key)) ? book.admins[0] : undefined;
  const name = book.tokens[/^bearer (.+)$/i.exec(header)?.[1] ?? ''];
  return book.admins.find((admin) => admin.username === name);
}

/** Hands on the user under a name; one of another administrator does not exist for an operator. */
function withUser({ book, caller }: Desk, is: (user: StoredUser) => boolean, work: (user: StoredUser) => PanelReply): PanelReply {
  const user = book.users.find(is);
  return user === undefined || (!caller.isOwner && user.admin !== caller.username) ? userNotFound : work(user);
}

function named(work: (desk: Desk, user: StoredUser) => PanelReply): Handler {
  return (desk) =>
    withUser(
      desk,
      (user) => user.username === desk.call.segments[2],
      (user) => work(desk, user),
    );
}

function withBody(desk: Desk, work: (fields: Fields) => PanelReply): PanelReply {
  if (desk.call.body === '') return refused(422, { body: 'Field required' });
  try {
    return work(Object(JSON.parse(desk.call.body)));
  } catch (error) {
    if (error instanceof SyntaxError) return refused(422, { '12': 'JSON decode error' });
    throw error;
  }
}

function unknownGroup(book: Book, fields: Fields): PanelReply | undefined {
  const ids = Array.isArray(fields['group_ids']) ? fields['group_ids'] : [];
  return ids.every((id) => book.groups.some((group) => group.id === id)) ? undefined : refused(404, 'Group not found');
}

const create: Handler = (desk) =>
  withBody(desk, (fields) => {
    const { book, caller, call } = desk;
    const refusal = checkFields(fields, 'create') ?? unknownGroup(book, fields);
    if (refusal !== undefined) return refusal;
    if (Number(fields['data_limit'] ?? 0) > 2 ** 63 - 1024) return broken;
    if (book.users.some((user) => user.username === fields['username'])) return refused(409, 'User already exists');
    const user = makeUser(book, fields, { admin: caller.username, now: call.now });
    book.nextId += 1;
    book.users.push(user);
    return ok(shownUser(book, user, false), 201);
  });

const change: Handler = (desk) =>
  withBody(desk, (fields) => {
    const refusal = checkFields(fields, 'change');
    if (refusal !== undefined) return refusal;
    return named(({ book, call }, user) => {
      const unknown = unknownGroup(book, fields);
      if (unknown !== undefined) return unknown;
      changeUser(user, fields, call.now);
      return ok(shownUser(book, user, false));
    })(desk);
  });

const setDisabled: Handler = (desk) =>
  withBody(desk, ({ disabled }) => {
    if (typeof disabled !== 'boolean') return refused(422, { disabled: 'Field required' });
    return named(({ book, call }, user) => {
      user.status = disabled ? 'disabled' : 'active';
      judge(user, call.now);
      user.edit_at = new Date().toISOString();
      return ok(shownUser(book, user, false));
    })(desk);
  });

const remove: Handler = (desk) => {
  const { book, call } = desk;
  if (wasThere(book.removed, call.segments[2] ?? '', call)) return { status: 204 };
  return named((_desk, user) => {
    book.users = book.users.filter((one) => one !== user);
    noteRemoval(book.removed, user.username);
    return { status: 204 };
  })(desk);
};

const reset = named(({ book, call }, user) => {
  user.used_traffic = 0;
  judge(user, call.now);
  return ok(shownUser(book, user, false));
});

const list: Handler = ({ book, call, caller }) => {
  const { query } = call;
  const status = query.get('status');
  if (status !== null && !['active', 'disabled', 'limited', 'expired', 'on_hold'].includes(status)) {
    return refused(422, { '0': 'Input should be one of them', 'str-enum[UserStatus]': 'Input should be one of them' });
  }
  const sort = query.get('sort') ?? 'created_at';
  if (!['created_at', '-created_at'].includes(sort)) return refused(400, `Value error, '${sort}' is not a valid UserSortOption`);
  const [names, ids] = [[...query.getAll('username'), ...query.getAll('usernames')], query.getAll('ids')];
  const found = book.users
    .filter((user) => caller.isOwner || user.admin === caller.username)
    .filter((user) => names.length === 0 || names.includes(user.username))
    .filter((user) => ids.length === 0 || ids.includes(String(user.id)))
    .filter((user) => status === null || user.status === status)
    .filter((user) => user.username.toLowerCase().includes((query.get('search') ?? '').toLowerCase()));
  const sorted = sort.startsWith('-') ? found.toReversed() : found;
  const [offset, limit] = [Number(query.get('offset') ?? 0), Number(query.get('limit') ?? 0)];
  const page = sorted.slice(offset, limit > 0 ? offset + limit : undefined);
  return ok({ users: page.map((user) => shownUser(book, user, true)), total: found.length });
};

function ownersOnly(right: string, body: (book: Book) => unknown): Handler {
  return ({ book, caller }) => (caller.isOwner ? ok(body(book)) : refused(403, `Permission denied: ${right}`));
}

const routes: readonly (readonly [operation: string, method: string, path: RegExp, handler: Handler])[] = [
  ['create', 'POST', /^api\/user$/, create],
  ['get', 'GET', /^api\/user\/[^/]+$/, named(({ book }, user) => ok(shownUser(book, user, false)))],
  [
    'get',
    'GET',
    /^api\/user\/by-(id|username)\/[^/]+$/,
    (desk) =>
      withUser(
        desk,
        (user) => (desk.call.segments[2] === 'by-id' ? String(user.id) : user.username) === desk.call.segments[3],
        (user) => ok(shownUser(desk.book, user, false)),
      ),
  ],
  ['change', 'PUT', /^api\/user\/[^/]+$/, change],
  ['disable', 'PUT', /^api\/user\/[^/]+\/disabled$/, setDisabled],
  ['remove', 'DELETE', /^api\/user\/[^/]+$/, remove],
  ['reset', 'POST', /^api\/user\/[^/]+\/reset$/, reset],
  ['list', 'GET', /^api\/users$/, list],
  ['system', 'GET', /^api\/system$/, () => ok({ version: '5.2.1', uptime_seconds: 18 })],
  ['inbounds', 'GET', /^api\/inbounds\/details$/, () => ok(seedInbounds)],
  [
    'groups',
    'GET',
    /^api\/groups$/,
    ownersOnly('groups.read', ({ groups }) => ({ groups: groups.map((group) => ({ ...group, total_users: 0 })), total: groups.length })),
  ],
  [
    'groups',
    'GET',
    /^api\/groups\/simple$/,
    ({ book }) => ok({ groups: book.groups.map(({ id, name }) => ({ id, name })), total: book.groups.length }),
  ],
  [
    'hosts',
    'GET',
    /^api\/hosts$/,
    ownersOnly('hosts.read', () =>
      seedHosts.map(({ tag, letter }, index) => ({
        id: index + 1,
        remark: `node-${letter} ({USERNAME})`,
        address: [`node-${letter}.example`],
        inbound_tag: tag,
        port: 443,
        is_disabled: false,
        status: [],
        priority: index,
      })),
    ),
  ],
  ['nodes', 'GET', /^api\/nodes$/, ownersOnly('nodes.read', ({ nodes }) => ({ nodes, total: nodes.length }))],
];

/** The panel's own subscription: open to whoever has its address. */
function subscription(book: Book, call: PanelCall): PanelReply {
  const [, access = '', type] = call.segments;
  const id = Buffer.from(access.split('.')[0] ?? '', 'base64url')
    .toString('utf8')
    .split(',')[1];
  const user = book.users.find((one) => String(one.id) === id);
  if (user === undefined) return refused(404, 'Not Found');
  return type === 'links'
    ? { status: 200, text: linksOf(book, user).join('\n') }
    : refused(422, { client_type: 'Input should be one of them' });
}

function answer(book: Book, call: PanelCall): PanelReply {
  if (call.path === 'api/admin/token') return call.method === 'POST' ? token(book, call) : refused(405, 'Method Not Allowed');
  if (call.path.startsWith('sub/')) return subscription(book, call);
  if (!routes.some(([, , path]) => path.test(call.path))) return refused(404, 'Not Found');
  const route = routes.find(([, method, path]) => method === call.method && path.test(call.path));
  if (route === undefined) return refused(405, 'Method Not Allowed');
  const caller = callerOf(book, call);
  return caller === undefined ? noCredentials : route[3]({ book, call, caller });
}

function operationOf(call: PanelCall): string {
  if (call.path === 'api/admin/token') return 'login';
  if (call.path.startsWith('sub/')) return 'links';
  return routes.find(([, method, path]) => method === call.method && path.test(call.path))?.[0] ?? 'unknown';
}

function plant(book: Book, { username, ...fields }: Record<string, unknown>): void {
  if (typeof username !== 'string') {
    Object.assign(book, fields);
    return;
  }
  const present = book.users.find((user) => user.username === username);
  const owner = book.admins[0]?.username ?? '';
  const user = present ?? makeUser(book, { group_ids: [1], ...fields, username }, { admin: owner, now: new Date() });
  if (present === undefined) {
    book.users.push(user);
    book.nextId += 1;
  } else Object.assign(user, fields);
  if (typeof fields['used_traffic'] === 'number') user.used_traffic = fields['used_traffic'];
}

/** The rules of PasarGuard 5.2.1, after a recording of the real panel. */
export function pasarguardRules(options: PasarGuardOptions): PanelRules<Book> {
  const vless = seedHosts.filter((host) => host.query !== '').map((host) => host.tag);
  return {
    seed: () => ({
      users: [],
      nextId: 1,
      groups: [
        { id: 1, name: 'all-vless', inbound_tags: vless, is_disabled: false },
        { id: 2, name: 'ws-only', inbound_tags: ['VLESS WS'], is_disabled: false },
      ],
      admins: [{ id: 1, username: options.username, password: options.password, isOwner: true }],
      tokens: {},
      keys: [],
      nodes: [{ name: 'node-1', status: 'connected' }],
      removed: {},
    }),
    operationOf,
    handle: answer,
    job: (book, now) => {
      for (const user of book.users) judge(user, now);
    },
    jobMs: 30_000,
    clients: (book) => book.users,
    plant,
    forgetSessions(book) {
      book.tokens = {};
    },
  };
}
