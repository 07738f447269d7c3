import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ShopError } from '../../errors';
import type { AccountCredentials, DesiredAccount, Panel, PanelHealth, PanelTarget, SeenAccount, SeenTarget } from '../panel';
import { clientsOf, emailOn, findClient, isOurs } from './entries';
import { listingOf } from './listing';
import { flowFor, nodesOf } from './nodes';
import { createSession, type Session, type SessionDeps, type ThreeXUiSettings } from './session';
import { detailOf, inbound, inboundSettings, read, readJson, serverStatus, type Client, type Envelope, type Inbound } from './wire';

const api = 'panel/api/inbounds';

// Every field that means "unlimited" when it is left out is always written.
function wanted(desired: DesiredAccount, found: Inbound): Client {
  return {
    id: desired.credentials.uuid,
    email: emailOn(desired.credentials, found.id),
    subId: desired.credentials.subId,
    enable: desired.enabled,
    expiryTime: desired.endsAt.getTime(),
    totalGB: desired.trafficLimitBytes,
    limitIp: desired.deviceLimit,
    flow: flowFor(found),
  };
}

function matches(client: Client, want: Client): boolean {
  return Object.entries(want).every(([key, value]) => client[key] === value);
}

/** Business errors that a repeat can heal, because the next try reads first. */
function failFor(answer: Envelope, inboundId: number): ShopError {
  const detail = detailOf(answer.msg);
  if (/^record not found$/i.test(detail)) return new ShopError('PanelTargetMissing', { message: `the panel has no inbound ${inboundId}` });
  if (/^(empty client ID|Client Not Found|Duplicate email|database is locked)/i.test(detail)) {
    return new ShopError('PanelUnknownOutcome', { message: `inbound ${inboundId} changed meanwhile` });
  }
  return new ShopError('PanelUnavailable', { message: `the panel refused a change of inbound ${inboundId}` });
}

async function getInbound(session: Session, id: number, signal: AbortSignal): Promise<Inbound> {
  const answer = await session.call('GET', `${api}/get/${id}`, { signal });
  if (answer.success) return read('an inbound', answer.obj, inbound);
  if (/record not found/i.test(detailOf(answer.msg)))
    throw new ShopError('PanelTargetMissing', { message: `the panel has no inbound ${id}` });
  throw new ShopError('PanelUnavailable', { message: `the panel did not show inbound ${id}` });
}

async function write(session: Session, path: string, change: { inboundId: number; client: Client; signal: AbortSignal }): Promise<void> {
  const body = { id: change.inboundId, settings: JSON.stringify({ clients: [change.client] }) };
  const answer = await session.call('POST', path, { body, signal: change.signal });
  if (!answer.success) throw failFor(answer, change.inboundId);
}

async function ensureOn(context: Context, desired: DesiredAccount, before: Inbound): Promise<SeenTarget & { readonly changed: boolean }> {
  const { session, signal, host } = context;
  const target = String(before.id);
  if (before.protocol !== 'vless') throw new ShopError('PanelTargetMissing', { message: `inbound ${target} is not VLESS` });
  const want = wanted(desired, before);
  const present = findClient(before, desired.credentials);
  if (present !== undefined && matches(present, want)) return { target, nodes: nodesOf(before, present, host), changed: false };
  if (present === undefined) {
    await write(session, `${api}/addClient`, { inboundId: before.id, client: { ...want, tgId: 0, comment: '', reset: 0 }, signal });
  } else {
    const path = `${api}/updateClient/${encodeURIComponent(desired.credentials.uuid)}`;
    await write(session, path, { inboundId: before.id, client: { ...present, ...want, reset: 0 }, signal });
  }
  // Success is confirmed for writes that are lost; only the settings tell.
  const after = await getInbound(session, before.id, signal);
  const seen = findClient(after, desired.credentials);
  if (seen === undefined || !matches(seen, want)) {
    throw new ShopError('PanelUnknownOutcome', { message: `inbound ${target} confirmed a change that is not in its settings` });
  }
  return { target, nodes: nodesOf(after, seen, host), changed: true };
}

interface Context {
  readonly session: Session;
  readonly host: string;
  readonly signal: AbortSignal;
}

async function listInbounds(session: Session, signal: AbortSignal): Promise<readonly Inbound[]> {
  const answer = await session.call('GET', `${api}/list`, { signal });
  if (!answer.success) throw new ShopError('PanelUnavailable', { message: 'the panel did not list its inbounds' });
  return read('a list of inbounds', answer.obj, z.array(inbound));
}

