import type { Clock } from '../../clock';
import { ShopError } from '../../errors';
import { HttpFailure, type HttpClient, type HttpReply } from '../../http';
import { envelope, readJson, type Envelope } from './wire';

export interface ThreeXUiSettings {
  /** Address with the web base path. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

export interface SessionDeps {
  readonly http: HttpClient;
  readonly clock: Clock;
}

export interface Session {
  /** One call to the panel's API, logged in; answers with success or a business error, throws for everything else. */
  call(method: 'GET' | 'POST', path: string, options?: { readonly body?: object; readonly signal?: AbortSignal }): Promise<Envelope>;
}

/** Slow SQLite writes of a loaded panel take seconds. */
const timeoutMs = 15_000;

// Newer panels block an address for 15 minutes after a few refusals, even for the right password.
const loginPauseMs = 15 * 60_000;

const notLoggedIn = new Set([301, 302, 307, 401, 404]);

type Send = (method: 'GET' | 'POST', path: string, options: SendOptions) => Promise<HttpReply>;

interface SendOptions {
  readonly body?: string;
  readonly type?: string;
  readonly cookie?: string;
  readonly signal?: AbortSignal;
}

function createSend(base: string, http: HttpClient): Send {
  return async (method, path, { body, type, cookie, signal }) => {
    try {
      return await http.send({
        method,
        url: `${base}${path}`,
        headers: { ...(type === undefined ? {} : { 'content-type': type }), ...(cookie === undefined ? {} : { cookie }) },
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
        timeoutMs,
      });
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      const harmless = error.outcome === 'not-sent' || method === 'GET';
      throw new ShopError(harmless ? 'PanelUnavailable' : 'PanelUnknownOutcome', { message: `the panel gave no answer (${error.reason})` });
    }
  };
}

/** Makes the login: one under way at a time, and none again for 15 min after a refusal. */
function createLogin(settings: ThreeXUiSettings, clock: Clock, send: Send): () => Promise<string> {
  let refusedUntil = 0;
  let pending: Promise<string> | undefined;

  async function login(): Promise<string> {
    if (clock.now().getTime() < refusedUntil) {
      throw new ShopError('PanelAuthFailed', {
        message: 'the panel refused the login a short while ago; it is not asked again for 15 minutes',
      });
    }
    const body = new URLSearchParams({ username: settings.username, password: settings.password }).toString();
    const reply = await send('POST', 'login', { body, type: 'application/x-www-form-urlencoded' });
    if (reply.status === 404)
      throw new ShopError('PanelBadConfig', { message: 'the panel has no login at this address: check the path in its url' });
    if (!interpret(reply, 'login').success) {
      refusedUntil = clock.now().getTime() + loginPauseMs;
      throw new ShopError('PanelAuthFailed', { message: 'the panel refused the user name or password' });
    }
    const cookie = /(?:^|\n)(3x-ui=[^;]+)/.exec(reply.headers['set-cookie'] ?? '')?.[1];
    if (cookie === undefined) throw new ShopError('PanelContract', { message: 'the panel logged in without giving a session' });
    return cookie;
  }

  return () => {
    pending ??= login().finally(() => {
      pending = undefined;
    });
    return pending;
  };
}

/** Makes a session: one cookie for all calls, renewed once when the panel has forgotten it. */
export function createSession(settings: ThreeXUiSettings, deps: SessionDeps): Session {
  const base = settings.url.endsWith('/') ? settings.url : `${settings.url}/`;
  const send = createSend(base, deps.http);
  const login = createLogin(settings, deps.clock, send);
  let cookie: string | undefined;

  async function fresh(): Promise<string> {
    cookie = await login();
    return cookie;
  }

  return {
    async call(method, path, options = {}) {
      const request: SendOptions = {
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body), type: 'application/json' }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      };
      const used = cookie ?? (await fresh());
      const reply = await send(method, path, { ...request, cookie: used });
      if (!notLoggedIn.has(reply.status)) return interpret(reply, path);
      // Another call may have logged in again meanwhile; then its session is good for this one too.
      const renewed = cookie !== undefined && cookie !== used ? cookie : await fresh();
      const again = await send(method, path, { ...request, cookie: renewed });
      if (!notLoggedIn.has(again.status)) return interpret(again, path);
      throw new ShopError('PanelBadConfig', {
        message: 'the panel does not know this call after a good login: its version is not 2.7–2.9, or the path in its url is wrong',
      });
    },
  };
}

function interpret(reply: HttpReply, path: string): Envelope {
  const what = `an answer to ${path.split('/').slice(0, 4).join('/')}`;
  if (reply.status === 429)
    throw new ShopError('PanelRateLimited', { message: 'the panel asks to be left alone for a while', retryAfterMs: 60_000 });
  // An empty 500 comes after half the work: only reading tells what happened.
  if (reply.status >= 500) throw new ShopError('PanelUnknownOutcome', { message: `the panel answered ${reply.status}` });
  if (reply.status !== 200) throw new ShopError('PanelContract', { message: `the panel answered ${reply.status}` });
  if (/^\s*</.test(reply.text)) {
    throw new ShopError('PanelUnknownOutcome', {
      message: 'a web page answered in place of the panel: something stands before it, or its path is wrong',
    });
  }
  return readJson(what, reply.text, envelope);
}
