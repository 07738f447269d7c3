import { ShopError } from '../../errors';
import type { AccountCredentials, DesiredAccount, SeenAccount } from '../panel';
import { failureOf, getInbound, listInbounds, missing, seenAccount, unsure, type SeenChange, type Strategy, type Work } from './context';
import { clientsOf, conflict, isOurs, isSold, matches, nodesOn, requireSellable, secretOn, wantedOn } from './entries';
import { mixesInbounds } from './facts';
import { flowFor } from './nodes';
import { placed, type PlacedInbound } from './places';
import { clientRecord, detailOf, read, type Client, type ClientRecord, type Envelope, type Inbound } from './wire';

const api = 'panel/api/clients';

async function getRecord({ session, signal }: Work, email: string): Promise<ClientRecord | undefined> {
  const answer = await session.call('GET', `${api}/get/${encodeURIComponent(email)}`, { signal });
  if (answer.success) return read('a client', answer.obj, clientRecord);
  if (detailOf(answer.msg) === 'record not found') return undefined;
  throw new ShopError('PanelUnavailable', { message: 'the panel did not show a client' });
}

function isOurRecord({ client }: ClientRecord, credentials: AccountCredentials): boolean {
  return client.subId === credentials.subId && (client.uuid === '' || client.uuid === credentials.uuid);
}

async function post({ session, signal }: Work, path: string, body?: object): Promise<Envelope> {
  return session.call('POST', `${api}/${path}`, { signal, ...(body === undefined ? {} : { body }) });
}

async function change(work: Work, path: string, body: object): Promise<void> {
  const answer = await post(work, path, body);
  if (!answer.success) throw failureOf(answer, 'a client');
}

/** One flow for all inbounds: where the version writes it into all of them, only if all of them take it. */
function flowOf(work: Work, inbounds: readonly Inbound[]): string {
  const flows = inbounds.map(flowFor);
  const flow = flows.find((one) => one !== '') ?? '';
  return mixesInbounds(work.facts) || flows.every((one) => one !== '') ? flow : '';
}

// What a client should be, in the fields of a request: `id` is the uuid there, and a number in answers (recordings, correction 12).
function wantedRecord(work: Work, desired: DesiredAccount, inbounds: readonly Inbound[]): Client {
  const secrets = inbounds.map((found) => secretOn(found, desired.credentials));
  // One password serves all inbounds: that of Shadowsocks has to have its exact form, others take any.
  const password = inbounds.flatMap((found, index) => (found.protocol === 'shadowsocks' ? (secrets[index]?.password ?? []) : []))[0];
  return {
    id: desired.credentials.uuid,
    password: password ?? desired.credentials.password,
    auth: desired.credentials.password,
    email: desired.credentials.name,
    subId: desired.credentials.subId,
    flow: flowOf(work, inbounds),
    enable: desired.enabled,
    expiryTime: desired.endsAt.getTime(),
    totalGB: desired.trafficLimitBytes,
    limitIp: desired.deviceLimit,
  };
}

function entryOn(found: Inbound, email: string): Client | undefined {
  return clientsOf(found).find((entry) => entry.email === email);
}

function expectedOn(work: Work, found: Inbound, { desired, record }: { desired: DesiredAccount; record: Client }): Client {
  const flow = mixesInbounds(work.facts) ? flowFor(found) : (record.flow ?? '');
  const want = wantedOn(found, desired, { email: desired.credentials.name, flow });
  return found.protocol === 'trojan' ? { ...want, password: record.password } : want;
}

function isAsWanted(work: Work, wish: Wish, state: State): boolean {
  const { record } = state;
  if (record === undefined) return false;
  const { desired, want } = wish;
  const terms = { enable: want.enable, expiryTime: want.expiryTime, totalGB: want.totalGB, limitIp: want.limitIp };
  if (!matches(record.client, terms)) return false;
  return state.inbounds.every((found) => {
    const entry = entryOn(found, desired.credentials.name);
    return entry !== undefined && matches(entry, expectedOn(work, found, { desired, record: want }));
  });
}

interface Wish {
  readonly desired: DesiredAccount;
  readonly want: Client;
  readonly ids: readonly number[];
}

interface State {
  readonly record: ClientRecord | undefined;
  /** The wished inbounds, as they are now. */
  readonly inbounds: readonly PlacedInbound[];
}

async function readState(work: Work, desired: DesiredAccount): Promise<State> {
  const record = await getRecord(work, desired.credentials.name);
  if (record !== undefined && !isOurRecord(record, desired.credentials)) throw conflict('the panel');
  const inbounds: Inbound[] = [];
  for (const target of desired.targets) inbounds.push(await getInbound(work, target));
  return { record, inbounds: await placed(work, inbounds) };
}

/** Accounts made before the panel was updated to 3.1 have a name per inbound: they go, when the one account is there in their place. */
async function removeOldNames(work: Work, credentials: AccountCredentials, all: readonly Inbound[]): Promise<boolean> {
  let changed = false;
  for (const found of all) {
    const email = `${credentials.name}-${found.id}`;
    const old = entryOn(found, email);
    if (old === undefined || !isOurs(old, credentials)) continue;
    await removeByName(work, email);
    changed = true;
  }
  return changed;
}

/** Deletes a client; absent is done. */
async function removeByName(work: Work, email: string): Promise<void> {
  const answer = await post(work, `del/${encodeURIComponent(email)}`);
  if (answer.success || /record not found|not found in any inbound/i.test(detailOf(answer.msg))) return;
  throw failureOf(answer, 'a client');
}

