import type { AccountCredentials, ListedAccount, PanelListing, SeenTarget } from '../panel';
import { clientsOf, emailOn, isOurs } from './entries';
import { nodesOf } from './nodes';
import type { Client, Inbound } from './wire';

interface Entry {
  readonly inbound: Inbound;
  readonly client: Client;
}

function nameOf({ inbound, client }: Entry): string {
  const email = client.email ?? '';
  const suffix = `-${inbound.id}`;
  return email.endsWith(suffix) ? email.slice(0, -suffix.length) : email;
}

function termsOf({ client }: Entry): string {
  return JSON.stringify([client.enable ?? false, client.expiryTime ?? 0, client.totalGB ?? 0, client.limitIp ?? 0, client.subId]);
}

function usedBy({ inbound, client }: Entry): number {
  const row = inbound.clientStats?.find((stats) => stats.email === client.email);
  return row === undefined ? 0 : row.up + row.down;
}

function accountOf(entries: readonly [Entry, ...Entry[]]): ListedAccount {
  const [first] = entries;
  const { client } = first;
  const ends = client.expiryTime ?? 0;
  return {
    name: nameOf(first),
    uuid: client.id,
    enabled: client.enable ?? false,
    // A negative end is a duration from first use: no end yet.
    endsAt: ends > 0 ? new Date(ends) : undefined,
    trafficLimitBytes: client.totalGB ?? 0,
    deviceLimit: client.limitIp ?? 0,
    usedBytes: entries.reduce((sum, entry) => sum + usedBy(entry), 0),
    targets: entries.map((entry) => String(entry.inbound.id)),
    uniform: entries.every((entry) => termsOf(entry) === termsOf(first)),
  };
}

/** What the panel holds, its entries on several inbounds put together again. */
export function listingOf(inbounds: readonly Inbound[], host: string): Pick<PanelListing, 'accounts' | 'nodesOf'> {
  const groups = new Map<string, [Entry, ...Entry[]]>();
  for (const inbound of inbounds) {
    for (const client of clientsOf(inbound)) {
      const entry = { inbound, client };
      const key = `${client.id ?? ''} ${nameOf(entry)}`;
      const known = groups.get(key);
      if (known === undefined) groups.set(key, [entry]);
      else known.push(entry);
    }
  }
  return {
    accounts: [...groups.values()].map(accountOf),
    nodesOf: (account) => seenOf(inbounds, account, host),
  };
}

function seenOf(inbounds: readonly Inbound[], account: AccountCredentials, host: string): readonly SeenTarget[] {
  return inbounds.flatMap((inbound) => {
    const email = emailOn(account, inbound.id).toLowerCase();
    const client = clientsOf(inbound).find((entry) => entry.email?.toLowerCase() === email && isOurs(entry, account));
    return client === undefined ? [] : [{ target: String(inbound.id), nodes: nodesOf(inbound, client, host) }];
  });
}
