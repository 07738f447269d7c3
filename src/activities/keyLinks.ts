import type { Db } from '../db/connection';
import { serversOnPanel, storeConnectionString, type ServerOnPanel } from '../db/panelAccounts';
import { linkOf } from '../domain/link';
import type { SeenTarget } from '../panels/panel';

/** Flag of a country as two regional indicator symbols (Unicode Standard, 22.10). */
function flagOf(country: string): string {
  return String.fromCodePoint(...[...country.toUpperCase()].map((letter) => 0x1f1e6 + letter.charCodeAt(0) - 65));
}

function linksOf(server: ServerOnPanel, targets: readonly SeenTarget[]): string {
  const nodes = targets.filter((seen) => server.targets.includes(seen.target)).flatMap((seen) => seen.nodes);
  return nodes
    .map((node, index) =>
      linkOf({ ...node, name: `${flagOf(server.country)} ${server.title[server.language]}${nodes.length > 1 ? ` ${index + 1}` : ''}` }),
    )
    .join('\n');
}

/** Stores the links of a subscription's servers on one panel, as the panel's targets say; returns how many changed. */
export async function storeLinks(
  tx: Db,
  account: { readonly subscriptionId: string; readonly panelId: string },
  targets: readonly SeenTarget[],
): Promise<number> {
  let changed = 0;
  for (const server of await serversOnPanel(tx, account.subscriptionId, account.panelId)) {
    const connectionString = linksOf(server, targets);
    if (connectionString === '') continue;
    const isNew = await storeConnectionString(tx, { subscriptionId: account.subscriptionId, serverId: server.id, connectionString });
    if (isNew) changed += 1;
  }
  return changed;
}
