import type { Db } from './connection';

/** A server that a subscription may have a key on. */
export interface UsableServer {
  readonly id: string;
  readonly panelId: string;
  readonly targets: readonly string[];
}

export type ServerState = 'open' | 'draining' | 'disabled' | 'removed';

interface Row {
  readonly id: string;
  readonly panel_id: string;
  readonly targets: readonly string[];
  readonly state: ServerState;
  readonly has_key: boolean;
  readonly is_full: boolean;
}

/** Keys that take a place on a server: those of access that has not ended. */
const placesTaken = `(select count(*) from vpn_keys used where used.server_id = servers.id and used.expires_at > now())`;

/**
 * The servers a subscription is served by, out of those it should have: not those that are switched off, and of those that take no new keys (drained, or full) only
 * where it has one. What was paid for is served all the same where nothing else is left.
 */
export async function usableServers(
  tx: Db,
  wish: { readonly subscriptionId: string; readonly serverIds: readonly string[]; readonly placeOn?: string },
): Promise<readonly UsableServer[]> {
  const result: { rows: readonly Row[] } = await tx.raw(
    `select id, panel_id, targets, state,
       exists (select 1 from vpn_keys k where k.server_id = servers.id and k.subscription_id = ?) as has_key,
       capacity is not null and ${placesTaken} >= capacity as is_full
     from servers where id = any (?) and archived_at is null and state <> 'disabled' order by position`,
    [wish.subscriptionId, [...wish.serverIds]],
  );
  const takes = result.rows.filter((row) => row.has_key || row.id === wish.placeOn || (row.state === 'open' && !row.is_full));
  return (takes.length > 0 ? takes : result.rows).map((row) => ({ id: row.id, panelId: row.panel_id, targets: row.targets }));
}

export interface StoredServer {
  readonly id: string;
  readonly panelId: string;
  readonly state: ServerState;
  readonly capacity: number | undefined;
  /** Keys of access that has not ended. */
  readonly keys: number;
  readonly isArchived: boolean;
}

/** All servers, also those that are archived, in the order of the shop. */
export async function listServers(db: Db): Promise<readonly StoredServer[]> {
  const rows: readonly {
    id: string;
    panel_id: string;
    state: ServerState;
    capacity: number | null;
    keys: string | number;
    archived_at: Date | null;
  }[] = await db('servers')
    .orderBy('position')
    .select('id', 'panel_id', 'state', 'capacity', 'archived_at', { keys: db.raw(placesTaken) });
  return rows.map((row) => ({
    id: row.id,
    panelId: row.panel_id,
    state: row.state,
    capacity: row.capacity ?? undefined,
    keys: Number(row.keys),
    isArchived: row.archived_at !== null,
  }));
}

/** Sets a server's state; one that was removed comes back with it, and one that is removed is archived. */
export async function setServerState(tx: Db, serverId: string, state: ServerState): Promise<void> {
  await tx('servers')
    .where({ id: serverId })
    .update({ state, archived_at: state === 'removed' ? tx.fn.now() : null, updated_at: tx.fn.now() });
}
