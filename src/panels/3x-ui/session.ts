import { ShopError } from '../../errors';
import type { HttpReply } from '../../http';
import { createLogin, type Login } from './login';
import { createSend, interpret, type SessionDeps, type ThreeXUiSettings } from './transport';
import type { Envelope } from './wire';

export interface CallOptions {
  readonly body?: object;
  readonly signal?: AbortSignal;
}

export interface Session {
  /** One call to the panel's API, logged in; answers with success or a business error, throws for everything else. */
  call(method: 'GET' | 'POST', path: string, options?: CallOptions): Promise<Envelope>;
  /** The same; undefined where this version does not know the call. */
  callIfKnown(method: 'GET' | 'POST', path: string, options?: CallOptions): Promise<Envelope | undefined>;
  /** Whether the panel has CSRF and API tokens, which it has from 3.0 on. */
  hasCsrf(signal?: AbortSignal): Promise<boolean>;
}

/**
 * What a status says: an answer; nobody is logged in (a redirect, 401, 403 for a lost CSRF token); or a 404. That is an unknown path, but for
 * an empty one before 3.0, which may mean either (recordings, correction 6).
 */
function verdictOf(reply: HttpReply, login: Login): 'answer' | 'logged-out' | 'unknown' | 'unclear' {
  if ([301, 302, 307, 401].includes(reply.status) || (reply.status === 403 && reply.text === '')) return 'logged-out';
  if (reply.status !== 404) return 'answer';
  return reply.text === '' && !login.hasCsrf ? 'unclear' : 'unknown';
}

/** Makes a session: one login or token for all calls, renewed once when the panel has forgotten it. */
export function createSession(settings: ThreeXUiSettings, deps: SessionDeps): Session {
  const base = settings.url.endsWith('/') ? settings.url : `${settings.url}/`;
  const send = createSend(base, deps.http);
  const login = createLogin(settings, deps.clock, send);

  async function attempt(method: 'GET' | 'POST', path: string, request: { options: CallOptions; used: Login }): Promise<HttpReply> {
    const { options, used } = request;
    const headers = { ...used.headers, ...(options.body === undefined ? {} : { 'content-type': 'application/json' }) };
    const body = options.body === undefined ? {} : { body: JSON.stringify(options.body) };
    return send(method, path, { ...body, headers, signal: options.signal });
  }

  async function callIfKnown(method: 'GET' | 'POST', path: string, options: CallOptions = {}): Promise<Envelope | undefined> {
    const used = await login.current(options.signal);
    const reply = await attempt(method, path, { options, used });
    const verdict = verdictOf(reply, used);
    if (verdict === 'answer') return interpret(reply, path);
    if (verdict === 'unknown') return undefined;
    const renewed = await login.renew(used, options.signal);
    const again = await attempt(method, path, { options, used: renewed });
    switch (verdictOf(again, renewed)) {
      case 'answer':
        return interpret(again, path);
      case 'logged-out':
        throw login.refused();
      case 'unknown':
      case 'unclear':
        return undefined;
    }
  }

  return {
    callIfKnown,
    hasCsrf: async (signal) => (await login.current(signal)).hasCsrf,
    async call(method, path, options) {
      const answer = await callIfKnown(method, path, options);
      if (answer !== undefined) return answer;
      throw new ShopError('PanelBadConfig', {
        message: 'the panel does not know a call of its own version: the path in its url is wrong, or it was updated a moment ago',
      });
    },
  };
}
