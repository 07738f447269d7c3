import type { AccountCredentials, DesiredAccount, SeenAccount } from '../panel';
import {
  failureOf,
  getInbound,
  inboundsApi,
  listInbounds,
  missing,
  seenAccount,
  unsure,
  type SeenChange,
  type Strategy,
  type Work,
} from './context';
import { clientsOf, conflict, isOurs, isSold, keyOf, matches, nodesOn, requireSellable, wantedOn } from './entries';
import { placed, type PlacedInbound } from './places';
import { detailOf, type Client, type Inbound } from './wire';

/** Name of the account on one inbound: names are unique over all inbounds. */
function emailOn(credentials: AccountCredentials, inboundId: number): string {
  return `${credentials.name}-${inboundId}`;
}

/** The entries under our name, compared without case as the panel compares; a foreign one is a conflict. */
function findOurs(found: Inbound, credentials: AccountCredentials): readonly Client[] {
  const email = emailOn(credentials, found.id).toLowerCase();
  const named = clientsOf(found).filter((entry) => entry.email?.toLowerCase() === email);
  if (named.some((entry) => !isOurs(entry, credentials))) throw conflict(`inbound ${found.id}`);
  return named;
}

async function write({ session, signal }: Work, path: string, change: { inbound: Inbound; client: Client }): Promise<void> {
  const body = { id: change.inbound.id, settings: JSON.stringify({ clients: [change.client] }) };
  const answer = await session.call('POST', `${inboundsApi}/${path}`, { body, signal });
  if (answer.success) return;
  if (detailOf(answer.msg) === 'record not found') throw missing(change.inbound.id);
  throw failureOf(answer, `inbound ${change.inbound.id}`);
}

/** Deletes by key, which takes every entry with it; absent is done. True where the inbound keeps it because it is its last client. */
async function deleteByKey({ session, signal }: Work, found: Inbound, key: string): Promise<boolean> {
  const path = `${inboundsApi}/${found.id}/delClient/${encodeURIComponent(key)}`;
  const answer = await session.call('POST', path, { signal });
  const detail = detailOf(answer.msg);
  if (answer.success || /^Client Not Found/i.test(detail)) return false;
  if (/no client remained/i.test(detail)) return true;
  throw failureOf(answer, `inbound ${found.id}`);
}

async function ensureOn(
  work: Work,
  desired: DesiredAccount,
  { found, force }: { found: PlacedInbound; force: boolean },
): Promise<SeenChange> {
  const target = String(found.id);
  const want = wantedOn(found, desired, { email: emailOn(desired.credentials, found.id) });
  const ours = findOurs(found, desired.credentials);
  let [present] = ours;
  if (ours.length === 1 && present !== undefined && matches(present, want) && !force) {
    return { target, nodes: nodesOn(found, present, work.place), changed: false };
  }
  // Two entries of one name stop xray for everybody (3.0): both go, one comes back.
  if (ours.length > 1 && present !== undefined && !(await deleteByKey(work, found, keyOf(found, present)))) present = undefined;
  if (present === undefined) {
    await write(work, 'addClient', { inbound: found, client: { ...want, tgId: 0, comment: '', reset: 0 } });
  } else {
    const path = `updateClient/${encodeURIComponent(keyOf(found, present))}`;
    await write(work, path, { inbound: found, client: { ...present, ...want, reset: 0 } });
  }
  // Success is confirmed for writes that are lost; only the settings tell, never the traffic row.
  const after = await getInbound(work, target);
  const [seen, ...more] = findOurs(after, desired.credentials);
  if (seen === undefined || more.length > 0 || !matches(seen, want)) {
    throw unsure(`inbound ${target} confirmed a change that is not in its settings`);
  }
  return { target, nodes: nodesOn({ ...found, ...after }, seen, work.place), changed: true };
}

async function removeFrom(work: Work, found: Inbound, credentials: AccountCredentials): Promise<boolean> {
  const email = emailOn(credentials, found.id).toLowerCase();
  const present = clientsOf(found).find((entry) => entry.email?.toLowerCase() === email && isOurs(entry, credentials));
  if (present === undefined) return false;
  if (!(await deleteByKey(work, found, keyOf(found, present)))) return true;
  // An inbound may not lose its last client: switched off is as good as gone.
  if (present.enable === false) return false;
  const client = { ...present, enable: false };
  await write(work, `updateClient/${encodeURIComponent(keyOf(found, present))}`, { inbound: found, client });
  return true;
}

function hasAccess(found: Inbound, credentials: AccountCredentials): boolean {
  const email = emailOn(credentials, found.id).toLowerCase();
  return clientsOf(found).some((entry) => entry.email?.toLowerCase() === email && isOurs(entry, credentials) && entry.enable !== false);
}

/** Takes the account out of inbounds, and looks whether it is out of them. */
async function removeAll(work: Work, inbounds: readonly Inbound[], credentials: AccountCredentials): Promise<boolean> {
  let changed = false;
  for (const found of inbounds) changed = (await removeFrom(work, found, credentials)) || changed;
  if (!changed) return false;
  const ids = new Set(inbounds.map((found) => found.id));
  const after = (await listInbounds(work)).filter((found) => ids.has(found.id));
  if (after.some((found) => hasAccess(found, credentials))) throw unsure('a deletion was confirmed and is not in the settings');
  return true;
}

async function ensure(work: Work, desired: DesiredAccount, { force }: { force: boolean }): Promise<SeenAccount> {
  // Read first, always: 3.0 takes a repeated add, and the second entry stops xray.
  const inbounds = await placed(work, await listInbounds(work));
  const targets = desired.targets.map((target) => {
    const found = inbounds.find((entry) => String(entry.id) === target);
    if (found === undefined) throw missing(target);
    requireSellable(found, desired, work.place);
    findOurs(found, desired.credentials);
    return found;
  });
  const seen: SeenChange[] = [];
  for (const found of targets) seen.push(await ensureOn(work, desired, { found, force }));
  const elsewhere = inbounds.filter((found) => isSold(found) && !targets.includes(found));
  return seenAccount(seen, await removeAll(work, elsewhere, desired.credentials));
}

async function reset(work: Work, desired: DesiredAccount): Promise<void> {
  const { session, signal } = work;
  const emails = desired.targets.map((target) => emailOn(desired.credentials, Number(target)));
  for (const [index, target] of desired.targets.entries()) {
    const path = `${inboundsApi}/${target}/resetClientTraffic/${encodeURIComponent(emails[index] ?? '')}`;
    // An empty 500 means "no such row" to 2.6; what counts is read below.
    await session.call('POST', path, { signal }).catch(() => undefined);
  }
  const rows = (await listInbounds(work)).flatMap((found) => found.clientStats ?? []);
  if (rows.some((row) => emails.includes(row.email) && row.up + row.down > 0)) throw unsure('a reset is not in the traffic rows');
}

/**
 * 3x-ui up to 3.0: an account belongs to one inbound, so there is one entry for each target. Its writes read, change and write back a whole
 * inbound without a lock, so only one process may write at a time, and every write is read back.
 */
export const perInbound: Strategy = {
  ensure,
  reset,
  emailOn,
  async remove(work, account) {
    await removeAll(work, (await listInbounds(work)).filter(isSold), account);
  },
};
