import type { z } from 'zod';
import type { Clock } from '../../clock';
import { ShopError } from '../../errors';
import type { HttpClient } from '../../http';
import { createBearerSession } from '../bearerSession';
import { createCaller, readAnswer, type PanelAnswer, type PanelRequest } from '../calls';
import { admin, admins, core, hosts, inbounds, refusal, system, user, userPage, type Hosts, type Inbound, type User } from './wire';

export interface MarzbanSettings {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** The calls of Marzban's API that the shop makes. */
export interface MarzbanApi {
  /** Undefined = the panel said that there is nobody of this name; `PanelConflict` = it belongs to another administrator. */
  findUser(name: string, signal: AbortSignal): Promise<User | undefined>;
  /** False = the name is taken. */
  createUser(body: object, signal: AbortSignal): Promise<boolean>;
  changeUser(name: string, body: object, signal: AbortSignal): Promise<void>;
  /** The panel may answer 500 after it has deleted, so that only looking tells. */
  deleteUser(name: string, signal: AbortSignal): Promise<void>;
  resetUser(name: string, signal: AbortSignal): Promise<void>;
  listUsers(signal: AbortSignal): Promise<readonly User[]>;
  inbounds(signal: AbortSignal): Promise<readonly Inbound[]>;
  /** Undefined where the administrator may not read them. */
  hosts(signal: AbortSignal): Promise<Hosts | undefined>;
  system(signal: AbortSignal): Promise<z.infer<typeof system>>;
  core(signal: AbortSignal): Promise<z.infer<typeof core>>;
  /** Whether users made by this administrator have an owner; those of the environment's administrator have none. */
  ownsUsers(signal: AbortSignal): Promise<boolean>;
}

const pageSize = 500;
const mostPages = 2_000;

/** Sixty calls at once used up the panel's database connections; twenty to forty were fine. */
const mostAtOnce = 10;

function detailOf(answer: PanelAnswer): string {
  const read = refusal.safeParse(answer.json);
  if (!read.success) return '';
  const { detail } = read.data;
  return typeof detail === 'string' ? detail : Object.keys(detail).join(', ');
}

function refusalOf(answer: PanelAnswer, request: PanelRequest): ShopError {
  const detail = detailOf(answer);
  if (answer.status === 403) return new ShopError('PanelAuthFailed', { message: 'the administrator of the panel may not do this' });
  if ((answer.status === 404 && detail === 'Not Found') || answer.status === 405) {
    return new ShopError('PanelBadConfig', {
      message: 'the panel does not know this call: check the path in its url, and that it is Marzban 0.8',
    });
  }
  const fields = answer.status === 422 ? ` (${detail})` : '';
  const call = `${request.method} ${request.path.split('/').slice(0, 2).join('/')}`;
  return new ShopError('PanelContract', { message: `the panel answered ${answer.status}${fields} to ${call}` });
}

async function readPages(page: (offset: number) => Promise<z.infer<typeof userPage>>): Promise<readonly User[]> {
  const users = new Map<string, User>();
  for (let index = 0; index < mostPages; index += 1) {
    const { users: found, total } = await page(index * pageSize);
    for (const one of found) users.set(one.username, one);
    if (users.size >= total) return [...users.values()];
    // Oldest first: who is deleted meanwhile pulls others over the edge of a page that was read already.
    if (found.length < pageSize) throw new ShopError('PanelUnavailable', { message: 'the list of users changed while it was read' });
  }
  throw new ShopError('PanelContract', { message: 'the list of users has no end' });
}

/** Makes the calls of one panel, logged in as one administrator. */
export function createApi(settings: MarzbanSettings, deps: { readonly http: HttpClient; readonly clock: Clock }): MarzbanApi {
  const send = createBearerSession(createCaller({ url: settings.url, http: deps.http, mostAtOnce }), settings, deps.clock);
  const pathOf = (name: string): string => `api/user/${encodeURIComponent(name)}`;

  /** Sends a call; undefined when the panel answered with one of the refusals that are expected. */
  async function call(request: PanelRequest, ...expected: readonly string[]): Promise<PanelAnswer | undefined> {
    const answer = await send(request);
    if (answer.status < 300 || request.understood?.includes(answer.status) === true) return answer;
    if (expected.includes(`${answer.status}`) || expected.includes(`${answer.status} ${detailOf(answer)}`)) return undefined;
    throw refusalOf(answer, request);
  }

  async function get<T>(path: string, signal: AbortSignal, schema: z.ZodType<T>): Promise<T> {
    const answer = await call({ method: 'GET', path, signal });
    return readAnswer(`an answer to ${path.split('?')[0] ?? path}`, answer?.json, schema);
  }

  async function getIfAllowed<T>(path: string, signal: AbortSignal, schema: z.ZodType<T>): Promise<T | undefined> {
    const answer = await call({ method: 'GET', path, signal }, '403');
    return answer === undefined ? undefined : readAnswer(`an answer to ${path}`, answer.json, schema);
  }

  return {
    async findUser(name, signal) {
      const request: PanelRequest = { method: 'GET', path: pathOf(name), signal };
      const answer = await send(request);
      if (answer.status < 300) return readAnswer('a user', answer.json, user);
      if (answer.status === 404 && detailOf(answer) === 'User not found') return undefined;
      if (answer.status === 403)
        throw new ShopError('PanelConflict', { message: 'a user of another administrator has the name of our account' });
      throw refusalOf(answer, request);
    },
    createUser: async (body, signal) => (await call({ method: 'POST', path: 'api/user', body, signal }, '409')) !== undefined,
    changeUser: async (name, body, signal) => void (await call({ method: 'PUT', path: pathOf(name), body, signal })),
    deleteUser: async (name, signal) =>
      void (await call({ method: 'DELETE', path: pathOf(name), understood: [500], signal }, '404 User not found')),
    resetUser: async (name, signal) => void (await call({ method: 'POST', path: `${pathOf(name)}/reset`, signal }, '404 User not found')),
    listUsers: (signal) => readPages((offset) => get(`api/users?limit=${pageSize}&offset=${offset}&sort=created_at`, signal, userPage)),
    inbounds: async (signal) => Object.values(await get('api/inbounds', signal, inbounds)).flat(),
    hosts: (signal) => getIfAllowed('api/hosts', signal, hosts),
    system: (signal) => get('api/system', signal, system),
    core: (signal) => get('api/core', signal, core),
    async ownsUsers(signal) {
      const me = await get('api/admin', signal, admin);
      const stored = await getIfAllowed('api/admins', signal, admins);
      // Whoever may not read the list is no administrator of the environment, who may do everything.
      return stored === undefined || stored.some((one) => one.username === me.username);
    },
  };
}
