import { z } from 'zod';
import type { Clock } from '../clock';
import { ShopError } from '../errors';
import { readAnswer, type PanelAnswer, type PanelCaller } from './calls';

export interface PasswordLogin {
  readonly username: string;
  readonly password: string;
}

/** Neither Marzban nor PasarGuard blocks an address, yet a wrong password is not tried on and on. */
const loginPauseMs = 15 * 60_000;

const tokenAnswer = z.looseObject({ access_token: z.string().min(1) });

function refusalOf(answer: PanelAnswer): ShopError {
  if (answer.status === 404) {
    return new ShopError('PanelBadConfig', { message: 'the panel has no login at this address: check the path in its url' });
  }
  // PasarGuard lets the administrator of its environment in only in debug mode.
  if (answer.status === 400) {
    return new ShopError('PanelAuthFailed', { message: 'the panel lets this administrator not log in; make another one in the panel' });
  }
  if (answer.status === 401 || answer.status === 403) {
    return new ShopError('PanelAuthFailed', { message: 'the panel refused the user name or password' });
  }
  return new ShopError('PanelContract', { message: `the panel answered ${answer.status} to a login` });
}

/** Makes the login by user name and password: one under way at a time, and none again for 15 min after a refusal. */
function createLogin(send: PanelCaller, login: PasswordLogin, clock: Clock): () => Promise<string> {
  let refused: { readonly error: ShopError; readonly until: number } | undefined;
  let pending: Promise<string> | undefined;

  async function ask(): Promise<string> {
    if (refused !== undefined && clock.now().getTime() < refused.until) throw refused.error;
    const body = new URLSearchParams({ grant_type: 'password', username: login.username, password: login.password }).toString();
    const answer = await send({ method: 'POST', path: 'api/admin/token', body });
    if (answer.status < 300) return readAnswer('an answer to a login', answer.json, tokenAnswer).access_token;
    const error = refusalOf(answer);
    if (error.code === 'PanelAuthFailed') refused = { error, until: clock.now().getTime() + loginPauseMs };
    throw error;
  }

  return () => {
    pending ??= ask().finally(() => {
      pending = undefined;
    });
    return pending;
  };
}

/** Makes calls as a logged-in administrator: one token for all, renewed once when the panel has forgotten it. */
export function createBearerSession(send: PanelCaller, login: PasswordLogin, clock: Clock): PanelCaller {
  const renew = createLogin(send, login, clock);
  let token: string | undefined;

  async function fresh(): Promise<string> {
    token = await renew();
    return token;
  }

  return async (request) => {
    const used = token ?? (await fresh());
    const answer = await send({ ...request, headers: { ...request.headers, authorization: `Bearer ${used}` } });
    if (answer.status !== 401) return answer;
    // Another call may have logged in again meanwhile; then its token is good for this one too.
    const renewed = token !== undefined && token !== used ? token : await fresh();
    const again = await send({ ...request, headers: { ...request.headers, authorization: `Bearer ${renewed}` } });
    if (again.status !== 401) return again;
    throw new ShopError('PanelAuthFailed', { message: 'the panel refuses a token that it just gave' });
  };
}
