import type { z } from 'zod';
import { noteRemoval, wasThere, type PanelCall, type PanelReply, type PanelRules } from '../mount';
import { listQuery, schemasOf } from './schemas';
import { seedInbounds, seedSquads } from './seed';
import { breaksDatabase, changeUser, linksOf, makeUser, seedBook, shownUser, type Book, type StoredUser } from './users';

export interface RemnawaveOptions {
  readonly version: '2.8.1' | '3.3.2';
  readonly token: string;
}

interface Desk {
  readonly version: string;
  readonly major: 2 | 3;
  readonly schemas: ReturnType<typeof schemasOf>;
  readonly book: Book;
  readonly call: PanelCall;
}

type Handler = (desk: Desk) => PanelReply;

function ok(response: unknown, status = 200): PanelReply {
  return { status, body: { response } };
}

function fault(call: PanelCall, status: number, [message, errorCode]: readonly [string, string]): PanelReply {
  const query = call.query.size === 0 ? '' : `?${call.query.toString()}`;
  return { status, body: { timestamp: new Date().toISOString(), path: `/${call.path}${query}`, message, errorCode } };
}

function refused(issues: readonly { readonly path: readonly PropertyKey[] }[]): PanelReply {
  return { status: 400, body: { statusCode: 400, message: 'Validation failed', errors: issues } };
}

const absent = ['User not found', 'A025'] as const;
const notFound = ['User with specified params not found', 'A063'] as const;

/** Reads the body by a schema and hands it on; an answer of its own when it cannot be read. */
function withBody<S extends z.ZodType>(desk: Desk, schema: S, work: (fields: z.output<S>) => PanelReply): PanelReply {
  let value: unknown;
  try {
    value = desk.call.body === '' ? {} : JSON.parse(desk.call.body);
  } catch (error) {
    return { status: 400, body: { message: error instanceof Error ? error.message : '', error: 'Bad Request', statusCode: 400 } };
  }
  const fields = schema.safeParse(value);
  return fields.success ? work(fields.data) : refused(fields.error.issues);
}

/** The user under the key of the path: a uuid in 2.x, a number in 3.x; another form is refused before anybody is looked for. */
function withKey(desk: Desk, key: string, work: (user: StoredUser | undefined) => PanelReply): PanelReply {
  const wellFormed = desk.major === 2 ? /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(key) : /^\d+$/.test(key);
  if (!wellFormed) return refused([{ path: [desk.major === 2 ? 'uuid' : 'userId'] }]);
  return work(desk.book.users.find((user) => (desk.major === 2 ? user.uuid === key : String(user.id) === key)));
}

const create: Handler = (desk) =>
  withBody(desk, desk.schemas.create, (fields) => {
    const { book, call } = desk;
    const failed = ['Failed to create user', 'A018'] as const;
    if (book.databaseDown) return fault(call, 500, failed);
    const squads = fields.activeInternalSquads ?? [];
    if (fields.shortUuid !== undefined && book.users.some((user) => user.shortUuid === fields.shortUuid && fields.shortUuid !== ''))
      return fault(call, 400, ['User short UUID already exists', 'A020']);
    if (book.users.some((user) => user.username === fields.username)) return fault(call, 400, ['User username already exists', 'A019']);
    if (breaksDatabase(fields) || new Set(squads).size < squads.length) return fault(call, 500, failed);
    const user = makeUser(book, fields);
    book.nextId += 1;
    book.users.push(user);
    return ok(shownUser(user, desk.major === 2), 201);
  });

const change: Handler = (desk) =>
  withBody(desk, desk.schemas.change, (fields) => {
    const { book, call } = desk;
    if (book.databaseDown) return fault(call, 500, ['Update user error', 'A039']);
    const key = fields.uuid ?? fields.id;
    const user = book.users.find((one) => (key === undefined ? one.username === fields.username : one.uuid === key || one.id === key));
    if (user === undefined) return fault(call, 404, absent);
    const squads = fields.activeInternalSquads ?? [];
    const repeated = new Set(squads).size < squads.length && squads.length !== user.squads.length;
    if (breaksDatabase(fields) || repeated) return fault(call, 500, ['Update user error', 'A039']);
    if (Object.keys(fields).some((name) => !['id', 'uuid', 'username'].includes(name))) changeUser(user, fields);
    return ok(shownUser(user, desk.major === 2));
  });

