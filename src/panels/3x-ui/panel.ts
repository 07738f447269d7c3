import { z } from 'zod';
import { ShopError } from '../../errors';
import type { AccountCredentials, DesiredAccount, Panel, PanelHealth, SeenAccount, SeenTarget } from '../panel';
import { flowFor, nodesOf } from './nodes';
import { createSession, type Session, type SessionDeps, type ThreeXUiSettings } from './session';
import { detailOf, inbound, inboundSettings, read, readJson, serverStatus, type Client, type Envelope, type Inbound } from './wire';

const api = 'panel/api/inbounds';

/** Name of the account on one inbound: 3x-ui 2.x wants names unique over all inbounds. */
function emailOn(credentials: AccountCredentials, target: number): string {
  return `${credentials.name}-${target}`;
}

function clientsOf(found: Inbound): readonly Client[] {
  return readJson('inbound settings', found.settings, inboundSettings).clients ?? [];
}

function isOurs(client: Client, credentials: AccountCredentials): boolean {
  return client.id === credentials.uuid && client.subId === credentials.subId;
}

/** The entry under our name, compared without case as the panel compares; a foreign one is a conflict. */
function findClient(found: Inbound, credentials: AccountCredentials): Client | undefined {
  const email = emailOn(credentials, found.id).toLowerCase();
  const client = clientsOf(found).find((entry) => entry.email?.toLowerCase() === email);
  if (client === undefined || isOurs(client, credentials)) return client;
  throw new ShopError('PanelConflict', { message: `inbound ${found.id}: a foreign client has the name of our account` });
}

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
  const target = before.id;
  if (before.protocol !== 'vless') throw new ShopError('PanelTargetMissing', { message: `inbound ${target} is not VLESS` });
  const want = wanted(desired, before);
  const present = findClient(before, desired.credentials);
  if (present !== undefined && matches(present, want)) return { target, nodes: nodesOf(before, present, host), changed: false };
  if (present === undefined) {
    await write(session, `${api}/addClient`, { inboundId: target, client: { ...want, tgId: 0, comment: '', reset: 0 }, signal });
  } else {
    const path = `${api}/updateClient/${encodeURIComponent(desired.credentials.uuid)}`;
    await write(session, path, { inboundId: target, client: { ...present, ...want, reset: 0 }, signal });
  }
  // Success is confirmed for writes that are lost; only the settings tell.
  const after = await getInbound(session, target, signal);
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
    if (found.protocol !== 'vless' || desired.targets.includes(found.id)) continue;
    changed = (await removeFrom(context, found, desired.credentials)) || changed;
  }
  return changed;
}

async function ensureAccount(context: Context, desired: DesiredAccount): Promise<SeenAccount> {
  if (desired.endsAt.getTime() <= 0) throw new ShopError('Internal', { message: 'an account without an end must never reach a panel' });
  const targets: (SeenTarget & { readonly changed: boolean })[] = [];
  const inbounds = await listInbounds(context.session, context.signal);
  for (const target of desired.targets) {
    const before = inbounds.find((entry) => entry.id === target);
    if (before === undefined) throw new ShopError('PanelTargetMissing', { message: `the panel has no inbound ${target}` });
    targets.push(await ensureOn(context, desired, before));
  }
  const removed = await removeElsewhere(context, desired, inbounds);
  return { targets: targets.map(({ target, nodes }) => ({ target, nodes })), changed: removed || targets.some((seen) => seen.changed) };
}

async function health(session: Session): Promise<PanelHealth> {
  const signal = AbortSignal.timeout(20_000);
  const answer = await session.call('GET', 'panel/api/server/status', { signal });
  const status = read('a server status', answer.obj, serverStatus);
  const inbounds = await listInbounds(session, signal);
  return {
    version: '2.7–2.9',
    xrayState: status.xray.state,
    targets: inbounds.map((found) => ({ target: found.id, protocol: found.protocol, enabled: found.enable, title: found.remark })),
  };
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
    singleWriter: true,
    ensureAccount: (desired, signal) => ensureAccount({ session, host, signal }, desired),
    async removeAccount(account, signal) {
      const context: Context = { session, host, signal };
      for (const found of await listInbounds(session, signal)) {
        if (found.protocol === 'vless') await removeFrom(context, found, account.credentials);
      }
    },
    health: () => health(session),
    close: () => deps.http.close(),
  };
}
