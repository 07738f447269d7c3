import type { AccountCredentials, ListedAccount, PanelListing, SeenTarget } from '../panel';
import type { Strategy } from './context';
import { clientsOf, isOurs, isSold, nodesOn, type Place } from './entries';
import type { PlacedInbound } from './places';
import { inboundSettings, readJson, type Client } from './wire';

/** An inbound read once: its clients beside it and not in it, so that a link of each does not read all of them. */
interface OpenedInbound extends PlacedInbound {
  readonly clients: readonly Client[];
  readonly used: ReadonlyMap<string, number>;
}

function opened(inbound: PlacedInbound): OpenedInbound {
  const clients = clientsOf(inbound);
  const used = new Map((inbound.clientStats ?? []).map((row) => [row.email, row.up + row.down]));
  if (!isSold(inbound)) return { ...inbound, clients, used };
  const settings = readJson('inbound settings', inbound.settings, inboundSettings);
  return { ...inbound, settings: { ...settings, clients: [] }, clients, used };
}

interface Entry {
  readonly inbound: OpenedInbound;
  readonly client: Client;
}

/** What the adapter of an era adds to a name, taken off again. */
function nameOf({ inbound, client }: Entry, strategy: Strategy): string {
  const email = client.email ?? '';
  const suffix = strategy.emailOn({ name: '', uuid: '', password: '', subId: '' }, inbound.id);
  return suffix !== '' && email.endsWith(suffix) ? email.slice(0, -suffix.length) : email;
}

function termsOf({ client }: Entry): string {
  return JSON.stringify([client.enable ?? false, client.expiryTime ?? 0, client.totalGB ?? 0, client.limitIp ?? 0, client.subId]);
}

/** Bytes used, each row of traffic once: from 3.1 on one row stands beside every inbound of its client. */
function usedBy(entries: readonly Entry[]): number {
  const rows = new Map<string, number>();
  for (const { inbound, client } of entries) {
    const bytes = inbound.used.get(client.email ?? '');
    if (bytes !== undefined) rows.set(client.email ?? '', bytes);
  }
  return [...rows.values()].reduce((sum, bytes) => sum + bytes, 0);
}

function accountOf(name: string, entries: readonly [Entry, ...Entry[]]): ListedAccount {
  const [first] = entries;
  const { client } = first;
  const ends = client.expiryTime ?? 0;
  const targets = entries.map((entry) => String(entry.inbound.id));
  return {
    name,
    uuid: entries.map((entry) => entry.client.id).find((id) => id !== undefined && id !== ''),
    enabled: client.enable ?? false,
    // A negative end is a duration from first use: no end yet.
    endsAt: ends > 0 ? new Date(ends) : undefined,
    trafficLimitBytes: client.totalGB ?? 0,
    deviceLimit: client.limitIp ?? 0,
    usedBytes: usedBy(entries),
    targets: [...new Set(targets)],
    uniform: new Set(targets).size === targets.length && entries.every((entry) => termsOf(entry) === termsOf(first)),
  };
}

/** What the panel holds, the entries of an account on several inbounds put together again. */
export function listingOf(
  inbounds: readonly PlacedInbound[],
  { strategy, place }: { readonly strategy: Strategy; readonly place: Place },
): Pick<PanelListing, 'accounts' | 'nodesOf'> {
  const groups = new Map<string, { readonly name: string; readonly entries: [Entry, ...Entry[]] }>();
  for (const inbound of inbounds.map(opened)) {
    for (const client of inbound.clients) {
      const entry = { inbound, client };
      const name = nameOf(entry, strategy);
      const key = keyOf(client.subId, name);
      const known = groups.get(key);
      if (known === undefined) groups.set(key, { name, entries: [entry] });
      else known.entries.push(entry);
    }
  }
  return {
    accounts: [...groups.values()].map(({ name, entries }) => accountOf(name, entries)),
    nodesOf: (account) => seenOf(groups.get(keyOf(account.subId, account.name))?.entries ?? [], account, place),
  };
}

function keyOf(subId: string | undefined, name: string): string {
  return `${subId ?? ''} ${name.toLowerCase()}`;
}

function seenOf(entries: readonly Entry[], account: AccountCredentials, place: Place): readonly SeenTarget[] {
  return entries
    .filter(({ client }) => isOurs(client, account))
    .map(({ inbound, client }) => ({ target: String(inbound.id), nodes: nodesOn(inbound, client, place) }));
}
