import type { z } from 'zod';
import { ShopError } from '../../errors';
import { createCaller, readAnswer, type CallerOptions, type PanelAnswer, type PanelRequest } from '../calls';
import { readPages, type Page } from '../pages';
import {
  connectionKeys,
  hostList,
  metadata,
  nodeList,
  panelError,
  squadList,
  userAnswer,
  userPage,
  validationError,
  type Host,
  type Squad,
  type User,
} from './wire';

export interface RemnawaveSettings {
  /** Address of the panel, without `/api`. */
  readonly url: string;
  readonly token: string;
  /** Value of `X-Api-Key`, where a guard before the panel wants one. */
  readonly apiKey?: string | undefined;
}

/** The calls of Remnawave's API that the shop makes; 2.x and 3.x alike. */
export interface RemnawaveApi {
  /** Undefined = the panel said that there is nobody of this name. */
  findUser(name: string, signal: AbortSignal): Promise<User | undefined>;
  /** False = the name or the short id is taken. */
  createUser(body: object, signal: AbortSignal): Promise<boolean>;
  changeUser(body: object, signal: AbortSignal): Promise<void>;
  act(found: User, action: 'disable' | 'reset-traffic', signal: AbortSignal): Promise<void>;
  deleteUser(found: User, signal: AbortSignal): Promise<void>;
  listUsers(signal: AbortSignal): Promise<readonly User[]>;
  links(found: User, signal: AbortSignal): Promise<readonly string[]>;
  squads(signal: AbortSignal): Promise<readonly Squad[]>;
  /** Undefined where the token may not read them. */
  hosts(signal: AbortSignal): Promise<readonly Host[] | undefined>;
  nodes(signal: AbortSignal): Promise<z.infer<typeof nodeList>['response'] | undefined>;
  version(signal: AbortSignal): Promise<string>;
}

const pageSize = 1_000;

function codeOf(answer: PanelAnswer): string | undefined {
  const error = panelError.safeParse(answer.json);
  return error.success ? error.data.errorCode : undefined;
}

function refusal(answer: PanelAnswer, request: PanelRequest): ShopError {
  const code = codeOf(answer);
  if (answer.status === 401) return new ShopError('PanelAuthFailed', { message: 'the panel refused the token' });
  if (answer.status === 403) {
    return new ShopError('PanelAuthFailed', { message: 'the panel knows the token no more, or its scopes are too small; make a new one' });
  }
  // Absence has a code; a 404 without one comes from the web framework.
  if (answer.status === 404 && code === undefined) {
    return new ShopError('PanelBadConfig', {
      message: 'the panel does not know this call: check the path in its url, and that it is 2.8 or newer',
    });
  }
  const invalid = validationError.safeParse(answer.json);
  const fields = invalid.success ? ` (${invalid.data.errors.map((error) => error.path.join('.')).join(', ')})` : '';
  const call = `${request.method} ${request.path.split('/').slice(0, 2).join('/')}`;
  return new ShopError('PanelContract', { message: `the panel answered ${answer.status} ${code ?? ''}${fields} to ${call}` });
}

/** The panel's key of a user: the uuid in 2.x, the number in 3.x. */
function keyOf(found: User): string {
  const key = found.uuid ?? found.id;
  if (key === undefined) throw new ShopError('PanelContract', { message: 'the panel gave a user without a key' });
  return String(key);
}

/** Makes the calls of one panel. */
export function createApi(settings: RemnawaveSettings, http: CallerOptions['http']): RemnawaveApi {
  const send = createCaller({ url: settings.url, http, mostAtOnce: 10 });
  // Without these two the panel closes the connection; it takes them for the proxy's.
  const headers = {
    authorization: `Bearer ${settings.token}`,
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'https',
    ...(settings.apiKey === undefined ? {} : { 'x-api-key': settings.apiKey }),
  };

  /** Sends a call; undefined when the panel answered with one of the codes that are expected. */
  async function call(request: PanelRequest, ...expected: readonly string[]): Promise<PanelAnswer | undefined> {
    const answer = await send({ ...request, path: `api/${request.path}`, headers });
    if (answer.status < 300) return answer;
    if (expected.includes(codeOf(answer) ?? `status ${answer.status}`)) return undefined;
    throw refusal(answer, request);
  }

  async function get<T>(path: string, signal: AbortSignal, schema: z.ZodType<T>): Promise<T> {
    const answer = await call({ method: 'GET', path, signal });
    return readAnswer(`an answer to ${path.split('?')[0] ?? path}`, answer?.json, schema);
  }

  async function getIfAllowed<T>(path: string, signal: AbortSignal, schema: z.ZodType<T>): Promise<T | undefined> {
    const answer = await call({ method: 'GET', path, signal }, 'status 403', 'E000');
    return answer === undefined ? undefined : readAnswer(`an answer to ${path}`, answer.json, schema);
  }

  async function page(start: number, signal: AbortSignal): Promise<Page<User>> {
    const { total, users } = (await get(`users?start=${start}&size=${pageSize}`, signal, userPage)).response;
    return { total, entries: users };
  }

  return {
    async findUser(name, signal) {
      const answer = await call({ method: 'GET', path: `users/by-username/${encodeURIComponent(name)}`, signal }, 'A063');
      return answer === undefined ? undefined : readAnswer('a user', answer.json, userAnswer).response;
    },
    createUser: async (body, signal) => (await call({ method: 'POST', path: 'users', body, signal }, 'A019', 'A020')) !== undefined,
    changeUser: async (body, signal) => void (await call({ method: 'PATCH', path: 'users', body, signal })),
    // "Already disabled" is what was asked for.
    act: async (found, action, signal) =>
      void (await call({ method: 'POST', path: `users/${keyOf(found)}/actions/${action}`, signal }, 'A029', 'A025')),
    deleteUser: async (found, signal) => void (await call({ method: 'DELETE', path: `users/${keyOf(found)}`, signal }, 'A025')),
    listUsers: (signal) =>
      readPages(
        pageSize,
        (found) => found.username,
        (start) => page(start, signal),
      ),
    links: async (found, signal) =>
      (await get(`subscriptions/connection-keys/${keyOf(found)}`, signal, connectionKeys)).response.enabledKeys,
    squads: async (signal) => (await get('internal-squads', signal, squadList)).response.internalSquads,
    hosts: async (signal) => (await getIfAllowed('hosts', signal, hostList))?.response,
    nodes: async (signal) => (await getIfAllowed('nodes', signal, nodeList))?.response,
    version: async (signal) => (await get('system/metadata', signal, metadata)).response.version,
  };
}
