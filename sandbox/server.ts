import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import Router from '@koa/router';
import Koa from 'koa';
import { createFaults } from './faults';
import { openOtherPanel, type OtherPanel } from './panel/others';
import { createPanelSimulator } from './panel/panel';
import type { ProfileName } from './panel/profiles';
import { createTelegramSimulator } from './telegram/telegram';
import { createDesk } from './payments/desk';
import { openProviders, type ProviderSecrets } from './payments/providers';

export interface SandboxOptions {
  readonly port: number;
  /** Books are kept here, so that a second start finds them; none keeps them in memory. */
  readonly dataFile?: string;
  readonly botToken: string;
  readonly botUsername: string;
  readonly panels: readonly string[];
  /** Panels of other kinds than 3x-ui, by name. */
  readonly otherPanels?: Readonly<Record<string, OtherPanel>>;
  /** Versions that 3x-ui panels play; 2.9.4 without. */
  readonly panelVersions?: Readonly<Record<string, ProfileName>>;
  readonly panelLogin: { readonly username: string; readonly password: string };
  readonly payments: ProviderSecrets & { readonly test: boolean };
  /** Where webhooks of a provider go; undefined = nowhere. */
  readonly webhookUrl: (provider: string) => string | undefined;
  /** What the page shows beside the chat. */
  readonly shopView?: () => Promise<unknown>;
  readonly panelJobMs?: number;
  readonly webhookRetryMs?: number;
}

export interface Sandbox {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

interface Part {
  readonly router: Router;
  snapshot?(): unknown;
  restore?(snapshot: unknown): void;
  stop?(): void;
}

const saveMs = 500;
const files: Readonly<Record<string, string>> = { '/': 'index.html', '/page.css': 'page.css', '/page.js': 'page.js' };

function pageRouter(shopView: (() => Promise<unknown>) | undefined): Router {
  const router = new Router();
  for (const [path, file] of Object.entries(files)) {
    router.get(path, (ctx) => {
      ctx.type = file;
      ctx.body = readFileSync(join(__dirname, 'telegram', 'page', file));
    });
  }
  router.get('/sandbox/shop', async (ctx) => {
    ctx.body = (await shopView?.()) ?? {};
  });
  return router;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      // A listening TCP server has an AddressInfo.
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function save(file: string, parts: Readonly<Record<string, Part>>): void {
  mkdirSync(dirname(file), { recursive: true });
  const books = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.snapshot?.()]));
  writeFileSync(`${file}.part`, JSON.stringify(books));
  renameSync(`${file}.part`, file);
}

function load(file: string, parts: Readonly<Record<string, Part>>): void {
  if (!existsSync(file)) return;
  const books: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'));
  for (const [name, part] of Object.entries(parts)) if (books[name] !== undefined) part.restore?.(books[name]);
}

/** Starts the outside world on one loopback port: Telegram with a chat page, panels, payment providers, and switches for failures. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  let url = '';
  const faults = createFaults();
  const publicUrl = (): string => url;
  const desk = createDesk({
    publicUrl,
    webhookUrl: options.webhookUrl,
    faults,
    test: options.payments.test,
    ...(options.webhookRetryMs === undefined ? {} : { retryMs: options.webhookRetryMs }),
  });
  const parts: Record<string, Part> = {
    telegram: createTelegramSimulator({ token: options.botToken, username: options.botUsername, publicUrl, faults }),
    payments: desk,
  };
  const jobMs = options.panelJobMs === undefined ? {} : { jobMs: options.panelJobMs };
  for (const name of options.panels) {
    const version = options.panelVersions?.[name];
    const plays = version === undefined ? {} : { version };
    parts[`panel:${name}`] = createPanelSimulator({ name, ...options.panelLogin, ...plays, faults, ...jobMs });
  }
  for (const [name, kind] of Object.entries(options.otherPanels ?? {})) {
    parts[`panel:${name}`] = openOtherPanel({ name, kind, login: options.panelLogin, faults, ...jobMs });
  }
  const file = options.dataFile;
  if (file !== undefined) load(file, parts);
  const providers = openProviders(desk, options.payments);
  const app = new Koa();
  app.silent = true;
  for (const router of [faults.router, ...providers, ...Object.values(parts).map((part) => part.router), pageRouter(options.shopView)])
    app.use(router.routes());
  const handle = app.callback();
  const serve = (request: IncomingMessage, response: ServerResponse): void => void handle(request, response);
  const server = createServer(serve);
  // On a busy machine two requests may be seconds apart; the connection between them stays.
  server.keepAliveTimeout = 60_000;
  const port = await listen(server, options.port);
  url = `http://127.0.0.1:${port}`;
  const timer = file === undefined ? undefined : setInterval(() => save(file, parts), saveMs);
  return {
    url,
    port,
    async stop() {
      clearInterval(timer);
      for (const part of Object.values(parts)) part.stop?.();
      if (file !== undefined) save(file, parts);
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
