import type { z } from 'zod';
import type { Clock } from '../../clock';
import { ShopError } from '../../errors';
import type { HttpClient } from '../../http';
import { createBearerSession } from '../bearerSession';
import { createCaller, readAnswer } from '../calls';
import { createDetailApi } from '../detailApi';
import { readPages } from '../pages';
import { admin, admins, core, hosts, inbounds, system, user, userPage, type Hosts, type Inbound, type User } from './wire';

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

/** Sixty calls at once used up the panel's database connections; twenty to forty were fine. */
const mostAtOnce = 10;

/** Makes the calls of one panel, logged in as one administrator. */
export function createApi(settings: MarzbanSettings, deps: { readonly http: HttpClient; readonly clock: Clock }): MarzbanApi {
  const send = createBearerSession(createCaller({ url: settings.url, http: deps.http, mostAtOnce }), settings, deps.clock);
  const { call, get, getIfAllowed } = createDetailApi(send, 'Marzban 0.8');
  const pathOf = (name: string): string => `api/user/${encodeURIComponent(name)}`;

  return {
    async findUser(name, signal) {
      const answer = await call({ method: 'GET', path: pathOf(name), understood: [403], signal }, '404 User not found');
      if (answer?.status !== 403) return answer === undefined ? undefined : readAnswer('a user', answer.json, user);
      throw new ShopError('PanelConflict', { message: 'a user of another administrator has the name of our account' });
    },
    createUser: async (body, signal) => (await call({ method: 'POST', path: 'api/user', body, signal }, '409')) !== undefined,
    changeUser: async (name, body, signal) => void (await call({ method: 'PUT', path: pathOf(name), body, signal })),
    deleteUser: async (name, signal) =>
      void (await call({ method: 'DELETE', path: pathOf(name), understood: [500], signal }, '404 User not found')),
    resetUser: async (name, signal) => void (await call({ method: 'POST', path: `${pathOf(name)}/reset`, signal }, '404 User not found')),
    listUsers: (signal) =>
      readPages(
        pageSize,
        (found) => found.username,
        async (offset) => {
          const page = await get(`api/users?limit=${pageSize}&offset=${offset}&sort=created_at`, signal, userPage);
          return { total: page.total, entries: page.users };
        },
      ),
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
