import type { Clock } from '../../clock';
import { ShopError } from '../../errors';
import { HttpFailure, type HttpClient, type HttpReply } from '../../http';
import { noAnswer } from '../noAnswer';
import { envelope, readJson, type Envelope } from './wire';

/** What opens a panel: a login, with the secret of the second factor where one is on; or an API token. */
export type ThreeXUiCredentials =
  | { readonly username: string; readonly password: string; readonly totpSecret?: string | undefined }
  | { readonly token: string };

export type ThreeXUiSettings = ThreeXUiCredentials & {
  /** Address with the web base path. */
  readonly url: string;
};

export interface SessionDeps {
  readonly http: HttpClient;
  readonly clock: Clock;
}

/** Slow SQLite writes of a loaded panel take seconds. */
const timeoutMs = 15_000;
/** Lists of some ten thousand clients. */
const maxBytes = 64 * 1024 * 1024;

/** Sends one request; throws `ShopError` where there is no answer. */
export type Send = (method: 'GET' | 'POST', path: string, options: SendOptions) => Promise<HttpReply>;

export interface SendOptions {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Makes the sender of a panel whose root is `base`. */
export function createSend(base: string, http: HttpClient): Send {
  return async (method, path, { body, headers, signal }) => {
    try {
      return await http.send({
        method,
        url: `${base}${path}`,
        // So that "not logged in" is a 401 and not a redirect or a 404 (recordings, `…-xhr`).
        headers: { 'x-requested-with': 'XMLHttpRequest', ...headers },
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
        timeoutMs,
        maxBytes,
      });
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      throw noAnswer(error, method !== 'GET');
    }
  };
}

/** Reads an envelope out of a reply; throws for everything that is none. */
export function interpret(reply: HttpReply, path: string): Envelope {
  const what = `an answer to ${path.split('/').slice(0, 4).join('/')}`;
  if (reply.status === 429)
    throw new ShopError('PanelRateLimited', { message: 'the panel asks to be left alone for a while', retryAfterMs: 60_000 });
  // An empty 500 comes after half the work: only reading tells what happened.
  if (reply.status >= 500) throw new ShopError('PanelUnknownOutcome', { message: `the panel answered ${reply.status}` });
  if (reply.status === 403)
    throw new ShopError('PanelAuthFailed', { message: 'the panel does not let this token do that; it has to be one of an administrator' });
  if (reply.status !== 200) throw new ShopError('PanelContract', { message: `the panel answered ${reply.status}` });
  if (/^\s*</.test(reply.text)) {
    throw new ShopError('PanelUnknownOutcome', {
      message: 'a web page answered in place of the panel: something stands before it, or its path is wrong',
    });
  }
  return readJson(what, reply.text, envelope);
}