async function addNew(work: Work, wish: Wish): Promise<void> {
  // The subId of an account is its alone from 3.4 on, so that old names have to go first.
  const all = await listInbounds(work);
  await removeOldNames(work, wish.desired.credentials, all);
  const name = wish.desired.credentials.name.toLowerCase();
  // Reads by name heed case, and writes do not (recordings, correction 15).
  if (
    all.some((found) => clientsOf(found).some((entry) => entry.email?.toLowerCase() === name && !isOurs(entry, wish.desired.credentials)))
  ) {
    throw conflict('the panel');
  }
  const client = { ...wish.want, tgId: 0, comment: '', reset: 0 };
  const answer = await post(work, 'add', { client, inboundIds: wish.ids });
  if (answer.success) return;
  const detail = detailOf(answer.msg);
  if (/^(email already in use|Duplicate email|subId already in use)/i.test(detail)) throw conflict('the panel');
  if (detail === 'record not found') throw missing(wish.ids.join(', '));
  throw failureOf(answer, 'a client');
}

async function converge(work: Work, wish: Wish, state: State): Promise<boolean> {
  const { credentials } = wish.desired;
  const path = encodeURIComponent(credentials.name);
  let { record } = state;
  if (record === undefined) {
    await addNew(work, wish);
    record = await getRecord(work, credentials.name);
    if (record === undefined || !isOurRecord(record, credentials)) throw unsure('a client was added and is not there');
  }
  const has = record.inboundIds;
  const lacking = wish.ids.filter((id) => !has.includes(id));
  const extra = has.filter((id) => !wish.ids.includes(id));
  // First attached, then detached: 3.1.0 changes nothing of a client that is attached to none.
  if (lacking.length > 0) await change(work, `${path}/attach`, { inboundIds: lacking });
  if (extra.length > 0) await change(work, `${path}/detach`, { inboundIds: extra });
  const { tgId, comment, group } = record.client;
  const kept = { tgId: tgId ?? 0, comment: comment ?? '', ...(group === undefined || group === '' ? {} : { group }), reset: 0 };
  // An update replaces the whole client: everything is in it.
  await change(work, `update/${path}`, { ...kept, ...wish.want });
  return true;
}

function requireFit(work: Work, inbounds: readonly Inbound[]): void {
  const protocols = [...new Set(inbounds.map((found) => found.protocol))];
  const limited = work.facts.version === '3.1.0' && protocols.some((protocol) => protocol !== 'vless');
  // Before 3.6 a flow goes into trojan inbounds too, and xray refuses the whole configuration (recorded for 3.1.0).
  if (!limited && (protocols.length < 2 || mixesInbounds(work.facts))) return;
  throw new ShopError('PanelBadConfig', {
    message: `3x-ui ${work.facts.version} cannot have one account on ${protocols.join(' and ')}; update it to 3.6 or later, or sell VLESS inbounds only`,
  });
}

function seenOn(work: Work, wish: Wish, { inbounds }: State): readonly SeenChange[] {
  return inbounds.map((found) => {
    const entry = entryOn(found, wish.desired.credentials.name) ?? {};
    return { target: String(found.id), nodes: nodesOn(found, entry, work.place), changed: false };
  });
}

async function ensure(work: Work, desired: DesiredAccount, { force }: { force: boolean }): Promise<SeenAccount> {
  const before = await readState(work, desired);
  for (const found of before.inbounds) requireSellable(found, desired, work.place);
  requireFit(work, before.inbounds);
  if (desired.targets.length === 0) {
    await remove(work, desired.credentials);
    return { targets: [], changed: before.record !== undefined };
  }
  const wish: Wish = { desired, want: wantedRecord(work, desired, before.inbounds), ids: desired.targets.map(Number) };
  const isPlaced = [...(before.record?.inboundIds ?? [])].sort().join() === [...wish.ids].sort().join();
  if (!force && isPlaced && isAsWanted(work, wish, before)) return seenAccount(seenOn(work, wish, before), false);
  await converge(work, wish, before);
  const after = await readState(work, desired);
  const places = [...(after.record?.inboundIds ?? [])].sort().join();
  if (places !== [...wish.ids].sort().join() || !isAsWanted(work, wish, after)) {
    throw unsure('the panel confirmed a change of a client that is not in its settings');
  }
  return seenAccount(seenOn(work, wish, after), true);
}

async function remove(work: Work, credentials: AccountCredentials): Promise<void> {
  const record = await getRecord(work, credentials.name);
  const isHere = record !== undefined && isOurRecord(record, credentials);
  if (isHere) await removeByName(work, credentials.name);
  const inbounds = (await listInbounds(work)).filter(isSold);
  const removedOld = await removeOldNames(work, credentials, inbounds);
  // 3.1.0 may leave entries behind whose record is gone.
  const left = (removedOld ? await listInbounds(work) : inbounds).some((found) => {
    const entry = entryOn(found, credentials.name);
    return entry !== undefined && isOurs(entry, credentials);
  });
  if (left) throw unsure('a deletion was confirmed and is not in the settings');
}

async function reset(work: Work, desired: DesiredAccount): Promise<void> {
  const name = encodeURIComponent(desired.credentials.name);
  await change(work, `resetTraffic/${name}`, {});
}

/** 3x-ui from 3.1 on: one client, attached to inbounds. What counts is what stands in the inbounds; the record may say more. */
export const perClient: Strategy = { ensure, remove, reset, emailOn: (account) => account.name };
