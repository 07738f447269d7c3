import type { TechnicalTimes } from '../../domain/policy';
import { paymentJobActivities } from '../activities';

export interface ReconcilePaymentsInput {
  readonly v: 1;
  readonly times: TechnicalTimes;
  /** How far back to look, in milliseconds. */
  readonly sinceMs: number;
}

/** Finds money at the providers that no message told of. */
export async function reconcilePaymentsWorkflow(input: ReconcilePaymentsInput): Promise<number> {
  return paymentJobActivities(input.times).reconcilePayments({ sinceMs: input.sinceMs });
}
