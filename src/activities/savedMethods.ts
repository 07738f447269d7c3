import { raiseAlert } from '../db/alerts';
import { findRequest, lockUser, storeRequest } from '../db/requests';
import { findSavedMethod, forgetSavedMethod, markStopped } from '../db/savedMethods';
import { findTelegramId } from '../db/users';
import type { ForgetMethodRequest, ForgetResult } from '../workflows/user/messages/wishes';
import type { ForgetAnswered } from './contract';
import type { ActivityDeps, PaymentDeps } from './deps';
import { loadUser } from './users';

/** Forgets a way of paying, at once for the shop; a provider that charges by itself is told by a child. */
export async function forgetMethod(deps: ActivityDeps, input: { readonly userId: number } & ForgetMethodRequest): Promise<ForgetAnswered> {
  const { userId, key, methodId } = input;
  const result = await deps.db.transaction(async (tx): Promise<ForgetResult> => {
    await lockUser(tx, userId);
    const stored = await findRequest<ForgetResult>(tx, userId, key);
    if (stored !== undefined) return stored;
    const forgotten = await forgetSavedMethod(tx, { userId, id: methodId, now: deps.clock.now() });
    const answer: ForgetResult = forgotten ? { outcome: 'done' } : { outcome: 'refused', reason: 'NotFound' };
    await storeRequest(tx, { userId, key, result: answer });
    return answer;
  });
  return { result, view: await loadUser(deps, { userId }), show: [] };
}

/** Tells the provider to charge no more by itself; repeated until it has answered. */
export async function stopRenewal(deps: PaymentDeps, input: { readonly methodId: string }): Promise<void> {
  const method = await findSavedMethod(deps.db, input.methodId);
  if (method === undefined) return;
  const provider = await deps.providers.get(method.provider);
  await provider.cancelSubscription?.({ methodId: method.externalId, payerTelegramId: await findTelegramId(deps.db, method.userId) });
  await markStopped(deps.db, method.id, deps.clock.now());
}

/** The provider refused for good: nothing more can be tried, an operator has to. */
export async function parkStop(deps: ActivityDeps, input: { readonly methodId: string }): Promise<void> {
  const method = await findSavedMethod(deps.db, input.methodId);
  if (method === undefined) return;
  await markStopped(deps.db, method.id, deps.clock.now());
  await raiseAlert(deps.db, {
    key: `stop:${method.id}`,
    kind: 'renewal',
    text: `${method.provider} refused to stop charging user ${method.userId} by itself (${method.id}). Stop it in the provider's cabinet; what it still charges goes to the balance.`,
  });
}
