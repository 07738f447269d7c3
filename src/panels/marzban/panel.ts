import { createHash } from 'node:crypto';
import type { Clock } from '../../clock';
import { ShopError } from '../../errors';
import type { HttpClient } from '../../http';
import { groupNodes, inboundsOfNode, nodesOfLinks, soldProtocols, type InboundTraits } from '../links';
import type { AccountCredentials, DesiredAccount, ListedAccount, Panel, PanelHealth, PanelTarget, SeenAccount, SeenTarget } from '../panel';
import { isOurs, matches, membership, proxiesMatch, settingsFor, terms } from './account';
import { isOn } from '../userState';
import { createApi, type MarzbanApi, type MarzbanSettings } from './api';
import { stateOf, type Hosts, type Inbound, type User } from './wire';

interface Context {
  readonly api: MarzbanApi;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** Versions whose answers were recorded. */
const recordedVersions = /^0\.8\./;

async function findOurs({ api, signal }: Context, credentials: AccountCredentials): Promise<User | undefined> {
  const found = await api.findUser(credentials.name, signal);
  if (found === undefined || isOurs(found, credentials)) return found;
  throw new ShopError('PanelConflict', { message: 'a foreign user has the name of our account' });
}

async function create({ api, signal }: Context, desired: DesiredAccount, inbounds: readonly Inbound[]): Promise<void> {
  const tags = membership(desired, inbounds, []);
  const proxies = Object.keys(tags).map((protocol) => [protocol, settingsFor(protocol, desired.credentials)] as const);
  const body = { username: desired.credentials.name, proxies: Object.fromEntries(proxies), inbounds: tags, ...terms(desired) };
  const created = await api.createUser(body, signal);
  // Nobody can be made switched off. Taken is decided by looking, too.
  if (created && !desired.enabled) await api.changeUser(desired.credentials.name, { status: 'disabled' }, signal);
}

async function change(context: Context, found: User, change: { desired: DesiredAccount; inbounds: readonly Inbound[] }): Promise<void> {
  const { api, signal } = context;
  const { desired, inbounds } = change;
  const tags = membership(desired, inbounds, Object.keys(found.proxies));
  const needed = Object.keys(tags).filter((protocol) => (tags[protocol] ?? []).length > 0);
  const ours = Object.fromEntries(needed.map((protocol) => [protocol, settingsFor(protocol, desired.credentials)]));
  await api.changeUser(
    desired.credentials.name,
    {
      ...terms(desired),
      // Whatever protocol is left out is deleted, and what is left out of one is made anew: all of them, or none.
      ...(proxiesMatch(found, desired, tags) ? {} : { proxies: { ...found.proxies, ...ours } }),
      inbounds: tags,
      // What is used up or over is shut again by the facts beside it.
      status: desired.enabled ? 'active' : 'disabled',
    },
    signal,
  );
}

function traitsOf(inbounds: readonly Inbound[], hosts: Hosts): readonly InboundTraits[] {
  return inbounds.map((inbound) => ({
    tag: inbound.tag,
    protocol: inbound.protocol,
    network: inbound.network === 'raw' ? 'tcp' : (inbound.network ?? undefined),
    security: inbound.tls ?? undefined,
    port: typeof inbound.port === 'number' ? inbound.port : undefined,
    hosts: (hosts[inbound.tag] ?? [])
      .filter((host) => host.is_disabled !== true)
      .flatMap((host) => host.address.split(',').map((address) => ({ address: address.trim(), port: host.port ?? undefined }))),
  }));
}

/** Nodes of the links in the user, by inbound (`inboundsOfNode`). */
async function seenTargets({ api, signal }: Context, found: User, inbounds: readonly Inbound[]): Promise<readonly SeenTarget[]> {
  const targets = Object.values(found.inbounds).flat();
  const nodes = nodesOfLinks(found.links);
  if (nodes.length === 0 && targets.length > 0) {
    throw new ShopError('PanelTargetMissing', {
      message: 'the panel has no link for the account: its inbounds have no host of a protocol that is sold',
    });
  }
  const hosts = targets.length > 1 ? await api.hosts(signal) : undefined;
  const traits = traitsOf(inbounds, hosts ?? {});
  return groupNodes(nodes, targets, (node) => inboundsOfNode(node, traits));
}

/** The inbounds of the panel; every target has to be one of them. */
async function inboundsFor({ api, signal }: Context, desired: DesiredAccount): Promise<readonly Inbound[]> {
  const inbounds = await api.inbounds(signal);
  const missing = desired.targets.find((target) => !inbounds.some((inbound) => inbound.tag === target));
  if (missing === undefined) return inbounds;
  throw new ShopError('PanelTargetMissing', { message: `the panel has no inbound "${missing}"` });
}

async function readBack(context: Context, desired: DesiredAccount, inbounds: readonly Inbound[]): Promise<User> {
  const now = context.now();
  const after = await findOurs(context, desired.credentials);
  if (after?.status === 'expired' && desired.enabled && desired.endsAt > now) {
    throw new ShopError('PanelContract', { message: 'the panel calls expired what has not ended: set the time zone of its host to UTC' });
  }
  if (after !== undefined && matches(after, desired, { now, inbounds })) return after;
  throw new ShopError('PanelUnknownOutcome', { message: 'the panel confirmed a change of a user that does not show it' });
}

async function ensureAccount(context: Context, desired: DesiredAccount): Promise<SeenAccount> {
  // Milliseconds in place of seconds would poison every list of the panel.
  const isSane = desired.endsAt.getTime() > 0 && desired.endsAt.getUTCFullYear() < 9000;
  if (!isSane) throw new ShopError('Internal', { message: 'an account without a sane end must never reach a panel' });
  const inbounds = await inboundsFor(context, desired);
  const before = await findOurs(context, desired.credentials);
  // Without a place to be there is nothing to make.
  if (before === undefined && desired.targets.length === 0) return { targets: [], changed: false };
  if (before !== undefined && matches(before, desired, { now: context.now(), inbounds })) {
    return { targets: await seenTargets(context, before, inbounds), changed: false };
  }
  if (before === undefined) await create(context, desired, inbounds);
  else await change(context, before, { desired, inbounds });
  return { targets: await seenTargets(context, await readBack(context, desired, inbounds), inbounds), changed: true };
}

async function removeAccount(context: Context, credentials: AccountCredentials): Promise<void> {
  const { api, signal } = context;
  const found = await api.findUser(credentials.name, signal).catch((error: unknown) => {
    // One of another administrator is as foreign as any.
    if (error instanceof ShopError && error.code === 'PanelConflict') return undefined;
    throw error;
  });
  if (found === undefined || !isOurs(found, credentials)) return;
  // Off first: the core is not told of the removal of a user without an owner, and would let it in until it restarts.
  if (found.status !== 'disabled') await api.changeUser(credentials.name, { status: 'disabled' }, signal);
  await api.deleteUser(credentials.name, signal);
  if ((await api.findUser(credentials.name, signal)) !== undefined) {
    throw new ShopError('PanelUnknownOutcome', { message: 'the panel did not remove a user that it was to remove' });
  }
}

async function resetUsage(context: Context, desired: DesiredAccount): Promise<SeenAccount> {
  const found = await findOurs(context, desired.credentials);
  if (found !== undefined) await context.api.resetUser(desired.credentials.name, context.signal);
  // The reset opens users that were switched off; what follows puts the wished state back.
  return { ...(await ensureAccount(context, desired)), changed: true };
}

// Without a host nobody gets a link; where hosts may not be read, they are taken for there.
function isShown(inbound: Inbound, hosts: Hosts): boolean {
  const own = hosts[inbound.tag];
  return own === undefined || own.some((host) => host.is_disabled !== true);
}

function targetsOf(inbounds: readonly Inbound[], hosts: Hosts): readonly PanelTarget[] {
  return inbounds.map((inbound) => ({
    target: inbound.tag,
    title: inbound.tag,
    protocol: inbound.protocol,
    enabled: soldProtocols.has(inbound.protocol) && isShown(inbound, hosts),
    fingerprint: createHash('sha256')
      .update(JSON.stringify([inbound, hosts[inbound.tag] ?? []]))
      .digest('base64url'),
  }));
}

function listed(found: User, now: Date): ListedAccount {
  const state = stateOf(found);
  return {
    name: found.username,
    uuid: found.proxies['vless']?.id ?? found.proxies['vmess']?.id,
    enabled: isOn(state, now),
    endsAt: state.endsAt,
    trafficLimitBytes: state.limitBytes,
    deviceLimit: undefined,
    usedBytes: state.usedBytes,
    targets: Object.values(found.inbounds).flat(),
    uniform: found.data_limit_reset_strategy === 'no_reset',
  };
}

async function health(api: MarzbanApi): Promise<PanelHealth> {
  const signal = AbortSignal.timeout(20_000);
  const { version } = await api.system(signal);
  const [core, inbounds, hosts] = [await api.core(signal), await api.inbounds(signal), await api.hosts(signal)];
  const owns = await api.ownsUsers(signal);
  return {
    version,
    coreState: core.started ? 'running' : 'stopped',
    targets: targetsOf(inbounds, hosts ?? {}),
    warnings: [
      ...(recordedVersions.test(version) ? [] : [`Marzban ${version} was never tried on a real panel; 0.8.4 was`]),
      ...(owns
        ? []
        : ['log in as an administrator made in the panel: users of the administrator from its environment cannot be removed cleanly']),
      'an inbound that is added on the panel is given to every user at once, until the next look of the shop',
      'the panel has no device limit',
      "keep the panel's host in UTC: elsewhere users end hours early or late",
    ],
  };
}

/**
 * Marzban 0.8 (its HTTP API under `/api`). One user per account in the inbounds of its servers, found by name; a target is an inbound's tag. The panel
 * keeps the end in seconds and has no device limit.
 */
export function createMarzban(settings: MarzbanSettings, deps: { readonly http: HttpClient; readonly clock: Clock }): Panel {
  const api = createApi(settings, deps);
  const now = (): Date => deps.clock.now();
  let version: string | undefined;
  return {
    kind: 'marzban',
    async capabilities(signal) {
      version ??= (await api.system(signal)).version;
      return { singleWriter: false, deviceLimit: 'none', evidence: recordedVersions.test(version) ? 'recorded' : 'untried' };
    },
    ensureAccount: (desired, signal) => ensureAccount({ api, now, signal }, desired),
    removeAccount: (account, signal) => removeAccount({ api, now, signal }, account),
    resetUsage: (desired, signal) => resetUsage({ api, now, signal }, desired),
    async listAccounts(signal) {
      const [users, inbounds, hosts] = [await api.listUsers(signal), await api.inbounds(signal), await api.hosts(signal)];
      return { accounts: users.map((found) => listed(found, now())), targets: targetsOf(inbounds, hosts ?? {}) };
    },
    async health() {
      const seen = await health(api);
      version = seen.version;
      return seen;
    },
    close: () => deps.http.close(),
  };
}
