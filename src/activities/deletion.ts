import { deleteUser as deleteUserIn, type Deleted } from '../db/deleteUser';
import { findTelegramId } from '../db/users';
import { isShopError } from '../errors';
import type { DeleteUserRequest, OperatorResult } from '../workflows/user/messages/wishes';
import type { OperatorAnswered } from './contract';
import { done } from './operators';
import type { TrialDeps } from './trials';
import { answered, once } from './wishes';

const refusals: Readonly<Record<Extract<Deleted, { kind: 'refused' }>['why'], OperatorResult>> = {
  not_found: { outcome: 'refused', reason: 'NotFound', note: 'the data of this user was deleted before' },
  balance_left: {
    outcome: 'refused',
    reason: 'AlreadyDecided',
    note: 'the shop owes this user money: give it back first, or say --leave-balance',
  },
};

async function hashOf(deps: TrialDeps, userId: number): Promise<string | undefined> {
  const telegramId = await findTelegramId(deps.db, userId);
  if (telegramId === undefined) return `user:${userId}`;
  try {
    return await deps.personHash(telegramId);
  } catch (error) {
    if (isShopError(error, 'SecretKeyMismatch')) return undefined;
    throw error;
  }
}

/** Deletes what the shop knows of a person; money rows stay, a keyed hash keeps trial and ban. */
export async function deleteUser(deps: TrialDeps, input: { readonly userId: number } & DeleteUserRequest): Promise<OperatorAnswered> {
  const { userId, key, actor, reason, leavesBalance = false } = input;
  const settings = await deps.settings();
  const personHash = await hashOf(deps, userId);
  let show: readonly string[] = [];
  const result = await once(deps, input, async (tx): Promise<OperatorResult> => {
    if (personHash === undefined)
      return {
        outcome: 'refused',
        reason: 'NotFound',
        note: 'the key that knows people again does not open: give the key that the shop had before',
      };
    const deleted = await deleteUserIn(tx, { userId, key, actor, reason, personHash, leavesBalance, settings, now: deps.clock.now() });
    if (deleted.kind === 'refused') return refusals[deleted.why];
    show = deleted.closed;
    return done(`the data of user ${userId} is deleted; accounts leave their panels, rows of money stay`);
  });
  return answered(deps, userId, { result, show });
}
