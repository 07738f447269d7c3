import type { Db } from './connection';

interface Rule {
  readonly table: string;
  readonly days: number;
  /** What else has to hold before a row may go. */
  readonly where: string;
  readonly column: string;
  /** Columns emptied instead of deleting the row. */
  readonly empty?: readonly string[];
}

// Money, grants, orders and the audit log are kept for ever; health, usage and comparisons of panels, and the line of messages, are one row each, overwritten.
const rules: readonly Rule[] = [
  { table: 'telegram_updates', column: 'handled_at', days: 7, where: 'handled_at is not null' },
  { table: 'requests', column: 'created_at', days: 90, where: 'true' },
  { table: 'payment_events', column: 'received_at', days: 90, where: `result in ('unreadable', 'unknown to the provider')` },
  { table: 'payment_events', column: 'received_at', days: 90, where: 'raw_sealed is not null', empty: ['raw_sealed'] },
  { table: 'panel_targets', column: 'seen_at', days: 90, where: 'true' },
  { table: 'server_jobs', column: 'finished_at', days: 365, where: `state = 'done'` },
  { table: 'reminders', column: 'settled_at', days: 365, where: 'settled_at is not null' },
  { table: 'alerts', column: 'heal_sent_at', days: 90, where: 'heal_sent_at is not null' },
];

const dayMs = 86_400_000;
const batch = 5_000;

/** Deletes (or empties) what is older than its rule, a batch per table; returns the rows changed. */
export async function applyRetention(db: Db, now: Date): Promise<number> {
  let changed = 0;
  for (const rule of rules) {
    const before = new Date(now.getTime() - rule.days * dayMs);
    const old = `select ctid from ${rule.table} where ${rule.where} and ${rule.column} < ? limit ${batch}`;
    const statement =
      rule.empty === undefined
        ? `delete from ${rule.table} where ctid in (${old})`
        : `update ${rule.table} set ${rule.empty.map((column) => `${column} = null`).join(', ')} where ctid in (${old})`;
    const result: { rowCount: number } = await db.raw(statement, [before]);
    changed += result.rowCount;
  }
  return changed;
}
