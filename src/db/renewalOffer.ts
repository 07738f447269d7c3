import { methodCode, offeredMethods } from '../domain/method';
import type { Money } from '../domain/money';
import type { Plan } from '../domain/plan';
import type { Db } from './connection';
import { listMethodFacts, loadSituation } from './methods';
import { listPlansFor } from './promoCodes';

export interface RenewalOffer {
  readonly plan: Plan;
  readonly price: Money;
  /** Word of the method used last, where it is offered. */
  readonly method: string | undefined;
}

/** What renewing a subscription of this plan costs its user today; undefined where the plan is not for sale. */
export async function loadRenewalOffer(
  db: Db,
  renewal: { readonly userId: number; readonly planId: string; readonly lastMethod: string | undefined; readonly now: Date },
): Promise<RenewalOffer | undefined> {
  const plan = (await listPlansFor(db, renewal.userId)).find((entry) => entry.id === renewal.planId);
  if (plan === undefined) return undefined;
  const situation = await loadSituation(db, { planId: plan.id, serverIds: plan.serverIds, due: plan.price, now: renewal.now });
  const offered = offeredMethods(await listMethodFacts(db), situation, renewal.lastMethod).map(methodCode);
  const last = renewal.lastMethod;
  return { plan, price: plan.price, method: last !== undefined && offered.includes(last) ? last : undefined };
}
