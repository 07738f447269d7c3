import type { z } from 'zod';
import type { Clock } from '../../clock';
import { ShopError } from '../../errors';
import type { HttpClient } from '../../http';
import { createBearerSession, type PasswordLogin } from '../bearerSession';
import { createCaller, readAnswer, type PanelCaller } from '../calls';
import { createDetailApi } from '../detailApi';
import { readPages } from '../pages';
import { groupList, hostList, inboundList, nodes, system, user, userPage, type Group, type Host, type Inbound, type User } from './wire';

/** How the shop is let in: by an API key, or as an administrator made in the panel. */
export type PasarGuardSettings = { readonly url: string } & ({ readonly token: string } | PasswordLogin);

/** The calls of PasarGuard's API that the shop makes. */
export interface PasarGuardApi {
  /** Undefined = the panel said that there is nobody of this name, or that the caller may not know. */
  findUser(name: string, signal: AbortSignal): Promise<User | undefined>;
  /** False = the name is taken. */
  createUser(body: object, signal: AbortSignal): Promise<boolean>;
  changeUser(name: string, body: object, signal: AbortSignal): Promise<void>;
  deleteUser(name: string, signal: AbortSignal): Promise<void>;
  resetUser(name: string, signal: AbortSignal): Promise<void>;
  listUsers(signal: AbortSignal): Promise<readonly User[]>;
  /** Share links, one per host. */
  links(found: User, signal: AbortSignal): Promise<readonly string[]>;
  groups(signal: AbortSignal): Promise<readonly Group[]>;
  inbounds(signal: AbortSignal): Promise<readonly Inbound[]>;
  /** Undefined where the administrator may not read them. */
  hosts(signal: AbortSignal): Promise<readonly Host[] | undefined>;
  nodes(signal: AbortSignal): Promise<z.infer<typeof nodes>['nodes'] | undefined>;
  version(signal: AbortSignal): Promise<string>;
}

const pageSize = 500;

function openSession(settings: PasarGuardSettings, deps: { readonly http: HttpClient; readonly clock: Clock }): PanelCaller {
  const send = createCaller({ url: settings.url, http: deps.http, mostAtOnce: 10 });
  if (!('token' in settings)) return createBearerSession(send, settings, deps.clock);
  return (request) => send({ ...request, headers: { ...request.headers, 'x-api-key': settings.token } });
}

/** Path of the user's subscription; the address may name another host, where the panel shows itself to apps. */
function subscriptionPath(found: User): string {
  const path = /^(?:https?:\/\/[^/]+)?\/(.+)$/.exec(found.subscription_url)?.[1];
  if (path === undefined) throw new ShopError('PanelContract', { message: 'the panel gave a user without an address of a subscription' });
  return path;
}

/** Makes the calls of one panel. */
export function createApi(settings: PasarGuardSettings, deps: { readonly http: HttpClient; readonly clock: Clock }): PasarGuardApi {
  const { call, get, getIfAllowed } = createDetailApi(openSession(settings, deps), 'PasarGuard 5');
  const absent = '404 User not found';
  const pathOf = (name: string): string => `api/user/${encodeURIComponent(name)}`;

  return {
    async findUser(name, signal) {
      const answer = await call({ method: 'GET', path: pathOf(name), signal }, absent);
      return answer === undefined ? undefined : readAnswer('a user', answer.json, user);
    },
    createUser: async (body, signal) => (await call({ method: 'POST', path: 'api/user', body, signal }, '409')) !== undefined,
    changeUser: async (name, body, signal) => void (await call({ method: 'PUT', path: pathOf(name), body, signal })),
    deleteUser: async (name, signal) => void (await call({ method: 'DELETE', path: pathOf(name), signal }, absent)),
    resetUser: async (name, signal) => void (await call({ method: 'POST', path: `${pathOf(name)}/reset`, signal }, absent)),
    listUsers: (signal) =>
      readPages(
        pageSize,
        (found) => found.username,
        async (offset) => {
          const page = await get(`api/users?limit=${pageSize}&offset=${offset}&sort=created_at`, signal, userPage);
          return { total: page.total, entries: page.users };
        },
      ),
    async links(found, signal) {
      // Given to every caller, even where the panel counts devices.
      const answer = await call({ method: 'GET', path: `${subscriptionPath(found)}/links`, isText: true, signal });
      return (answer?.text ?? '').split('\n').filter((line) => line !== '');
    },
    async groups(signal) {
      const known = (await getIfAllowed('api/groups', signal, groupList)) ?? (await get('api/groups/simple', signal, groupList));
      return known.groups;
    },
    inbounds: (signal) => get('api/inbounds/details', signal, inboundList),
    hosts: (signal) => getIfAllowed('api/hosts', signal, hostList),
    nodes: async (signal) => (await getIfAllowed('api/nodes', signal, nodes))?.nodes,
    version: async (signal) => (await get('api/system', signal, system)).version,
  };
}