const resolve: Handler = (desk) =>
  withBody(desk, desk.schemas.resolve, (fields) => {
    const user = desk.book.users.find((one) => one.username === fields.username || one.shortUuid === fields.shortUuid);
    if (user === undefined) return fault(desk.call, 404, absent);
    const { uuid, id, shortUuid, username } = user;
    return ok({ ...(desk.major === 2 ? { uuid } : {}), id, shortUuid, username });
  });

const list: Handler = ({ book, call, major }) => {
  const query = listQuery.safeParse(Object.fromEntries(call.query));
  if (!query.success) return refused(query.error.issues);
  if (book.databaseDown) return fault(call, 500, ['Get all users error', 'A024']);
  const newest = book.users.toSorted((left, right) => right.id - left.id);
  const { start, size } = query.data;
  return ok({ total: newest.length, users: newest.slice(start, start + size).map((user) => shownUser(user, major === 2)) });
};

function find(by: (user: StoredUser, value: string) => boolean): Handler {
  return ({ book, call, major }) => {
    if (book.databaseDown) return fault(call, 500, ['Get user by error', 'A026']);
    const user = book.users.find((one) => by(one, call.segments[3] ?? ''));
    return user === undefined ? fault(call, 404, notFound) : ok(shownUser(user, major === 2));
  };
}

function act(work: (desk: Desk, user: StoredUser) => PanelReply | undefined): Handler {
  return (desk) =>
    withKey(desk, desk.call.segments[2] ?? '', (user) => {
      if (user === undefined) return fault(desk.call, 404, absent);
      const refusal = work(desk, user);
      if (refusal !== undefined) return refusal;
      user.updatedAt = new Date().toISOString();
      return ok(shownUser(user, desk.major === 2));
    });
}

const disable = act(({ call }, user) => {
  if (user.status === 'DISABLED') return fault(call, 400, ['User already disabled', 'A029']);
  user.status = 'DISABLED';
  return undefined;
});

const enable = act(({ call }, user) => {
  if (user.status === 'ACTIVE') return fault(call, 400, ['User already enabled', 'A030']);
  user.status = 'ACTIVE';
  return undefined;
});

const resetTraffic = act((_desk, user) => {
  user.usedTrafficBytes = 0;
  user.lastTrafficResetAt = new Date().toISOString();
  if (user.status === 'LIMITED') user.status = 'ACTIVE';
  return undefined;
});

const remove: Handler = (desk) =>
  withKey(desk, desk.call.segments[2] ?? '', (user) => {
    if (desk.book.databaseDown) return fault(desk.call, 500, ['Delete user error', 'A037']);
    if (user === undefined) {
      const races = wasThere(desk.book.removed, desk.call.segments[2] ?? '', desk.call);
      return races ? fault(desk.call, 500, ['Delete user error', 'A037']) : fault(desk.call, 404, absent);
    }
    desk.book.users = desk.book.users.filter((one) => one !== user);
    noteRemoval(desk.book.removed, desk.call.segments[2] ?? '');
    return desk.major === 2 ? ok({ isDeleted: true }) : { status: 204 };
  });

const connectionKeys: Handler = (desk) =>
  withKey(desk, desk.call.segments[3] ?? '', (user) =>
    user === undefined ? fault(desk.call, 404, absent) : ok({ enabledKeys: linksOf(desk.book, user), hiddenKeys: [], disabledKeys: [] }),
  );

const squads: Handler = ({ book, call }) => {
  if (book.databaseDown) return fault(call, 500, ['Get internal squads error', 'A116']);
  const internalSquads = seedSquads.map((squad, index) => ({
    uuid: squad.uuid,
    viewPosition: index + 1,
    name: squad.name,
    info: { membersCount: book.users.filter((user) => user.squads.includes(squad.uuid)).length, inboundsCount: squad.inbounds.length },
    inbounds: seedInbounds.filter((inbound) => squad.inbounds.includes(inbound.uuid)).map((inbound) => ({ ...inbound, rawInbound: {} })),
    createdAt: '2026-11-24T01:22:03.472Z',
    updatedAt: '2026-11-24T01:22:03.472Z',
  }));
  return ok({ total: internalSquads.length, internalSquads });
};

const hosts: Handler = ({ book }) =>
  ok(
    book.hosts.map(({ uuid, remark, address, port, inbound, isDisabled }, index) => ({
      uuid,
      viewPosition: index + 1,
      remark,
      address,
      port,
      isDisabled,
      isHidden: false,
      inbound: {
        configProfileUuid: seedInbounds.find((one) => one.uuid === inbound)?.profileUuid ?? null,
        configProfileInboundUuid: inbound,
      },
      nodes: [],
      excludedInternalSquads: [],
    })),
  );

