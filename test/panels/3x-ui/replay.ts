import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { createFaults } from '../../../sandbox/faults';
import { newBook } from '../../../sandbox/panel/book';
import { createPanelSimulator } from '../../../sandbox/panel/panel';
import type { ProfileName } from '../../../sandbox/panel/profiles';
import { compare, startLearning, translate, translateBody, type Comparison, type Learned } from '../comparison';
import { readRecording, type Exchange } from '../replay';
import { knownDifferences, whyLeft } from './outOfScope';

const comparison: Comparison = {
  volatile: ['created_at', 'updated_at', 'createdAt', 'updatedAt', 'lastOnline', 'lastTrafficResetTime'],
  chosen: [],
  unread: [
    // Of the server's state the shop reads xray's, and the version.
    ...'cpuCores logicalPro cpuSpeedMhz mem swap disk diskIO diskTraffic panelGuid loads tcpCount udpCount netIO netTraffic publicIP appStats'.split(
      ' ',
    ),
    // Which machine of several an inbound is on.
    'originNodeGuid',
    'subSortIndex',
  ],
};

const inStrings = new Set(['settings', 'streamSettings', 'sniffing', 'allocate']);

// What the panel makes up where a request has none: ids of another pattern than those of the recorder, and keys.
const madeUp: readonly (readonly [RegExp, string])[] = [
  [/^[0-9a-f]{8}-(?!1111-4111-8111)[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, '<uuid>'],
  [/^(?!ZmVkY2JhOTg3)[\w+/]{43}=$/, '<key>'],
  [/^[0-9a-f]{32}$/, '<hex>'],
];

function emailOf(value: unknown): string {
  return typeof value === 'object' && value !== null && 'email' in value ? String(value.email) : '';
}

// Rows of the panel's database are numbered; the shop never reads the numbers.
function isNumber(of: object, name: string, value: unknown): boolean {
  return name === 'id' && typeof value === 'number' && ('email' in of || 'createdAt' in of);
}

function readableList(values: readonly unknown[], key: string): unknown[] {
  const entries = values.map((entry) => readable(entry));
  // Where a client is attached is a set, and so are traffic rows.
  if (key === 'inboundIds') return entries.toSorted();
  return key === 'clientStats' ? entries.toSorted((one, other) => emailOf(one).localeCompare(emailOf(other))) : entries;
}

/** Settings in strings are opened, what the panel made up stands for itself, sets stand in one order, figures of the machine are left out. */
function readable(value: unknown, key = ''): unknown {
  if (typeof value === 'string' && inStrings.has(key)) return readable(JSON.parse(value));
  if (typeof value === 'string') return madeUp.find(([pattern]) => pattern.test(value))?.[1] ?? value;
  if (Array.isArray(value)) return readableList(value, key);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([name, field]) => !isNumber(value, name, field));
  return Object.fromEntries(fields.map(([name, field]) => [name, name === 'uptime' || name === 'cpu' ? 0 : readable(field, name)]));
}

interface Session {
  cookie: string;
  csrf: string;
  readonly tokens: Map<string, string>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function headersOf({ request }: Exchange, session: Session): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    const key = name.toLowerCase();
    if (key === 'accept-encoding') continue;
    if (key === 'cookie') headers[key] = session.cookie;
    else if (key === 'x-csrf-token') headers[key] = value.startsWith('<csrf') ? session.csrf : value;
    else headers[key] = value.replaceAll(/<api-token(?:-\d)?>/g, (token) => session.tokens.get(token) ?? token);
  }
  return headers;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
}

function remember(exchange: Exchange, session: Session, got: Answer & { readonly setCookie: string | null }): void {
  const recorded = field(exchange.response.body, 'obj');
  const simulated = field(got.body, 'obj');
  // A token of another session was asked for without keeping its cookie.
  if (recorded === '<csrf-token-of-another-session>') return;
  if (got.setCookie !== null) session.cookie = got.setCookie.split(';')[0] ?? '';
  if (typeof recorded === 'string' && recorded.startsWith('<csrf')) session.csrf = String(simulated);
  const token = field(simulated, 'token');
  if (typeof token === 'string') session.tokens.set(String(field(recorded, 'token')), token);
}

// Secrets and what only names a session stand for themselves.
function plain(value: unknown, session: Session): unknown {
  let text = JSON.stringify(value);
  for (const [name, token] of session.tokens) text = text.replaceAll(token, name);
  if (session.csrf !== '') text = text.replaceAll(session.csrf, '<csrf>');
  return JSON.parse(
    text
      .replaceAll(/"obj":"[0-9a-f]{32}"/g, '"obj":"<csrf>"')
      .replaceAll(/<csrf-token[^>]*>/g, '<csrf>')
      .replaceAll('/panels/main/', '/t/'),
  ) as unknown;
}

const largeBody = 'x'.repeat(11 * 1024 * 1024);

function bodyOf({ name, request }: Exchange, learned: Learned, session: Session): string | undefined {
  const { body } = request;
  if (name === 'add-client-body-11-mib')
    return JSON.stringify({ id: 9_999, settings: '{"clients":[]}', client: { email: 'x' }, inboundIds: [9_999], ignored: largeBody });
  if (body === undefined || body === null || body === '') return undefined;
  if (typeof body === 'string') return body.replaceAll(/<csrf-token-\d>/g, session.csrf);
  return JSON.stringify(translateBody(learned, body));
}

