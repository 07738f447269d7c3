import type { Db } from './connection';
import { newId } from './ids';

export interface ParkedItem {
  readonly id: string;
  readonly userId: number;
  readonly item: { readonly kind: string; readonly paymentId?: string };
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly parkedAt: Date;
}

/** Sets an item aside that failed for the shop's own fault; the same item stands there once. */
export async function parkItem(tx: Db, parked: Pick<ParkedItem, 'userId' | 'item' | 'errorCode' | 'errorMessage'>): Promise<string> {
  const item = JSON.stringify(parked.item);
  const known: { id: string } | undefined = await tx('parked_items')
    .where({ user_id: parked.userId })
    .whereNull('resolved_at')
    .whereRaw('item = ?::jsonb', [item])
    .first('id');
  if (known !== undefined) return known.id;
  const id = newId('itm');
  await tx('parked_items').insert({ id, user_id: parked.userId, item, error_code: parked.errorCode, error_message: parked.errorMessage });
  return id;
}

/** Items that wait for an operator, oldest first. */
export async function listParkedItems(db: Db): Promise<readonly ParkedItem[]> {
  const rows: readonly {
    id: string;
    user_id: number;
    item: ParkedItem['item'];
    error_code: string;
    error_message: string;
    parked_at: Date;
  }[] = await db('parked_items').whereNull('resolved_at').orderBy('parked_at');
  return rows.map((row) => ({
    id: row.id,
    userId: row.user_id,
    item: row.item,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    parkedAt: row.parked_at,
  }));
}

/** Marks a parked item as given back; undefined when there is none. */
export async function resolveParkedItem(
  tx: Db,
  id: string,
  by: string,
): Promise<(ParkedItem['item'] & { readonly userId: number }) | undefined> {
  const rows: readonly { user_id: number; item: ParkedItem['item'] }[] = await tx('parked_items')
    .where({ id })
    .whereNull('resolved_at')
    .update({ resolved_at: tx.fn.now(), resolved_by: by })
    .returning(['user_id', 'item']);
  const row = rows[0];
  return row === undefined ? undefined : { ...row.item, userId: row.user_id };
}
