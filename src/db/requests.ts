import type { Db } from './connection';

/** Locks the user's row for this transaction, so that a zombie worker and its successor take turns. Rows that only refer to the user go on being written. */
export async function lockUser(tx: Db, userId: number): Promise<{ readonly isBanned: boolean } | undefined> {
  const row: { is_banned: boolean } | undefined = await tx('users').select('is_banned').where({ id: userId }).forNoKeyUpdate().first();
  return row === undefined ? undefined : { isBanned: row.is_banned };
}

/** The stored answer to a request; the same key is answered the same for ever. */
export async function findRequest<Result>(tx: Db, userId: number, key: string): Promise<Result | undefined> {
  const row: { result: Result } | undefined = await tx('requests').select('result').where({ user_id: userId, key }).first();
  return row?.result;
}

/** Stores the answer to a request, in the transaction of its effect. */
export async function storeRequest(tx: Db, request: { userId: number; key: string; result: object }): Promise<void> {
  await tx('requests').insert({ user_id: request.userId, key: request.key, result: JSON.stringify(request.result) });
}
