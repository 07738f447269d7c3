import { setTimeout as wait } from 'node:timers/promises';
import Router from '@koa/router';
import type { Context } from 'koa';
import { readBody, readJsonBody } from '../body';
import { withFault, type Fault, type Faults } from '../faults';
import { createAccess, type Login } from './access';
import { handRoutes } from './hands';
import { inboundRoutes } from './apiInbounds';
import { clientRoutes } from './apiClients';
import { serverRoutes } from './apiServer';
import { newBook, no, type Book, type PanelState } from './book';
import { parseObject } from './goJson';
import type { StoredInbound } from './inbounds';
import { changeVersion, recordsOf, shutWhatEnded } from './jobs';
import { isProfileName, profileNames, profiles, type Profile, type ProfileName } from './profiles';
import { half, type Half } from './writing';

export interface PanelSimulator {
  readonly router: Router;
  /** What it keeps now. */
  book(): Book;
  snapshot(): unknown;
  restore(snapshot: unknown): void;
  stop(): void;
}

export interface PanelOptions extends Login {
  readonly name: string;
  readonly faults: Faults;
  /** Version that the panel plays. */
  readonly version?: ProfileName;
  /** Pace of the panel's own job that switches off what has ended. */
  readonly jobMs?: number;
  /** What passes between reading and writing, in which another write is lost; a few milliseconds without. */
  readonly betweenReadAndWrite?: () => Promise<unknown>;
}

/** What a call of the API sees. */
export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** JSON or a form, or the error that Go's decoder gives. */
  readonly body: { readonly value: Record<string, unknown> } | { readonly error: string };
  readonly isForm: boolean;
  readonly fault: Fault | undefined;
}

export type Answer = object | Half;

/** One call of the API: method and path below the base, and the name by which failures and the books know it. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly operation: string;
  /** Whether the version has it. */
  readonly in: (profile: Profile) => boolean;
  readonly run: (call: Call) => Answer | Promise<Answer>;
}

/** On an idle panel. */
const writeGapMs = 5;
const largestBody = 10 * 1024 * 1024;

function match(pattern: string, path: string): Record<string, string> | undefined {
  const names: string[] = [];
  const source = pattern.replaceAll(/:(\w+)/g, (_text, name: string) => {
    names.push(name);
    return '([^/]+)';
  });
  const found = new RegExp(`^${source}$`).exec(path);
  if (found === null) return undefined;
  return Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')]));
}

async function readCallBody(ctx: Context): Promise<{ body: Call['body']; isForm: boolean; tooLarge: boolean }> {
  const bytes = await readBody(ctx.req);
  const isForm = ctx.get('content-type').startsWith('application/x-www-form-urlencoded');
  const text = bytes.toString('utf8');
  const value = isForm ? { value: Object.fromEntries(new URLSearchParams(text)) } : parseObject(text);
  return { body: value, isForm, tooLarge: bytes.length > largestBody };
}

/** Makes a simulated 3x-ui under `/panels/<name>/` with its books under `/sandbox/panels/<name>/`. Answers follow recordings of the real one. */
export function createPanelSimulator(options: PanelOptions): PanelSimulator {
  const target = `panel:${options.name}`;
  const base = `/panels/${options.name}`;
  const state: PanelState = {
    book: newBook(),
    version: options.version ?? '2.9.4',
    calls: {},
    logins: 0,
    betweenReadAndWrite: options.betweenReadAndWrite ?? ((): Promise<unknown> => wait(writeGapMs)),
    writing: 0,
    met: 0,
    queue: Promise.resolve(),
  };
  const profile = (): Profile => profiles[state.version];
  const access = createAccess(state, profile, { base, login: options });
  const routes = [...inboundRoutes(state, profile), ...clientRoutes(state, profile), ...serverRoutes(state, profile)];
  const router = new Router();

  function notFound(ctx: Context): void {
    ctx.status = 404;
    if (profile().unknownPath === 'text') {
      ctx.type = 'text/plain';
      ctx.body = '404 page not found';
    } else ctx.body = '';
  }

  // Settings are closed, known or not; any other unknown path is just unknown.
  function isClosed(path: string): boolean {
    return /^panel\/(setting|xray)\//.test(path) && profile().settingsPath === 'panel/setting';
  }

  async function answer(ctx: Context, route: Route, params: Record<string, string>): Promise<void> {
    state.calls[route.operation] = (state.calls[route.operation] ?? 0) + 1;
    const fault = options.faults.take(target, route.operation);
    if (fault?.mode === 'session-lost') access.forget();
    await withFault(ctx, fault, async () => {
      const { body, isForm, tooLarge } = await readCallBody(ctx);
      if (isForm && 'value' in body) ctx['state']['csrfField'] = body.value['_csrf'];
      if (!access.admit(ctx) || !access.admitWrite(ctx)) return;
      if (fault?.mode === 'success-false') {
        ctx.body = no('Something went wrong (internal trouble at 203.0.113.9 canary-panel-error)');
        return;
      }
      const given: Call['body'] = tooLarge && profile().version === '3.6.0' ? { error: 'http: request body too large' } : body;
      const result = await route.run({ params, query: ctx.URL.searchParams, body: given, isForm, fault });
      if (result === half) {
        ctx.status = 500;
        ctx.body = '';
      } else ctx.body = result;
    });
  }

  async function serveApi(ctx: Context): Promise<void> {
    const path = ctx.path.slice(base.length + 1);
    for (const route of routes) {
      if (route.method !== ctx.method || !route.in(profile())) continue;
      const params = match(route.path, path);
      if (params !== undefined) {
        await answer(ctx, route, params);
        return;
      }
    }
    await readBody(ctx.req);
    if (isClosed(path) && !access.admit(ctx)) return;
    notFound(ctx);
  }

  async function login(ctx: Context): Promise<void> {
    await withFault(ctx, options.faults.take(target, 'login'), async () => {
      const { body } = await readCallBody(ctx);
      if (!access.admitWrite(ctx)) return;
      access.login(ctx, 'value' in body ? body.value : undefined);
    });
  }

  router.post(`${base}/login`, login);
  router.post(`${base}/getTwoFactorEnable`, async (ctx) => {
    const { body, isForm } = await readCallBody(ctx);
    if (isForm && 'value' in body) ctx['state']['csrfField'] = body.value['_csrf'];
    if (access.admitWrite(ctx)) ctx.body = { success: true, msg: '', obj: options.codes !== undefined };
  });
  router.get(`${base}/csrf-token`, (ctx) => (profile().csrf ? access.csrfToken(ctx) : notFound(ctx)));
  router.get(`${base}/logout`, (ctx) => (profile().csrf ? notFound(ctx) : access.logout(ctx)));
  router.post(`${base}/logout`, (ctx) => {
    if (!profile().csrf) notFound(ctx);
    else if (access.admitWrite(ctx)) access.logout(ctx);
  });
  router.all(new RegExp(`^${base}/.+`), serveApi);
  bookRoutes(router, { state, options, forget: access.forget, runJob: () => shutWhatEnded(state.book, profile()) });
  const job = setInterval(() => shutWhatEnded(state.book, profile()), options.jobMs ?? 10_000);
  job.unref();

  return {
    router,
    book: () => state.book,
    snapshot: () => ({ book: state.book, version: state.version }),
    restore(snapshot) {
      // What `snapshot` gave, written and read as JSON; an older one without a book is left aside.
      const { book, version } = snapshot as { book?: Book; version?: unknown };
      if (book === undefined) return;
      state.book = book;
      if (isProfileName(version)) state.version = version;
    },
    stop: () => clearInterval(job),
  };
}

