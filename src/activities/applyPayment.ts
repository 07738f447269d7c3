import { applyPayment as applyPaymentIn } from '../db/applyPayment';
import { listExtras, listPlans } from '../db/catalog';
import type { PaymentApplied } from './contract';
import type { ActivityDeps } from './deps';
import { loadUser } from './users';

/** Applies everything new about a payment, once; says what it came to. */
export async function applyPayment(
  deps: ActivityDeps,
  input: { readonly userId: number; readonly paymentId: string },
): Promise<PaymentApplied> {
  const settings = await deps.settings();
  const applied = await deps.db.transaction((tx) =>
    applyPaymentIn(tx, {
      ...input,
      settings,
      planToday: async (planId) => [...(await listPlans(tx)), ...(await listExtras(tx))].find((plan) => plan.id === planId),
      now: deps.clock.now(),
    }),
  );
  return { ...applied, view: await loadUser(deps, input) };
}