async function removeFrom(context: Context, found: Inbound, credentials: AccountCredentials): Promise<boolean> {
  const present = clientsOf(found).find((entry) => entry.email?.toLowerCase() === emailOn(credentials, found.id).toLowerCase());
  if (present === undefined || !isOurs(present, credentials)) return false;
  const path = `${api}/${found.id}/delClient/${encodeURIComponent(credentials.uuid)}`;
  const answer = await context.session.call('POST', path, { signal: context.signal });
  const detail = detailOf(answer.msg);
  if (answer.success || /^Client Not Found/i.test(detail)) return true;
  // An inbound may not lose its last client: switched off is as good as gone.
  if (!/no client remained/i.test(detail)) throw failFor(answer, found.id);
  const update = `${api}/updateClient/${encodeURIComponent(credentials.uuid)}`;
  await write(context.session, update, { inboundId: found.id, client: { ...present, enable: false }, signal: context.signal });
  return true;
}

async function removeElsewhere(context: Context, desired: DesiredAccount, inbounds: readonly Inbound[]): Promise<boolean> {
  let changed = false;
  for (const found of inbounds) {
    if (found.protocol !== 'vless' || desired.targets.includes(String(found.id))) continue;
    changed = (await removeFrom(context, found, desired.credentials)) || changed;
  }
  return changed;
}

async function ensureAccount(context: Context, desired: DesiredAccount): Promise<SeenAccount> {
  if (desired.endsAt.getTime() <= 0) throw new ShopError('Internal', { message: 'an account without an end must never reach a panel' });
  const targets: (SeenTarget & { readonly changed: boolean })[] = [];
  const inbounds = await listInbounds(context.session, context.signal);
  for (const target of desired.targets) {
    const before = inbounds.find((entry) => String(entry.id) === target);
    if (before === undefined) throw new ShopError('PanelTargetMissing', { message: `the panel has no inbound ${target}` });
    targets.push(await ensureOn(context, desired, before));
  }
  const removed = await removeElsewhere(context, desired, inbounds);
  return { targets: targets.map(({ target, nodes }) => ({ target, nodes })), changed: removed || targets.some((seen) => seen.changed) };
}

async function resetUsage(context: Context, desired: DesiredAccount): Promise<SeenAccount> {
  for (const target of desired.targets) {
    const path = `${api}/${target}/resetClientTraffic/${encodeURIComponent(emailOn(desired.credentials, Number(target)))}`;
    await context.session.call('POST', path, { signal: context.signal });
  }
  // The reset opens the traffic row only; the settings stay off until they are written.
  return ensureAccount(context, desired);
}

// All of the inbound but its clients: keys, encryption and whatever else a link is built from.
function fixedSettings(found: Inbound): unknown {
  const { clients: _clients, ...settings } = readJson('inbound settings', found.settings, inboundSettings);
  return settings;
}

function targetsOf(inbounds: readonly Inbound[]): readonly PanelTarget[] {
  return inbounds.map((found) => ({
    target: String(found.id),
    title: found.remark,
    protocol: found.protocol,
    enabled: found.enable && found.protocol === 'vless',
    fingerprint: createHash('sha256')
      .update(JSON.stringify([found.listen, found.port, found.protocol, found.streamSettings, fixedSettings(found)]))
      .digest('base64url'),
  }));
}

async function health(session: Session): Promise<PanelHealth> {
  const signal = AbortSignal.timeout(20_000);
  const answer = await session.call('GET', 'panel/api/server/status', { signal });
  const status = read('a server status', answer.obj, serverStatus);
  const inbounds = await listInbounds(session, signal);
  return { version: '2.7–2.9', coreState: status.xray.state, targets: targetsOf(inbounds), warnings: [] };
}

/**
 * 3x-ui 2.7 to 2.9 (its HTTP API under `panel/api`). One entry per inbound, named after the account and the inbound. Its writes read, change and
 * write back a whole inbound without a lock, so only one process may write at a time, and every write is read back.
 */
export function createThreeXUi(settings: ThreeXUiSettings, deps: SessionDeps): Panel {
  const session = createSession(settings, deps);
  const host = new URL(settings.url).hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    kind: '3x-ui',
    capabilities: () => Promise.resolve({ singleWriter: true, deviceLimit: 'addresses', evidence: 'recorded' }),
    ensureAccount: (desired, signal) => ensureAccount({ session, host, signal }, desired),
    async removeAccount(account, signal) {
      const context: Context = { session, host, signal };
      for (const found of await listInbounds(session, signal)) {
        if (found.protocol === 'vless') await removeFrom(context, found, account);
      }
    },
    resetUsage: (desired, signal) => resetUsage({ session, host, signal }, desired),
    async listAccounts(signal) {
      const inbounds = await listInbounds(session, signal);
      return { ...listingOf(inbounds, host), targets: targetsOf(inbounds) };
    },
    health: () => health(session),
    close: () => deps.http.close(),
  };
}
