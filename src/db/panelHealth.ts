import type { Db } from './connection';

/** What is known of a panel's health, shared by all processes. */
export interface StoredPanelHealth {
  readonly panelId: string;
  readonly state: 'up' | 'down';
  readonly since: Date;
  readonly errorCode: string | undefined;
  readonly errorText: string | undefined;
  /** Failures in a row. */
  readonly failures: number;
  /** While down: when the next call may be let through. */
  readonly retryAt: Date | undefined;
  readonly version: string | undefined;
  readonly coreState: string | undefined;
  readonly evidence: 'recorded' | 'untried' | undefined;
  readonly warnings: readonly string[];
  readonly checkedAt: Date | undefined;
}

interface Row {
  readonly panel_id: string;
  readonly state: 'up' | 'down';
  readonly since: Date;
  readonly error_code: string | null;
  readonly error_text: string | null;
  readonly failures: number;
  readonly retry_at: Date | null;
  readonly version: string | null;
  readonly core_state: string | null;
  readonly evidence: 'recorded' | 'untried' | null;
  readonly warnings: readonly string[];
  readonly checked_at: Date | null;
}

function toHealth(row: Row): StoredPanelHealth {
  return {
    panelId: row.panel_id,
    state: row.state,
    since: row.since,
    errorCode: row.error_code ?? undefined,
    errorText: row.error_text ?? undefined,
    failures: row.failures,
    retryAt: row.retry_at ?? undefined,
    version: row.version ?? undefined,
    coreState: row.core_state ?? undefined,
    evidence: row.evidence ?? undefined,
    warnings: row.warnings,
    checkedAt: row.checked_at ?? undefined,
  };
}

/** The panel's health; undefined until something was seen of it. */
export async function findPanelHealth(db: Db, panelId: string): Promise<StoredPanelHealth | undefined> {
  const row: Row | undefined = await db<Row>('panel_health').where({ panel_id: panelId }).first();
  return row === undefined ? undefined : toHealth(row);
}

/** Takes the one try at a panel that is down, when it is due: true for exactly one of those who ask, until `nextAt`. */
export async function claimTry(db: Db, claim: { panelId: string; now: Date; nextAt: Date }): Promise<boolean> {
  const changed = await db('panel_health')
    .where({ panel_id: claim.panelId, state: 'down' })
    .whereRaw('(retry_at is null or retry_at <= ?)', [claim.now])
    .update({ retry_at: claim.nextAt });
  return changed === 1;
}

/** Counts a failure; returns how many there were in a row, this one included. */
export async function countFailure(db: Db, failure: { panelId: string; code: string; text: string }): Promise<number> {
  const result: { rows: readonly { failures: number }[] } = await db.raw(
    `insert into panel_health (panel_id, failures, error_code, error_text) values (:panelId, 1, :code, :text)
     on conflict (panel_id) do update set failures = panel_health.failures + 1, error_code = :code, error_text = :text
     returning failures`,
    failure,
  );
  return result.rows[0]?.failures ?? 1;
}

/** Notes that a panel is down and when it may be tried again. A pause that is longer already stays. */
export async function markPanelDown(db: Db, down: { panelId: string; retryAt: Date; now: Date }): Promise<void> {
  await db.raw(
    `update panel_health set since = case when state = 'down' then since else :now end, state = 'down',
       retry_at = case when state = 'down' then greatest(retry_at, :retryAt) else :retryAt end
     where panel_id = :panelId`,
    down,
  );
}

/** Notes that a call went well. Returns whether the panel had counted as down. */
export async function markPanelUp(db: Db, panelId: string, now: Date): Promise<boolean> {
  const result: { rows: readonly { was: string }[] } = await db.raw(
    `update panel_health set state = 'up', failures = 0, retry_at = null, error_code = null, error_text = null,
       since = case when known.state = 'down' then ? else since end
     from (select panel_id as id, state from panel_health where panel_id = ? for update) known
     where panel_id = known.id and (panel_health.state = 'down' or failures > 0) returning known.state as was`,
    [now, panelId],
  );
  return result.rows[0]?.was === 'down';
}

/** Stores what the panel said of itself. */
export async function storePanelFacts(
  db: Db,
  facts: { panelId: string; version: string; coreState: string; evidence: string; warnings: readonly string[]; now: Date },
): Promise<void> {
  const row = {
    version: facts.version,
    core_state: facts.coreState,
    evidence: facts.evidence,
    warnings: JSON.stringify(facts.warnings),
    checked_at: facts.now,
  };
  await db('panel_health')
    .insert({ panel_id: facts.panelId, since: facts.now, ...row })
    .onConflict('panel_id')
    .merge(row);
}

/** Lets a panel be tried at once: its settings were changed. */
export async function forgetPause(db: Db, panelId: string): Promise<void> {
  await db('panel_health').where({ panel_id: panelId }).update({ retry_at: null });
}

/** How much work waits for a panel. */
export async function countWaiting(db: Db, panelId: string): Promise<number> {
  const row: { count?: string | number } | undefined = await db('operations')
    .join('panel_accounts', 'panel_accounts.id', 'operations.panel_account_id')
    .where({ 'operations.state': 'open', 'panel_accounts.panel_id': panelId })
    .count({ count: '*' })
    .first();
  return Number(row?.count ?? 0);
}

/** Whether work for a panel failed and is still open. */
export async function hasFailingWork(db: Db, panelId: string): Promise<boolean> {
  const row: unknown = await db('operations')
    .join('panel_accounts', 'panel_accounts.id', 'operations.panel_account_id')
    .where({ 'operations.state': 'open', 'panel_accounts.panel_id': panelId })
    .whereNotNull('operations.last_error_code')
    .first('operations.id');
  return row !== undefined;
}