interface BookDeps {
  readonly state: PanelState;
  readonly options: PanelOptions;
  readonly forget: () => void;
  readonly runJob: () => void;
}

/** What the sandbox itself offers beside the panel: its books, and what an operator or a careless hand does to it. */
function bookRoutes(router: Router, { state, options, runJob }: BookDeps): void {
  const path = `/sandbox/panels/${options.name}`;
  const backups: Book[] = [];
  handRoutes(router, path, state);
  router.get(`${path}/clients`, (ctx) => {
    ctx.body = state.book.inbounds.flatMap((inbound) =>
      inbound.settings.clients.map((client) => ({ inboundId: inbound.id, inbound: inbound.remark, ...client })),
    );
  });
  router.get(`${path}/calls`, (ctx) => {
    ctx.body = { ...state.calls, login: state.logins };
  });
  router.post(`${path}/clients`, async (ctx) => {
    const { inboundId, ...client } = await readJsonBody(ctx.req);
    const inbound = state.book.inbounds.find((one) => one.id === Number(inboundId));
    if (inbound !== undefined) inbound.settings = { ...inbound.settings, clients: [...inbound.settings.clients, client] };
    // A panel whose clients have records makes one for a client that it finds in its settings.
    if (profiles[state.version].clients === 'own') recordsOf(state.book);
    ctx.body = { ok: inbound !== undefined };
  });
  router.post(`${path}/new-inbounds`, async (ctx) => {
    // The sandbox's own call; what it is given stands there as it is.
    const given = (await readJsonBody(ctx.req)) as Partial<StoredInbound>;
    const like = state.book.inbounds[0];
    if (like !== undefined) state.book.inbounds.push({ ...structuredClone(like), ...given });
    ctx.body = { inbounds: state.book.inbounds.length };
  });
  router.get(`${path}/traffic`, (ctx) => {
    ctx.body = state.book.rows;
  });
  router.post(`${path}/traffic`, async (ctx) => {
    const { email, bytes } = await readJsonBody(ctx.req);
    const rows = state.book.rows.filter((row) => row.email === email);
    for (const row of rows) row.down += Number(bytes);
    ctx.body = { rows: rows.length };
  });
  router.post(`${path}/job`, async (ctx) => {
    await readBody(ctx.req);
    runJob();
    ctx.body = { ok: true };
  });
  router.post(`${path}/backups`, async (ctx) => {
    await readBody(ctx.req);
    backups.push(structuredClone(state.book));
    ctx.body = { backup: backups.length - 1 };
  });
  router.post(`${path}/restore`, async (ctx) => {
    const { backup } = await readJsonBody(ctx.req);
    const found = backups[Number(backup)];
    if (found !== undefined) state.book = structuredClone(found);
    ctx.body = { ok: found !== undefined };
  });
  router.post(`${path}/profile`, async (ctx) => {
    const { version } = await readJsonBody(ctx.req);
    if (isProfileName(version)) changeVersion(state, version);
    else ctx.status = 400;
    ctx.body = { version: state.version, known: profileNames };
  });
}
