import { ActivityFailure } from '@temporalio/workflow';
import type { TechnicalTimes } from '../domain/policy';
import { chargeActivities, shopActivities } from './activities';

export interface ChargeSavedInput {
  readonly v: 1;
  readonly paymentId: string;
  readonly times: TechnicalTimes;
}

/**
 * Charges a saved method for one payment: one call under one key, repeated until it is answered. What came of it reaches the user's workflow as an
 * event of the payment; what the provider refuses for good counts as declined.
 */
export async function chargeSavedWorkflow(input: ChargeSavedInput): Promise<void> {
  try {
    await chargeActivities(input.times).chargeSaved({ paymentId: input.paymentId });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    await shopActivities(input.times).declineCharge({ paymentId: input.paymentId });
  }
}
