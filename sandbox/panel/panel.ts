import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import Router from '@koa/router';
import type { Context } from 'koa';
import { readBody, readFields, readJsonBody } from '../body';
import { withFault, type Fault, type Faults } from '../faults';
import { seedInbounds, type StoredClient, type StoredInbound, type TrafficRow } from './inbounds';

/** Time between reading and writing an inbound: two writes within it lose one, as on the real panel. */
const writeGapMs = 5;

interface Book {
  inbounds: StoredInbound[];
  traffic: TrafficRow[];
  calls: Record<string, number>;
  logins: number;
}

export interface PanelSimulator {
  readonly router: Router;
  snapshot(): unknown;
  restore(snapshot: unknown): void;
  stop(): void;
}

export interface PanelOptions {
  readonly name: string;
  readonly username: string;
  readonly password: string;
  readonly faults: Faults;
  /** Pace of the panel's own job that switches off what has ended. */
  readonly jobMs?: number;
}

function clientsOf(inbound: StoredInbound): StoredClient[] {
  const settings: { clients?: StoredClient[] | null } = JSON.parse(inbound.settings);
  return settings.clients ?? [];
}

function withClients(inbound: StoredInbound, clients: StoredClient[]): string {
  return JSON.stringify({ ...JSON.parse(inbound.settings), clients }, null, 2);
}

function ok(msg: string, obj: unknown = null): object {
  return { success: true, msg, obj };
}

function no(msg: string): object {
  return { success: false, msg, obj: null };
}

