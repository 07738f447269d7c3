import { z } from 'zod';
import type { Clock } from '../../clock';
import { ShopError } from '../../errors';
import type { HttpReply } from '../../http';
import { totpCode } from './totp';
import { interpret, type Send, type ThreeXUiCredentials } from './transport';
import { readJson } from './wire';

/** What proves a call: headers that go with it. */
export interface Login {
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the panel is one with CSRF and API tokens. */
  readonly hasCsrf: boolean;
}

export interface LoginKeeper {
  /** The login in use, made the first time. */
  current(signal?: AbortSignal): Promise<Login>;
  /** A login in place of `stale`; where another call renewed it meanwhile, that one. */
  renew(stale: Login, signal?: AbortSignal): Promise<Login>;
  /** Why a login that was just made is not taken. */
  refused(): ShopError;
}

// 3.0 and later shut a user name out for 15 minutes after a few refusals, right password or not (A3).
const pauseMs = 15 * 60_000;

/** This answer alone has no `msg`. */
const csrfAnswer = z.object({ obj: z.string() });

function cookieIn(reply: HttpReply): string | undefined {
  return /(?:^|\n)(3x-ui=[^;]+)/.exec(reply.headers['set-cookie'] ?? '')?.[1];
}

function notHere(): ShopError {
  return new ShopError('PanelBadConfig', { message: 'the panel has no login at this address: check the path in its url' });
}

/** A CSRF token and the cookie it belongs to; undefined before 3.0, which has none. */
async function askCsrf(send: Send, signal: AbortSignal | undefined): Promise<{ token: string; cookie: string | undefined } | undefined> {
  const reply = await send('GET', 'csrf-token', { signal });
  if (reply.status === 404 || (reply.status >= 300 && reply.status < 400)) return undefined;
  if (reply.status !== 200 || /^\s*</.test(reply.text)) {
    // It throws: this is no answer of a panel.
    interpret(reply, 'csrf-token');
    return undefined;
  }
  const { obj: token } = readJson('a CSRF token', reply.text, csrfAnswer);
  return { token, cookie: cookieIn(reply) };
}

type Password = Extract<ThreeXUiCredentials, { username: string }>;

function createPasswordLogin(credentials: Password, clock: Clock, send: Send): (signal: AbortSignal | undefined) => Promise<Login> {
  let refusedUntil = 0;
  return async (signal) => {
    if (clock.now().getTime() < refusedUntil) {
      throw new ShopError('PanelAuthFailed', {
        message: 'the panel refused the login a short while ago; it is not asked again for 15 minutes',
      });
    }
    const csrf = await askCsrf(send, signal);
    const { username, password, totpSecret } = credentials;
    const fields = { username, password, ...(totpSecret === undefined ? {} : { twoFactorCode: totpCode(totpSecret, clock.now()) }) };
    const proof = {
      ...(csrf === undefined ? {} : { 'x-csrf-token': csrf.token }),
      ...(csrf?.cookie === undefined ? {} : { cookie: csrf.cookie }),
    };
    const reply = await send('POST', 'login', {
      body: new URLSearchParams(fields).toString(),
      headers: { ...proof, 'content-type': 'application/x-www-form-urlencoded' },
      signal,
    });
    if (reply.status === 404) throw notHere();
    if (!interpret(reply, 'login').success) {
      refusedUntil = clock.now().getTime() + pauseMs;
      throw new ShopError('PanelAuthFailed', {
        message:
          'the panel refused the user name, the password or the second factor; after several refusals it shuts out the right ones too, for 15 minutes',
      });
    }
    const cookie = cookieIn(reply) ?? csrf?.cookie;
    if (cookie === undefined) throw new ShopError('PanelContract', { message: 'the panel logged in without giving a session' });
    return { headers: { ...proof, cookie }, hasCsrf: csrf !== undefined };
  };
}

/** With a token there is nothing to log in to; one that is refused and a wrong path look alike, and are told apart by asking for what needs none. */
function createTokenLogin(token: string, send: Send): LoginKeeper {
  const login: Login = { headers: { authorization: `Bearer ${token}` }, hasCsrf: true };
  return {
    current: () => Promise.resolve(login),
    async renew(_stale, signal) {
      if ((await askCsrf(send, signal)) === undefined) throw notHere();
      return login;
    },
    refused: () => new ShopError('PanelAuthFailed', { message: 'the panel refused the API token; make a new one in its settings' }),
  };
}

/** Keeps one login for all calls: one under way at a time, and none again for 15 min after a refusal. */
export function createLogin(credentials: ThreeXUiCredentials, clock: Clock, send: Send): LoginKeeper {
  if ('token' in credentials) return createTokenLogin(credentials.token, send);
  const logIn = createPasswordLogin(credentials, clock, send);
  let known: Login | undefined;
  let pending: Promise<Login> | undefined;

  function fresh(signal: AbortSignal | undefined): Promise<Login> {
    pending ??= logIn(signal)
      .then((login) => {
        known = login;
        return login;
      })
      .finally(() => {
        pending = undefined;
      });
    return pending;
  }

  return {
    current: (signal) => (known === undefined ? fresh(signal) : Promise.resolve(known)),
    renew: (stale, signal) => (known !== undefined && known !== stale ? Promise.resolve(known) : fresh(signal)),
    refused: () =>
      new ShopError('PanelAuthFailed', { message: 'the panel forgets its login at once; look at its session and cookie settings' }),
  };
}
