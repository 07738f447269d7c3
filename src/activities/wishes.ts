import type { Db } from '../db/connection';
import { findRequest, lockUser, storeRequest } from '../db/requests';
import type { Answered } from './contract';
import type { ActivityDeps } from './deps';
import { loadUser } from './users';

/** Does something once per key, in one transaction with its answer. */
export async function once<Answer extends object>(
  deps: ActivityDeps,
  request: { readonly userId: number; readonly key: string },
  work: (tx: Db) => Promise<Answer>,
): Promise<Answer> {
  return deps.db.transaction(async (tx) => {
    await lockUser(tx, request.userId);
    const stored = await findRequest<Answer>(tx, request.userId, request.key);
    if (stored !== undefined) return stored;
    const answer = await work(tx);
    await storeRequest(tx, { userId: request.userId, key: request.key, result: answer });
    return answer;
  });
}

/** The answer to a wish, with what became of the user. */
export async function answered<Result>(
  deps: ActivityDeps,
  userId: number,
  done: { readonly result: Result; readonly show: readonly string[] },
): Promise<Answered<Result>> {
  return { ...done, view: await loadUser(deps, { userId }) };
}
