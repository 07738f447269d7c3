import { setTimeout as wait } from 'node:timers/promises';
import Router from '@koa/router';
import type { Context } from 'koa';
import { readBody, readJsonBody } from '../body';
import { withFault, type Fault, type Faults } from '../faults';

/** One request to a simulated panel, as its API sees it. */
export interface PanelCall {
  readonly method: string;
  /** Below the panel's root, without the leading slash. */
  readonly path: string;
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly now: Date;
  /** When it came, in milliseconds of a clock that never jumps; what changed since then it may not have seen. */
  readonly arrivedMs: number;
}

/** When each key was removed: calls that came before act as if it were still there, as on a real panel. */
export type Removals = Record<string, number>;

/** Notes a removal. */
export function noteRemoval(removals: Removals, key: string): void {
  removals[key] = performance.now();
}

/** Whether what is gone was still there when the call came. */
export function wasThere(removals: Removals, key: string, call: PanelCall): boolean {
  return (removals[key] ?? -1) >= call.arrivedMs;
}

/** What the panel answers; `text` instead of `body` for what is not JSON. */
export interface PanelReply {
  readonly status: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly type?: string;
}

/** The rules of one kind of panel over books that are plain JSON. Synchronous: calls on one panel never interleave. */
export interface PanelRules<Book> {
  seed(): Book;
  /** Short name of the call, for counting and for failures that are switched on by name. */
  operationOf(call: PanelCall): string;
  /** Undefined = the connection is closed without an answer. */
  handle(book: Book, call: PanelCall): PanelReply | undefined;
  /** The panel's own job that follows ends and limits. */
  job(book: Book, now: Date): void;
  readonly jobMs: number;
  clients(book: Book): readonly object[];
  /** Puts in what somebody else, or the passing of time, would have put in: a foreign account, used traffic, another status. */
  plant(book: Book, fields: Record<string, unknown>): void;
  /** Logs everybody out. */
  forgetSessions?(book: Book): void;
  /** Calls at once above which the panel answers 500 and does nothing. */
  readonly mostAtOnce?: number;
}

export interface PanelSimulation {
  readonly router: Router;
  snapshot(): unknown;
  restore(snapshot: unknown): void;
  stop(): void;
}

/** Time a call is under way, so that calls overlap as they do on a real panel. */
const callMs = 1;

interface Counts {
  readonly calls: Record<string, number>;
  running: number;
  /** Most calls that were under way at once. */
  peak: number;
}

async function readCall(ctx: Context, path: string, now: Date): Promise<PanelCall> {
  const arrivedMs = performance.now();
  const body = (await readBody(ctx.req)).toString('utf8');
  const segments = path.split('/').map((segment) => decodeURIComponent(segment));
  return { method: ctx.method, path, segments, query: new URLSearchParams(ctx.querystring), headers: ctx.headers, body, now, arrivedMs };
}

function send(ctx: Context, reply: PanelReply | undefined): void {
  if (reply === undefined) {
    ctx.req.socket.destroy();
    return;
  }
  if (reply.text !== undefined) {
    ctx.type = reply.type ?? 'text/plain';
    ctx.body = reply.text;
  } else ctx.body = reply.body ?? null;
  // Last, because an empty body sets a status of its own.
  ctx.status = reply.status;
}

export interface MountOptions {
  readonly name: string;
  readonly faults: Faults;
  readonly jobMs?: number;
  readonly now?: () => Date;
}

/** Makes a simulated panel under `/panels/<name>/` with its books under `/sandbox/panels/<name>/`. */
export function mountPanel<Book>(rules: PanelRules<Book>, options: MountOptions): PanelSimulation {
  const now = options.now ?? ((): Date => new Date());
  const target = `panel:${options.name}`;
  let book = rules.seed();
  const counts: Counts = { calls: {}, running: 0, peak: 0 };

  function work(call: PanelCall, fault: Fault | undefined): PanelReply | undefined {
    if (rules.mostAtOnce !== undefined && counts.running > rules.mostAtOnce) return { status: 500, text: 'Internal Server Error' };
    // A confirmed write that is not there afterwards: the books as they were before it.
    const before = fault?.mode === 'lost-write' ? structuredClone(book) : undefined;
    const reply = rules.handle(book, call);
    if (before !== undefined) book = before;
    return fault?.mode === 'half-500' ? { status: 500, text: 'Internal Server Error' } : reply;
  }

  async function answer(ctx: Context, path: string): Promise<void> {
    const call = await readCall(ctx, path, now());
    const operation = rules.operationOf(call);
    counts.calls[operation] = (counts.calls[operation] ?? 0) + 1;
    counts.running += 1;
    counts.peak = Math.max(counts.peak, counts.running);
    try {
      await wait(callMs);
      const fault = options.faults.take(target, operation);
      if (fault?.mode === 'session-lost') rules.forgetSessions?.(book);
      await withFault(ctx, fault, async () => send(ctx, await Promise.resolve(work(call, fault))));
    } finally {
      counts.running -= 1;
    }
  }

  const job = setInterval(() => rules.job(book, now()), options.jobMs ?? rules.jobMs);
  job.unref();
  const restore = (snapshot: unknown): void => {
    // A snapshot is what `snapshot` gave, written and read as JSON.
    book = structuredClone(snapshot) as Book;
  };
  const router = new Router();
  router.all(new RegExp(`^/panels/${options.name}/(.*)$`), async (ctx) => answer(ctx, ctx.path.slice(`/panels/${options.name}/`.length)));
  mountBooks(router, { name: options.name, rules, counts, now, book: () => book, restore });
  return { router, snapshot: () => book, restore, stop: () => clearInterval(job) };
}

interface BookDesk<Book> {
  readonly name: string;
  readonly rules: PanelRules<Book>;
  readonly counts: Counts;
  now(): Date;
  book(): Book;
  restore(snapshot: unknown): void;
}

function mountBooks<Book>(router: Router, desk: BookDesk<Book>): void {
  const base = `/sandbox/panels/${desk.name}`;
  router.get(`${base}/clients`, (ctx) => {
    ctx.body = desk.rules.clients(desk.book());
  });
  router.post(`${base}/clients`, async (ctx) => {
    desk.rules.plant(desk.book(), await readJsonBody(ctx.req));
    ctx.body = { ok: true };
  });
  router.get(`${base}/calls`, (ctx) => {
    ctx.body = { ...desk.counts.calls, peak: desk.counts.peak };
  });
  router.post(`${base}/job`, (ctx) => {
    desk.rules.job(desk.book(), desk.now());
    ctx.body = { ok: true };
  });
  router.get(`${base}/book`, (ctx) => {
    ctx.body = desk.book();
  });
  router.put(`${base}/book`, async (ctx) => {
    desk.restore(await readJsonBody(ctx.req));
    ctx.body = { ok: true };
  });
}
