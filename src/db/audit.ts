import type { Db } from './connection';

/** Something an operator did: who, what, to what, and how it was before and after. No secrets, no personal data. */
export interface AuditEntry {
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly before?: object;
  readonly after?: object;
}

/** Writes an entry, in the transaction of what was done. */
export async function audit(tx: Db, entry: AuditEntry): Promise<void> {
  await tx('audit_log').insert({
    actor: entry.actor,
    action: entry.action,
    target: entry.target,
    before: entry.before === undefined ? null : JSON.stringify(entry.before),
    after: entry.after === undefined ? null : JSON.stringify(entry.after),
  });
}
