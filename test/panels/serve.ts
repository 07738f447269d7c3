import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { createFaults } from '../../sandbox/faults';
import { mountPanel, type PanelRules } from '../../sandbox/panel/mount';

/** A simulated panel on a port of its own. */
export interface ServedPanel {
  /** Root of the panel. */
  readonly url: string;
  /** Changes the books from outside the panel's API. */
  plant(fields: object): Promise<void>;
  runJob(): Promise<void>;
  fault(fault: {
    readonly mode: string | null;
    readonly operation?: string;
    readonly count?: number;
    readonly delayMs?: number;
  }): Promise<void>;
  clients(): Promise<readonly Record<string, unknown>[]>;
  calls(): Promise<Readonly<Record<string, number>>>;
  book(): Promise<unknown>;
  restore(book: unknown): Promise<void>;
  stop(): Promise<void>;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // A listening TCP server has an AddressInfo.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Serves one simulated panel; `now` stands still where it is given. */
export async function servePanel<Book>(rules: PanelRules<Book>, options: { readonly now?: () => Date } = {}): Promise<ServedPanel> {
  const faults = createFaults();
  const panel = mountPanel(rules, { name: 'main', faults, ...options });
  const app = new Koa();
  app.silent = true;
  app.use(faults.router.routes()).use(panel.router.routes());
  const handle = app.callback();
  const server = createServer((request, response) => void handle(request, response));
  const origin = await listen(server);

  async function call(method: string, path: string, body?: object): Promise<unknown> {
    const reply = await fetch(`${origin}/sandbox/${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (!reply.ok) throw new Error(`the sandbox answered ${reply.status}`);
    return reply.json();
  }

  return {
    url: `${origin}/panels/main`,
    plant: async (fields) => void (await call('POST', 'panels/main/clients', fields)),
    runJob: async () => void (await call('POST', 'panels/main/job')),
    fault: async (fault) => void (await call('POST', 'faults', { target: 'panel:main', ...fault })),
    // The sandbox answers with the books of this panel.
    clients: async () => (await call('GET', 'panels/main/clients')) as readonly Record<string, unknown>[],
    calls: async () => (await call('GET', 'panels/main/calls')) as Readonly<Record<string, number>>,
    book: () => call('GET', 'panels/main/book'),
    restore: async (book) => void (await call('PUT', 'panels/main/book', Object(book))),
    async stop() {
      panel.stop();
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