const routes: readonly (readonly [operation: string, method: string, path: RegExp, handler: Handler])[] = [
  ['create', 'POST', /^users\/?$/, create],
  ['change', 'PATCH', /^users\/?$/, change],
  ['list', 'GET', /^users\/?$/, list],
  ['resolve', 'POST', /^users\/resolve$/, resolve],
  ['find', 'GET', /^users\/by-username\/[^/]+$/, find((user, value) => user.username === value)],
  ['find', 'GET', /^users\/by-short-uuid\/[^/]+$/, find((user, value) => user.shortUuid === value)],
  [
    'get',
    'GET',
    /^users\/(?!stream|tags)[^/]+$/,
    (desk) =>
      withKey(desk, desk.call.segments[2] ?? '', (user) =>
        user === undefined ? fault(desk.call, 404, notFound) : ok(shownUser(user, desk.major === 2)),
      ),
  ],
  ['disable', 'POST', /^users\/[^/]+\/actions\/disable$/, disable],
  ['enable', 'POST', /^users\/[^/]+\/actions\/enable$/, enable],
  ['reset', 'POST', /^users\/[^/]+\/actions\/reset-traffic$/, resetTraffic],
  ['remove', 'DELETE', /^users\/[^/]+$/, remove],
  ['keys', 'GET', /^subscriptions\/connection-keys\/[^/]+$/, connectionKeys],
  ['squads', 'GET', /^internal-squads$/, squads],
  ['hosts', 'GET', /^hosts$/, hosts],
  ['metadata', 'GET', /^system\/metadata$/, ({ version }) => ok({ version, build: { time: '2011-11-11T11:11:11Z', number: '0' } })],
  ['nodes', 'GET', /^nodes$/, ({ book }) => ok(book.nodes)],
];

function routeOf(call: PanelCall): (typeof routes)[number] | undefined {
  return routes.find(([, method, path]) => method === call.method && path.test(call.path.replace(/^api\//, '')));
}

/** Reached through a proxy that names the caller and https; else the panel closes the connection. */
function isForwarded(call: PanelCall): boolean {
  return call.headers['x-forwarded-for'] !== undefined && call.headers['x-forwarded-proto'] === 'https';
}

function answer(options: RemnawaveOptions, book: Book, call: PanelCall): PanelReply | undefined {
  if (!isForwarded(call)) return undefined;
  const route = call.path.startsWith('api/') ? routeOf(call) : undefined;
  if (route === undefined) {
    return { status: 404, body: { message: `Cannot ${call.method} /${call.path}`, error: 'Not Found', statusCode: 404 } };
  }
  const token = /^bearer (.+)$/i.exec(String(call.headers['authorization'] ?? ''))?.[1];
  if (token !== undefined && token === `deleted-${options.token}`)
    return { status: 403, body: { message: 'Forbidden resource', error: 'Forbidden', statusCode: 403 } };
  if (token === undefined || !book.tokens.includes(token)) return { status: 401, body: { message: 'Unauthorized', statusCode: 401 } };
  const major = options.version.startsWith('2') ? 2 : 3;
  return route[3]({ version: options.version, major, schemas: schemasOf(major, call.now), book, call });
}

function plant(book: Book, fields: Record<string, unknown>): void {
  if (typeof fields['username'] !== 'string') {
    Object.assign(book, fields);
    return;
  }
  const present = book.users.find((user) => user.username === fields['username']);
  const user = present ?? makeUser(book, { username: fields['username'], expireAt: '2030-01-01T00:00:00.000Z' });
  if (present === undefined) {
    book.users.push(user);
    book.nextId += 1;
  }
  Object.assign(user, fields);
}

/** Remnawave's jobs: what has ended is EXPIRED, what is used up is LIMITED; only active users are looked at. */
function job(book: Book, now: Date): void {
  for (const user of book.users.filter((one) => one.status === 'ACTIVE')) {
    if (user.trafficLimitBytes > 0 && user.usedTrafficBytes >= user.trafficLimitBytes) user.status = 'LIMITED';
    if (new Date(user.expireAt) <= now) user.status = 'EXPIRED';
  }
}

/** The rules of Remnawave 2.8.1 and 3.3.2, after recordings of the real panel. */
export function remnawaveRules(options: RemnawaveOptions): PanelRules<Book> {
  return {
    seed: () => seedBook(options.token),
    operationOf: (call) => routeOf(call)?.[0] ?? 'unknown',
    handle: (book, call) => answer(options, book, call),
    job,
    jobMs: 30_000,
    clients: (book) => book.users,
    plant,
    forgetSessions: () => undefined,
  };
}
