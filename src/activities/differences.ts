import type { Db } from '../db/connection';
import { settleDifference as settleDifferenceIn } from '../db/settleDifference';
import type { OperatorResult, SettleDifferenceRequest } from '../workflows/user/messages/wishes';
import type { OperatorAnswered } from './contract';
import type { ActivityDeps } from './deps';
import { done } from './operators';
import { answered, once } from './wishes';

/** Ends a difference between money and access that the report named. */
export async function settleDifference(
  deps: ActivityDeps,
  input: { readonly userId: number } & SettleDifferenceRequest,
): Promise<OperatorAnswered> {
  const settings = await deps.settings();
  const { userId, actor } = input;
  const subject = input.subject === 'balance' ? { balanceIn: settings.currency } : input.subject;
  const result = await once(deps, input, async (tx: Db): Promise<OperatorResult> => {
    const note = await settleDifferenceIn(tx, { userId, actor, subject, settings, now: deps.clock.now() });
    return note === undefined ? { outcome: 'refused', reason: 'NothingToSettle' } : done(note);
  });
  return answered(deps, userId, { result, show: 'order' in subject ? [subject.order] : [] });
}
