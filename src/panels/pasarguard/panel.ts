import { createHash } from 'node:crypto';
import type { Clock } from '../../clock';
import { ShopError } from '../../errors';
import type { HttpClient } from '../../http';
import { groupNodes, inboundsOfNode, nodesOfLinks, soldProtocols, type InboundTraits } from '../links';
import type { AccountCredentials, DesiredAccount, ListedAccount, Panel, PanelHealth, PanelTarget, SeenAccount, SeenTarget } from '../panel';
import { isOn, statusFits } from '../userState';
import { createApi, type PasarGuardApi, type PasarGuardSettings } from './api';
import { stateOf, type Group, type Host, type Inbound, type User } from './wire';

interface Context {
  readonly api: PasarGuardApi;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** Versions whose answers were recorded. */
const recordedVersions = /^5\.2\./;

/** Our credentials for every protocol the panel has; a flow is the panel's own matter. */
function secretsOf(credentials: AccountCredentials): Readonly<Record<string, Readonly<Record<string, string>>>> {
  return {
    vless: { id: credentials.uuid },
    vmess: { id: credentials.uuid },
    trojan: { password: credentials.password },
    shadowsocks: { password: credentials.password },
    hysteria: { auth: credentials.password },
  };
}

function hasOurSecrets(found: User, credentials: AccountCredentials): boolean {
  return Object.entries(secretsOf(credentials)).every(([protocol, wanted]) =>
    Object.entries(wanted).every(([name, value]) => found.proxy_settings[protocol]?.[name] === value),
  );
}

// One mark is enough: an operator may have given the user new credentials there.
function isOurs(found: User, credentials: AccountCredentials): boolean {
  return found.note === credentials.subId || found.proxy_settings['vless']?.id === credentials.uuid;
}

async function findOurs({ api, signal }: Context, credentials: AccountCredentials): Promise<User | undefined> {
  const found = await api.findUser(credentials.name, signal);
  if (found === undefined || isOurs(found, credentials)) return found;
  throw new ShopError('PanelConflict', { message: 'a foreign user has the name of our account' });
}

function groupIds(desired: DesiredAccount): readonly number[] {
  return [...new Set(desired.targets)].map(Number);
}

/** What both a create and a change carry. Every field that means "unlimited" when it is left out is always written. */
function terms(desired: DesiredAccount): object {
  return {
    expire: desired.endsAt.toISOString(),
    data_limit: desired.trafficLimitBytes,
    // The shop resets by the plan's rule; the panel must not do it too.
    data_limit_reset_strategy: 'no_reset',
    // 0 = unlimited; null would be the panel's own default.
    hwid_limit: desired.deviceLimit,
    // Left out, the user would be in no group and have no link.
    group_ids: groupIds(desired),
    note: desired.credentials.subId,
  };
}

function matches(found: User, desired: DesiredAccount, now: Date): boolean {
  const wanted = new Set(groupIds(desired));
  const state = stateOf(found);
  return (
    statusFits(state, desired, now) &&
    state.endsAt?.getTime() === desired.endsAt.getTime() &&
    state.limitBytes === desired.trafficLimitBytes &&
    found.data_limit_reset_strategy === 'no_reset' &&
    found.hwid_limit === desired.deviceLimit &&
    found.group_ids.length === wanted.size &&
    found.group_ids.every((id) => wanted.has(id)) &&
    hasOurSecrets(found, desired.credentials)
  );
}

async function create(context: Context, desired: DesiredAccount): Promise<void> {
  const { api, signal } = context;
  const { credentials } = desired;
  const body = { username: credentials.name, proxy_settings: secretsOf(credentials), ...terms(desired) };
  const created = await api.createUser(body, signal);
  // An administrator of a smaller role is told that a name is taken, and that nobody has it.
  if (!created && (await findOurs(context, credentials)) === undefined) {
    throw new ShopError('PanelConflict', { message: 'a user of another administrator has the name of our account' });
  }
  // Nobody can be made switched off.
  if (created && !desired.enabled) await api.changeUser(credentials.name, { status: 'disabled' }, signal);
}

async function change({ api, signal }: Context, found: User, desired: DesiredAccount): Promise<void> {
  await api.changeUser(
    desired.credentials.name,
    {
      ...terms(desired),
      // Whatever is left out is made anew: all of them, or none.
      ...(hasOurSecrets(found, desired.credentials)
        ? {}
        : { proxy_settings: { ...found.proxy_settings, ...secretsOf(desired.credentials) } }),
      // What is used up or over is shut again by the facts beside it.
      status: desired.enabled ? 'active' : 'disabled',
    },
    signal,
  );
}

function traitsOf(inbounds: readonly Inbound[], hosts: readonly Host[]): readonly InboundTraits[] {
  return inbounds.map((inbound) => ({
    tag: inbound.tag,
    protocol: inbound.protocol,
    network: inbound.network === 'raw' ? 'tcp' : (inbound.network ?? undefined),
    security: undefined,
    port: undefined,
    hosts: hosts
      .filter((host) => host.inbound_tag === inbound.tag && host.is_disabled !== true)
      .flatMap((host) => host.address.map((address) => ({ address, port: host.port ?? undefined }))),
  }));
}

/** Nodes of the panel's links, by group through the inbound each comes from (`inboundsOfNode`). */
async function seenTargets({ api, signal }: Context, found: User, groups: readonly Group[]): Promise<readonly SeenTarget[]> {
  const targets = found.group_ids.map(String);
  if (targets.length === 0) return [];
  const nodes = nodesOfLinks(await api.links(found, signal));
  if (nodes.length === 0) {
    throw new ShopError('PanelTargetMissing', {
      message: 'the panel has no link for the account: its groups have no host of a protocol that is sold',
    });
  }
  const traits = targets.length === 1 ? [] : traitsOf(await api.inbounds(signal), (await api.hosts(signal)) ?? []);
  return groupNodes(nodes, targets, (node) => {
    const tags = inboundsOfNode(node, traits);
    return groups.filter((group) => group.inbound_tags?.some((tag) => tags.includes(tag)) === true).map((group) => String(group.id));
  });
}

async function groupsFor({ api, signal }: Context, desired: DesiredAccount): Promise<readonly Group[]> {
  const groups = await api.groups(signal);
  const missing = desired.targets.find((target) => !groups.some((group) => String(group.id) === target));
  if (missing === undefined) return groups;
  throw new ShopError('PanelTargetMissing', { message: `the panel has no group ${missing}` });
}

async function ensureAccount(context: Context, desired: DesiredAccount): Promise<SeenAccount> {
  if (desired.endsAt.getTime() <= 0) throw new ShopError('Internal', { message: 'an account without an end must never reach a panel' });
  const groups = await groupsFor(context, desired);
  const before = await findOurs(context, desired.credentials);
  // Without a place to be there is nothing to make.
  if (before === undefined && desired.targets.length === 0) return { targets: [], changed: false };
  if (before !== undefined && matches(before, desired, context.now())) {
    return { targets: await seenTargets(context, before, groups), changed: false };
  }
  if (before === undefined) await create(context, desired);
  else await change(context, before, desired);
  const after = await findOurs(context, desired.credentials);
  if (after === undefined || !matches(after, desired, context.now())) {
    throw new ShopError('PanelUnknownOutcome', { message: 'the panel confirmed a change of a user that does not show it' });
  }
  return { targets: await seenTargets(context, after, groups), changed: true };
}

async function removeAccount({ api, signal }: Context, credentials: AccountCredentials): Promise<void> {
  const found = await api.findUser(credentials.name, signal);
  if (found === undefined || !isOurs(found, credentials)) return;
  await api.deleteUser(credentials.name, signal);
  if ((await api.findUser(credentials.name, signal)) !== undefined) {
    throw new ShopError('PanelUnknownOutcome', { message: 'the panel confirmed the removal of a user that is still there' });
  }
}

async function resetUsage(context: Context, desired: DesiredAccount): Promise<SeenAccount> {
  const found = await findOurs(context, desired.credentials);
  if (found !== undefined) await context.api.resetUser(desired.credentials.name, context.signal);
  return { ...(await ensureAccount(context, desired)), changed: true };
}

interface Place {
  readonly groups: readonly Group[];
  readonly inbounds: readonly Inbound[];
  /** Undefined where the administrator may not read them. */
  readonly hosts: readonly Host[] | undefined;
}

/** Whether a user of the group gets a link that can be sold. What the administrator may not see is taken for good: `ensureAccount` sees it too. */
function isSellable(group: Group, protocols: readonly string[], hosts: readonly Host[] | undefined): boolean {
  if (group.is_disabled === true) return false;
  if (group.inbound_tags === undefined) return true;
  const isShown = hosts === undefined || hosts.some((host) => host.is_disabled !== true);
  return isShown && protocols.some((protocol) => soldProtocols.has(protocol));
}

function targetsOf({ groups, inbounds, hosts }: Place): readonly PanelTarget[] {
  return groups.map((group) => {
    const tags = group.inbound_tags;
    const inside = inbounds.filter((inbound) => tags?.includes(inbound.tag) === true);
    const protocols = [...new Set(inside.map((inbound) => inbound.protocol))].sort();
    const used = hosts?.filter((host) => host.inbound_tag !== null && tags?.includes(host.inbound_tag) === true);
    return {
      target: String(group.id),
      title: group.name,
      protocol: tags === undefined ? 'unknown' : protocols.join(', '),
      enabled: isSellable(group, protocols, used),
      fingerprint: createHash('sha256')
        .update(JSON.stringify([group.name, tags, inside, used ?? []]))
        .digest('base64url'),
    };
  });
}

function listed(found: User, now: Date): ListedAccount {
  const state = stateOf(found);
  return {
    name: found.username,
    uuid: found.proxy_settings['vless']?.id,
    enabled: isOn(state, now),
    endsAt: state.endsAt,
    trafficLimitBytes: state.limitBytes,
    deviceLimit: found.hwid_limit ?? undefined,
    usedBytes: state.usedBytes,
    targets: found.group_ids.map(String),
    uniform: found.data_limit_reset_strategy === 'no_reset',
  };
}

async function placeOf(api: PasarGuardApi, signal: AbortSignal): Promise<Place> {
  const groups = await api.groups(signal);
  const [inbounds, hosts] = [await api.inbounds(signal), await api.hosts(signal)];
  return { groups, inbounds, hosts };
}

function coreStateOf(nodes: readonly { readonly status?: string | null | undefined }[] | undefined): string {
  if (nodes === undefined) return 'unknown';
  return nodes.some((node) => node.status === 'connected') ? 'running' : 'no node is connected';
}

async function health(api: PasarGuardApi): Promise<PanelHealth> {
  const signal = AbortSignal.timeout(20_000);
  const version = await api.version(signal);
  const place = await placeOf(api, signal);
  const nodes = await api.nodes(signal);
  return {
    version,
    coreState: coreStateOf(nodes),
    targets: targetsOf(place),
    warnings: [
      ...(recordedVersions.test(version) ? [] : [`PasarGuard ${version} was never tried on a real panel; 5.2.1 was`]),
      'no node was connected when the panel was recorded: that accounts reach the nodes was never tried on a real panel',
      ...(nodes === undefined ? ['the administrator may not read nodes: whether they are connected is unknown'] : []),
      ...(place.groups.some((group) => group.inbound_tags === undefined)
        ? ['the administrator may not read groups: an account of several groups gets the nodes of all of them on each server']
        : []),
      'devices are counted only when an app loads the subscription of the panel, not the one of the shop',
    ],
  };
}

/**
 * PasarGuard 5 (its HTTP API under `/api`). One user per account in the groups of its servers, found by name; a target is a group's id. Links are read
 * from the panel's own subscription of the user.
 */
export function createPasarGuard(settings: PasarGuardSettings, deps: { readonly http: HttpClient; readonly clock: Clock }): Panel {
  const api = createApi(settings, deps);
  const now = (): Date => deps.clock.now();
  let version: string | undefined;
  return {
    kind: 'pasarguard',
    async capabilities(signal) {
      version ??= await api.version(signal);
      return { singleWriter: false, deviceLimit: 'devices', evidence: recordedVersions.test(version) ? 'recorded' : 'untried' };
    },
    ensureAccount: (desired, signal) => ensureAccount({ api, now, signal }, desired),
    removeAccount: (account, signal) => removeAccount({ api, now, signal }, account),
    resetUsage: (desired, signal) => resetUsage({ api, now, signal }, desired),
    async listAccounts(signal) {
      const users = await api.listUsers(signal);
      return { accounts: users.map((found) => listed(found, now())), targets: targetsOf(await placeOf(api, signal)) };
    },
    async health() {
      const seen = await health(api);
      version = seen.version;
      return seen;
    },
    close: () => deps.http.close(),
  };
}
