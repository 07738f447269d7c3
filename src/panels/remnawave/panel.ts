import { createHash } from 'node:crypto';
import type { Clock } from '../../clock';
import { ShopError } from '../../errors';
import type { HttpClient } from '../../http';
import { groupNodes, nodesOfLinks, soldProtocols } from '../links';
import type { AccountCredentials, DesiredAccount, ListedAccount, Panel, PanelHealth, PanelTarget, SeenAccount, SeenTarget } from '../panel';
import { createApi, type RemnawaveApi, type RemnawaveSettings } from './api';
import type { Host, Squad, User } from './wire';

interface Context {
  readonly api: RemnawaveApi;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** Versions whose answers were recorded. */
const recordedVersions = /^(2\.8|3\.3)\./;

/** An end that is nearer cannot be written: the panel refuses what has passed by the time it reads it. */
const leastAheadMs = 5_000;

// One of the two is enough: an operator may have given the user new passwords or a new link there.
function isOurs(found: User, credentials: AccountCredentials): boolean {
  return found.shortUuid === credentials.subId || found.vlessUuid.toLowerCase() === credentials.uuid.toLowerCase();
}

async function findOurs({ api, signal }: Context, credentials: AccountCredentials): Promise<User | undefined> {
  const found = await api.findUser(credentials.name, signal);
  if (found === undefined || isOurs(found, credentials)) return found;
  throw new ShopError('PanelConflict', { message: 'a foreign user has the name of our account' });
}

/** Whether the account may be used now. The panel cannot be told an end that has passed, so such an account is switched off. */
function isOpen(desired: DesiredAccount, now: Date): boolean {
  return desired.enabled && desired.endsAt.getTime() - now.getTime() > leastAheadMs;
}

// Used up by rights: the panel would say so again within a minute if it were opened.
function isUsedUp(found: User, desired: DesiredAccount): boolean {
  const limit = desired.trafficLimitBytes;
  return found.status === 'LIMITED' && limit > 0 && found.trafficLimitBytes === limit && found.userTraffic.usedTrafficBytes >= limit;
}

function statusFits(found: User, desired: DesiredAccount, now: Date): boolean {
  if (isOpen(desired, now)) return found.status === 'ACTIVE' || isUsedUp(found, desired);
  if (found.status === 'DISABLED') return true;
  return desired.enabled && Date.parse(found.expireAt) === desired.endsAt.getTime() && desired.endsAt <= now;
}

/** What both a create and a change carry. Every field that means "unlimited" when it is left out is always written. */
function terms(desired: DesiredAccount): object {
  return {
    trafficLimitBytes: desired.trafficLimitBytes,
    // The shop resets by the plan's rule; the panel must not do it too.
    trafficLimitStrategy: 'NO_RESET',
    // 0 = not checked; null would be the panel's own default.
    hwidDeviceLimit: desired.deviceLimit,
    activeInternalSquads: [...new Set(desired.targets)],
  };
}

function matches(found: User, desired: DesiredAccount, now: Date): boolean {
  const squads = new Set(found.activeInternalSquads.map((squad) => squad.uuid));
  const wanted = new Set(desired.targets);
  return (
    statusFits(found, desired, now) &&
    (desired.endsAt <= now || Date.parse(found.expireAt) === desired.endsAt.getTime()) &&
    found.trafficLimitBytes === desired.trafficLimitBytes &&
    found.trafficLimitStrategy === 'NO_RESET' &&
    found.hwidDeviceLimit === desired.deviceLimit &&
    squads.size === wanted.size &&
    [...wanted].every((squad) => squads.has(squad))
  );
}

async function create({ api, now, signal }: Context, desired: DesiredAccount): Promise<void> {
  const { credentials } = desired;
  const created = await api.createUser(
    {
      username: credentials.name,
      shortUuid: credentials.subId,
      vlessUuid: credentials.uuid,
      trojanPassword: credentials.password,
      ssPassword: credentials.password,
      status: isOpen(desired, now()) ? 'ACTIVE' : 'DISABLED',
      expireAt: desired.endsAt.toISOString(),
      ...terms(desired),
    },
    signal,
  );
  // Taken: by our own earlier call, or by a stranger. Only the name tells, whichever of the two codes came.
  if (!created && (await findOurs({ api, now, signal }, credentials)) === undefined) {
    throw new ShopError('PanelConflict', { message: 'a foreign user has the short id of our account' });
  }
}

async function change({ api, now, signal }: Context, found: User, desired: DesiredAccount): Promise<void> {
  const open = isOpen(desired, now());
  // Off by the action, which works on every status, and first, so that nothing opens in between.
  if (!open && found.status !== 'DISABLED') await api.act(found, 'disable', signal);
  const ahead = desired.endsAt.getTime() - now().getTime() > leastAheadMs;
  await api.changeUser(
    {
      username: desired.credentials.name,
      ...(ahead ? { expireAt: desired.endsAt.toISOString() } : {}),
      // The same end again revives nobody whom the panel calls expired; the status beside it does.
      ...(open ? { status: 'ACTIVE' } : {}),
      ...terms(desired),
    },
    signal,
  );
}

function targetsOfNode(
  squads: readonly Squad[],
  hosts: readonly Host[],
): (node: { address: string; port: number; name: string }) => string[] {
  return (node) => {
    const near = hosts.filter((host) => host.address === node.address && host.port === node.port);
    const exact = near.filter((host) => host.remark === node.name);
    return (exact.length > 0 ? exact : near).flatMap((host) =>
      squads
        .filter((squad) => squad.inbounds.some((inbound) => inbound.uuid === host.inbound.configProfileInboundUuid))
        .map((squad) => squad.uuid)
        .filter((uuid) => !host.excludedInternalSquads.includes(uuid)),
    );
  };
}

/** Nodes as the panel hands them out, by squad through the host they belong to; one that fits no host goes to all of the account's squads. */
async function seenTargets(context: Context, found: User, squads: readonly Squad[]): Promise<readonly SeenTarget[]> {
  const { api, signal } = context;
  const targets = found.activeInternalSquads.map((squad) => squad.uuid);
  if (targets.length === 0) return [];
  const nodes = nodesOfLinks(await api.links(found, signal));
  if (nodes.length === 0 && found.status === 'ACTIVE') {
    throw new ShopError('PanelTargetMissing', {
      message: 'the panel has no link for the account: its squads have no visible host of a protocol that is sold',
    });
  }
  const hosts = targets.length === 1 ? [] : ((await api.hosts(signal)) ?? []);
  return groupNodes(nodes, targets, targetsOfNode(squads, hosts));
}

async function ensureAccount(context: Context, desired: DesiredAccount): Promise<SeenAccount> {
  const { api, now, signal } = context;
  if (desired.endsAt.getTime() <= 0) throw new ShopError('Internal', { message: 'an account without an end must never reach a panel' });
  const squads = await api.squads(signal);
  const missing = desired.targets.find((target) => !squads.some((squad) => squad.uuid === target));
  if (missing !== undefined) throw new ShopError('PanelTargetMissing', { message: `the panel has no internal squad ${missing}` });
  const before = await findOurs(context, desired.credentials);
  // Without a place to be there is nothing to make.
  if (before === undefined && desired.targets.length === 0) return { targets: [], changed: false };
  if (before !== undefined && matches(before, desired, now())) {
    return { targets: await seenTargets(context, before, squads), changed: false };
  }
  if (before === undefined) await create(context, desired);
  else await change(context, before, desired);
  const after = await findOurs(context, desired.credentials);
  if (after === undefined || !matches(after, desired, now())) {
    throw new ShopError('PanelUnknownOutcome', { message: 'the panel confirmed a change of a user that does not show it' });
  }
  return { targets: await seenTargets(context, after, squads), changed: true };
}

async function removeAccount(context: Context, credentials: AccountCredentials): Promise<void> {
  const { api, signal } = context;
  const found = await api.findUser(credentials.name, signal);
  if (found === undefined || !isOurs(found, credentials)) return;
  await api.deleteUser(found, signal);
  if ((await api.findUser(credentials.name, signal)) !== undefined) {
    throw new ShopError('PanelUnknownOutcome', { message: 'the panel confirmed the removal of a user that is still there' });
  }
}

async function resetUsage(context: Context, desired: DesiredAccount): Promise<SeenAccount> {
  const found = await findOurs(context, desired.credentials);
  if (found !== undefined) await context.api.act(found, 'reset-traffic', context.signal);
  const seen = await ensureAccount(context, desired);
  return { ...seen, changed: true };
}

// Without a host nobody gets a link; where hosts may not be read, they are taken for there.
function targetsOf(squads: readonly Squad[], hosts: readonly Host[] | undefined): readonly PanelTarget[] {
  return squads.map((squad) => {
    const protocols = [...new Set(squad.inbounds.map((inbound) => inbound.type))].sort();
    const used = hosts?.filter((host) => squad.inbounds.some((inbound) => inbound.uuid === host.inbound.configProfileInboundUuid));
    const isShown = used === undefined || used.some((host) => !host.isDisabled && !host.excludedInternalSquads.includes(squad.uuid));
    return {
      target: squad.uuid,
      title: squad.name,
      protocol: protocols.join(', '),
      enabled: isShown && protocols.some((protocol) => soldProtocols.has(protocol)),
      fingerprint: createHash('sha256')
        .update(JSON.stringify([squad.inbounds, used ?? []]))
        .digest('base64url'),
    };
  });
}

// Off by hand, or called expired before its end: both need `ensureAccount`.
function isOn(found: User, now: Date): boolean {
  return (
    found.status === 'ACTIVE' || found.status === 'LIMITED' || (found.status === 'EXPIRED' && Date.parse(found.expireAt) <= now.getTime())
  );
}

function listed(found: User, now: Date): ListedAccount {
  return {
    name: found.username,
    uuid: found.vlessUuid,
    enabled: isOn(found, now),
    endsAt: new Date(found.expireAt),
    trafficLimitBytes: found.trafficLimitBytes,
    deviceLimit: found.hwidDeviceLimit ?? undefined,
    usedBytes: found.userTraffic.usedTrafficBytes,
    targets: found.activeInternalSquads.map((squad) => squad.uuid),
    uniform: found.trafficLimitStrategy === 'NO_RESET',
  };
}

async function health(api: RemnawaveApi): Promise<PanelHealth> {
  const signal = AbortSignal.timeout(20_000);
  const version = await api.version(signal);
  const [squads, hosts, nodes] = [await api.squads(signal), await api.hosts(signal), await api.nodes(signal)];
  const live = nodes?.filter((node) => node.isConnected && !node.isDisabled) ?? [];
  const left = [...new Set(squads.flatMap((squad) => squad.inbounds.map((inbound) => inbound.type)))].filter(
    (type) => !soldProtocols.has(type),
  );
  return {
    version,
    coreState: nodes === undefined ? 'unknown' : live.length > 0 ? 'running' : 'no node is connected',
    targets: targetsOf(squads, hosts),
    warnings: [
      ...(recordedVersions.test(version) ? [] : [`Remnawave ${version} was never tried on a real panel; 2.8.1 and 3.3.2 were`]),
      ...(hosts === undefined
        ? ['the token may not read hosts: a user of several squads gets the nodes of all of them on each server']
        : []),
      ...(nodes ?? []).filter((node) => !node.isConnected && !node.isDisabled).map((node) => `node ${node.name} is not connected`),
      ...(left.length > 0 ? [`links of ${left.join(', ')} are left out: the shop does not sell them`] : []),
      'devices are counted only when an app loads the subscription of the panel, not the one of the shop',
    ],
  };
}

/**
 * Remnawave 2.8 and newer, and 3.x (its HTTP API under `/api`). One user per account in the internal squads of its servers, found by name. 2.x knows
 * a user by uuid, 3.x by number: each user says which.
 */
export function createRemnawave(settings: RemnawaveSettings, deps: { readonly http: HttpClient; readonly clock: Clock }): Panel {
  const api = createApi(settings, deps.http);
  const now = (): Date => deps.clock.now();
  let version: string | undefined;
  return {
    kind: 'remnawave',
    async capabilities(signal) {
      version ??= await api.version(signal);
      return { singleWriter: false, deviceLimit: 'devices', evidence: recordedVersions.test(version) ? 'recorded' : 'untried' };
    },
    ensureAccount: (desired, signal) => ensureAccount({ api, now, signal }, desired),
    removeAccount: (account, signal) => removeAccount({ api, now, signal }, account),
    resetUsage: (desired, signal) => resetUsage({ api, now, signal }, desired),
    async listAccounts(signal) {
      const [users, squads, hosts] = [await api.listUsers(signal), await api.squads(signal), await api.hosts(signal)];
      return { accounts: users.map((found) => listed(found, now())), targets: targetsOf(squads, hosts) };
    },
    async health() {
      const seen = await health(api);
      version = seen.version;
      return seen;
    },
    close: () => deps.http.close(),
  };
}
