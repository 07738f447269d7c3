import type { Db } from './connection';

/** One panel as the operator's report shows it. */
export interface PanelReport {
  readonly id: string;
  readonly kind: string;
  readonly state: 'up' | 'down' | undefined;
  readonly since: Date | undefined;
  readonly errorText: string | undefined;
  readonly version: string | undefined;
  readonly coreState: string | undefined;
  readonly evidence: 'recorded' | 'untried' | undefined;
  readonly warnings: readonly string[];
  readonly checkedAt: Date | undefined;
  readonly syncedAt: Date | undefined;
  readonly ours: number;
  readonly foreign: number;
  readonly conflicts: number;
  readonly repaired: Readonly<Record<string, number>>;
  readonly refreshedLinks: number;
  readonly implausible: string | undefined;
  readonly usedBytes: number;
  readonly waiting: number;
}

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly state: 'up' | 'down' | null;
  readonly since: Date | null;
  readonly error_text: string | null;
  readonly version: string | null;
  readonly core_state: string | null;
  readonly evidence: 'recorded' | 'untried' | null;
  readonly warnings: readonly string[] | null;
  readonly checked_at: Date | null;
  readonly ran_at: Date | null;
  readonly ours: string | number;
  readonly foreign_accounts: number | null;
  readonly conflicts: number | null;
  readonly repaired: Readonly<Record<string, number>> | null;
  readonly refreshed_links: number | null;
  readonly implausible: string | null;
  readonly used_bytes: string | number;
  readonly waiting: string | number;
}

const query = `
  select p.id, p.kind, h.state, h.since, h.error_text, h.version, h.core_state, h.evidence, h.warnings, h.checked_at,
    y.ran_at, y.foreign_accounts, y.conflicts, y.repaired, y.refreshed_links, y.implausible,
    (select count(*) from panel_accounts a where a.panel_id = p.id and a.seen_version > 0) as ours,
    (select coalesce(sum(u.counted_bytes), 0)::bigint from account_usage u join panel_accounts a on a.id = u.panel_account_id where a.panel_id = p.id) as used_bytes,
    (select count(*) from operations o join panel_accounts a on a.id = o.panel_account_id where a.panel_id = p.id and o.state = 'open') as waiting
  from panels p left join panel_health h on h.panel_id = p.id left join panel_syncs y on y.panel_id = p.id
  where p.archived_at is null order by p.id`;

function syncOf(row: Row): Pick<PanelReport, 'syncedAt' | 'foreign' | 'conflicts' | 'repaired' | 'refreshedLinks' | 'implausible'> {
  return {
    syncedAt: row.ran_at ?? undefined,
    foreign: row.foreign_accounts ?? 0,
    conflicts: row.conflicts ?? 0,
    repaired: row.repaired ?? {},
    refreshedLinks: row.refreshed_links ?? 0,
    implausible: row.implausible ?? undefined,
  };
}

function healthOf(
  row: Row,
): Pick<PanelReport, 'state' | 'since' | 'errorText' | 'version' | 'coreState' | 'evidence' | 'warnings' | 'checkedAt'> {
  return {
    state: row.state ?? undefined,
    since: row.since ?? undefined,
    errorText: row.error_text ?? undefined,
    version: row.version ?? undefined,
    coreState: row.core_state ?? undefined,
    evidence: row.evidence ?? undefined,
    warnings: row.warnings ?? [],
    checkedAt: row.checked_at ?? undefined,
  };
}

/** How every panel in use is, and what it holds. */
export async function panelReport(db: Db): Promise<readonly PanelReport[]> {
  const result: { rows: readonly Row[] } = await db.raw(query);
  return result.rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    ...healthOf(row),
    ...syncOf(row),
    ours: Number(row.ours),
    usedBytes: Number(row.used_bytes),
    waiting: Number(row.waiting),
  }));
}