/** Makes a simulated 3x-ui 2.9.4 under `/panels/<name>/` with its books under `/sandbox/panels/<name>/`. Answers follow recordings of the real one. */
export function createPanelSimulator(options: PanelOptions): PanelSimulator {
  const target = `panel:${options.name}`;
  let book: Book = { inbounds: seedInbounds(), traffic: [], calls: {}, logins: 0 };
  const sessions = new Set<string>();
  const router = new Router();
  const base = `/panels/${options.name}`;

  function find(id: number): StoredInbound | undefined {
    return book.inbounds.find((inbound) => inbound.id === id);
  }

  function isLoggedIn(ctx: Context): boolean {
    const cookie = /3x-ui=([^;\s]+)/.exec(ctx.get('cookie'))?.[1];
    return cookie !== undefined && sessions.has(cookie);
  }

  function addTraffic(inboundId: number, client: StoredClient): void {
    book.traffic = book.traffic.filter((row) => row.email !== client.email);
    book.traffic.push({
      inboundId,
      email: String(client.email ?? ''),
      uuid: String(client.id ?? ''),
      subId: String(client.subId ?? ''),
      enable: client.enable === true,
      expiryTime: Number(client.expiryTime ?? 0),
      total: Number(client.totalGB ?? 0),
      up: 0,
      down: 0,
    });
  }

  // The panel checks names against what stands there now, but writes back the settings it read before: that is how two calls lose one.
  async function change(
    inbound: StoredInbound,
    fault: Fault | undefined,
    edit: (clients: StoredClient[]) => StoredClient[],
  ): Promise<void> {
    const read = clientsOf(inbound);
    await wait(writeGapMs);
    if (fault?.mode === 'lost-write' || fault?.mode === 'half-500') return;
    inbound.settings = withClients(inbound, edit(read));
  }

  function parseClients(body: Record<string, unknown>): StoredClient[] | undefined {
    try {
      const settings: { clients?: StoredClient[] } = JSON.parse(String(body['settings']));
      return settings.clients;
    } catch {
      return undefined;
    }
  }

  function isTaken(email: unknown, exceptId?: string): boolean {
    const name = String(email).toLowerCase();
    return book.inbounds.some((inbound) =>
      clientsOf(inbound).some((client) => client.email?.toLowerCase() === name && client.id !== exceptId),
    );
  }

  async function addClient(body: Record<string, unknown>, fault: Fault | undefined): Promise<object> {
    const inbound = find(Number(body['id']));
    const clients = parseClients(body);
    if (inbound === undefined || clients === undefined) return no('Something went wrong (record not found)');
    const taken = clients.find((client) => isTaken(client.email));
    if (taken !== undefined) return no(`Something went wrong (Duplicate email: ${taken.email}\n)`);
    const now = Date.now();
    for (const client of clients) addTraffic(inbound.id, client);
    await change(inbound, fault, (present) => [...present, ...clients.map((client) => ({ ...client, created_at: now, updated_at: now }))]);
    return ok('Inbound client(s) have been added.');
  }

  async function updateClient(clientId: string, body: Record<string, unknown>, fault: Fault | undefined): Promise<object> {
    const inbound = find(Number(body['id']));
    const client = parseClients(body)?.[0];
    if (inbound === undefined || client === undefined) return no('Something went wrong (record not found)');
    const present = clientsOf(inbound).find((entry) => entry.id === clientId);
    if (present === undefined) return no('Something went wrong (empty client ID\n)');
    if (client.email !== present.email && isTaken(client.email, clientId))
      return no(`Something went wrong (Duplicate email: ${client.email}\n)`);
    addTraffic(inbound.id, client);
    const replaced = { ...client, created_at: present['created_at'], updated_at: Date.now() };
    await change(inbound, fault, (clients) => clients.map((entry) => (entry.id === clientId ? replaced : entry)));
    return ok('Inbound client has been updated.');
  }

  async function deleteClient(inboundId: number, clientId: string, fault: Fault | undefined): Promise<object> {
    const inbound = find(inboundId);
    if (inbound === undefined) return no('Something went wrong (record not found)');
    const clients = clientsOf(inbound);
    const gone = clients.filter((client) => client.id === clientId);
    if (gone.length === 0) return no(`Something went wrong (Client Not Found In Inbound For ID: ${clientId}\n)`);
    if (gone.length === clients.length) return no('Something went wrong (no client remained in Inbound\n)');
    book.traffic = book.traffic.filter((row) => !gone.some((client) => client.email === row.email));
    await change(inbound, fault, (present) => present.filter((client) => client.id !== clientId));
    return ok('Inbound client has been deleted.');
  }

  function shown(inbound: StoredInbound, withStats: boolean): object {
    const clientStats = withStats ? book.traffic.filter((row) => row.inboundId === inbound.id) : null;
    return { up: 0, down: 0, total: 0, allTime: 0, expiryTime: 0, ...inbound, clientStats };
  }

  function counted(operation: string, work: (ctx: Context, fault: Fault | undefined) => Promise<object>): (ctx: Context) => Promise<void> {
    return async (ctx) => {
      book.calls[operation] = (book.calls[operation] ?? 0) + 1;
      const fault = options.faults.take(target, operation);
      if (fault?.mode === 'session-lost') sessions.clear();
      await withFault(ctx, fault, async () => {
        if (!isLoggedIn(ctx)) {
          ctx.status = 404;
          ctx.body = '';
          return;
        }
        if (fault?.mode === 'success-false') {
          ctx.body = no('Something went wrong (internal trouble at 203.0.113.9 canary-panel-error)');
          return;
        }
        const answer = await work(ctx, fault);
        if (fault?.mode === 'half-500') {
          ctx.status = 500;
          ctx.body = '';
        } else ctx.body = answer;
      });
    };
  }

  router.post(`${base}/login`, async (ctx) => {
    await withFault(ctx, options.faults.take(target, 'login'), async () => {
      book.logins += 1;
      const { fields } = await readFields(ctx.req);
      if (fields['username'] !== options.username || fields['password'] !== options.password) {
        ctx.body = no('Invalid username or password or two-factor code.');
        return;
      }
      const session = randomBytes(16).toString('hex');
      sessions.add(session);
      ctx.set('set-cookie', `3x-ui=${session}; Path=${base}/; Max-Age=21600; HttpOnly; SameSite=Lax`);
      ctx.body = ok(' You have successfully logged into your account.');
    });
  });
  const api = `${base}/panel/api/inbounds`;
  router.get(
    `${api}/list`,
    counted('list', () =>
      Promise.resolve(
        ok(
          '',
          book.inbounds.map((inbound) => shown(inbound, true)),
        ),
      ),
    ),
  );
  router.get(
    `${api}/get/:id`,
    counted('get', (ctx) => {
      const inbound = find(Number(ctx['params']['id']));
      return Promise.resolve(inbound === undefined ? no('Obtain (record not found)') : ok('', shown(inbound, false)));
    }),
  );
  router.post(
    `${api}/addClient`,
    counted('addClient', async (ctx, fault) => addClient((await readFields(ctx.req)).fields, fault)),
  );
  router.post(
    `${api}/updateClient/:clientId`,
    counted('updateClient', async (ctx, fault) =>
      updateClient(String(ctx['params']['clientId']), (await readFields(ctx.req)).fields, fault),
    ),
  );
  router.post(
    `${api}/:id/delClient/:clientId`,
    counted('delClient', async (ctx, fault) => {
      await readBody(ctx.req);
      return deleteClient(Number(ctx['params']['id']), String(ctx['params']['clientId']), fault);
    }),
  );
  router.get(
    `${base}/panel/api/server/status`,
    counted('status', () =>
      Promise.resolve(ok('', { cpu: 1, xray: { state: 'running', errorMsg: '', version: '26.3.27' }, uptime: 2699 })),
    ),
  );
  router.get(`/sandbox/panels/${options.name}/clients`, (ctx) => {
    ctx.body = book.inbounds.flatMap((inbound) =>
      clientsOf(inbound).map((client) => ({ inboundId: inbound.id, inbound: inbound.remark, ...client })),
    );
  });
  router.get(`/sandbox/panels/${options.name}/calls`, (ctx) => {
    ctx.body = { ...book.calls, login: book.logins };
  });
  router.post(`/sandbox/panels/${options.name}/clients`, async (ctx) => {
    const { inboundId, ...client } = await readJsonBody(ctx.req);
    const inbound = find(Number(inboundId));
    if (inbound !== undefined) inbound.settings = withClients(inbound, [...clientsOf(inbound), client]);
    ctx.body = { ok: inbound !== undefined };
  });

  // The real panel switches off in the settings too what its traffic rows say has ended.
  const job = setInterval(() => {
    for (const inbound of book.inbounds) {
      const clients = clientsOf(inbound);
      const ended = clients.filter(
        (client) => client.enable === true && Number(client.expiryTime ?? 0) > 0 && Number(client.expiryTime) < Date.now(),
      );
      if (ended.length === 0) continue;
      inbound.settings = withClients(
        inbound,
        clients.map((client) => (ended.includes(client) ? { ...client, enable: false } : client)),
      );
    }
  }, options.jobMs ?? 10_000);
  job.unref();

  return {
    router,
    snapshot: () => book,
    restore(snapshot) {
      // A snapshot is what `snapshot` gave, written and read as JSON.
      book = snapshot as Book;
    },
    stop: () => clearInterval(job),
  };
}
