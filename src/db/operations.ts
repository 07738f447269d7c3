import type { Db } from './connection';
import { newId } from './ids';
import type { DesiredChange } from './panelAccounts';

export interface StoredOperation {
  readonly id: string;
  /** The grant, or another reason, that made it. */
  readonly cause: string;
  readonly userId: number;
  readonly orderId: string | undefined;
  readonly panelAccountId: string;
  readonly kind: 'ensure' | 'remove';
  readonly state: 'open' | 'done' | 'conflict';
}

/** Writes one piece of panel work per changed account; the same cause makes it once. */
export async function insertOperations(
  tx: Db,
  work: { cause: string; userId: number; orderId: string | undefined; changes: readonly DesiredChange[] },
): Promise<void> {
  for (const change of work.changes) {
    await tx('operations')
      .insert({
        id: newId('opn'),
        cause: work.cause,
        user_id: work.userId,
        order_id: work.orderId,
        panel_account_id: change.panelAccountId,
        kind: 'ensure',
        target_version: change.version,
        state: 'open',
      })
      .onConflict(['cause', 'panel_account_id'])
      .ignore();
  }
}

/** The operation, or undefined. */
export async function findOperation(db: Db, operationId: string): Promise<StoredOperation | undefined> {
  const row:
    | {
        id: string;
        cause: string;
        user_id: number;
        order_id: string | null;
        panel_account_id: string;
        kind: 'ensure' | 'remove';
        state: StoredOperation['state'];
      }
    | undefined = await db('operations').where({ id: operationId }).first();
  if (row === undefined) return undefined;
  return {
    id: row.id,
    cause: row.cause,
    userId: row.user_id,
    orderId: row.order_id ?? undefined,
    panelAccountId: row.panel_account_id,
    kind: row.kind,
    state: row.state,
  };
}

/** Closes an operation. */
export async function finishOperation(tx: Db, operationId: string, end: { state: 'done' | 'conflict'; now: Date }): Promise<void> {
  await tx('operations')
    .where({ id: operationId, state: 'open' })
    .update({ state: end.state, finished_at: end.now, last_error_code: null });
}

/** Notes a failed try, for operators. */
export async function noteFailedTry(db: Db, operationId: string, errorCode: string): Promise<void> {
  await db('operations')
    .where({ id: operationId })
    .update({ last_error_code: errorCode, attempts: db.raw('attempts + 1') });
}