/** A simulated panel that has nothing yet, as the recorded ones began. */
export interface Stage {
  readonly url: string;
  /** Takes clients out of an inbound by hand, and their rows. */
  drop(inboundId: number, ids: readonly string[]): void;
  /** Clients in an inbound's settings, and traffic rows. */
  count(inboundId: number): { readonly present: number; readonly rows: number };
  runJob(): Promise<void>;
  stop(): Promise<void>;
}

export interface StageOptions {
  /** What passes between reading and writing the settings of an inbound; nothing without. */
  readonly betweenReadAndWrite?: () => Promise<unknown>;
  /** Codes of a second factor that are right. */
  readonly codes?: () => readonly string[];
}

/** Lets `most` writes read before the first of them writes. */
export function meeting(most: number): () => Promise<unknown> {
  let here = 0;
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    here += 1;
    if (here === most) open();
    return all;
  };
}

/** Serves an empty panel that plays a version. */
export async function openStage(version: ProfileName, options: StageOptions = {}): Promise<Stage> {
  const panel = createPanelSimulator({
    name: 'main',
    username: 't',
    password: 't',
    faults: createFaults(),
    version,
    jobMs: 3_600_000,
    betweenReadAndWrite: () => Promise.resolve(),
    ...options,
  });
  const book = { ...newBook(), inbounds: [], tokens: [] };
  panel.restore({ book, version });
  const app = new Koa();
  app.silent = true;
  app.use(panel.router.routes());
  const handle = app.callback();
  const server: Server = createServer((request, response) => void handle(request, response));
  // On a busy machine two requests may be seconds apart; the connection between them stays.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // A listening TCP server has an AddressInfo.
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}/panels/main/`,
    drop(inboundId, ids) {
      const book = panel.book();
      const inbound = book.inbounds.find((one) => one.id === inboundId);
      if (inbound === undefined) return;
      const { clients } = inbound.settings;
      const emails = clients.filter((client) => ids.includes(client.id ?? '')).map((client) => client.email);
      inbound.settings = { ...inbound.settings, clients: clients.filter((client) => !ids.includes(client.id ?? '')) };
      book.rows = book.rows.filter((row) => !emails.includes(row.email));
    },
    count(inboundId) {
      const { inbounds, rows } = panel.book();
      return { present: inbounds.find((one) => one.id === inboundId)?.settings.clients.length ?? 0, rows: rows.length };
    },
    async runJob() {
      await fetch(`${origin}/sandbox/panels/main/job`, { method: 'POST' });
    },
    async stop() {
      panel.stop();
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function ask(
  stage: Stage,
  exchange: Exchange,
  sent: { session: Session; learned: Learned },
): Promise<Answer & { setCookie: string | null }> {
  const { session, learned } = sent;
  const body = bodyOf(exchange, learned, session);
  const reply = await fetch(`${stage.url}${translate(learned, exchange.request.path)}`, {
    method: exchange.request.method,
    redirect: 'manual',
    headers: headersOf(exchange, session),
    ...(body === undefined ? {} : { body }),
  });
  const text = await reply.text();
  const isJson = reply.headers.get('content-type')?.includes('json') ?? false;
  return { status: reply.status, body: isJson && text !== '' ? JSON.parse(text) : text, setCookie: reply.headers.get('set-cookie') };
}

export interface Outcome {
  readonly replayed: number;
  readonly left: number;
  readonly differences: readonly string[];
}

/** Sends every recorded request in scope to the simulated panel, in order; tells what differs, by exchange. */
export async function replay(
  version: ProfileName,
  stage: Stage,
  before: Readonly<Record<string, () => Promise<void> | void>>,
): Promise<Outcome> {
  const session: Session = { cookie: '', csrf: '', tokens: new Map() };
  const learned = startLearning(comparison);
  const differences: string[] = [];
  const seen = new Set<string>();
  let [replayed, leftOut] = [0, 0];
  for (const exchange of readRecording(`3x-ui/${version}`).exchanges) {
    if (whyLeft(exchange.name, version) !== undefined) {
      leftOut += 1;
      continue;
    }
    replayed += 1;
    await before[exchange.name]?.();
    const got = await ask(stage, exchange, { session, learned });
    remember(exchange, session, got);
    const { status, body } = exchange.response;
    if (status !== got.status) differences.push(`${exchange.name}: status ${status} became ${got.status}`);
    // Where the recording left a list out, its success is what it says.
    const isShort = typeof body === 'object' && body !== null && 'note' in body;
    const found = isShort
      ? []
      : compare(learned, { recorded: readable(plain(body, session)), simulated: readable(plain(got.body, session)) });
    for (const difference of found.map((one) => `${exchange.name}: ${one}`)) {
      const why = knownDifferences(version).find((one) => one.at.test(difference));
      if (why === undefined) differences.push(difference);
      else seen.add(why.why);
    }
  }
  const stale = knownDifferences(version).filter((one) => !seen.has(one.why));
  differences.push(...stale.map((one) => `no longer differs, though listed: ${one.why}`));
  return { replayed, left: leftOut, differences };
}
