import { ActivityFailure } from '@temporalio/workflow';
import type { TechnicalTimes } from '../domain/policy';
import { renewalActivities } from './activities';

export interface StopRenewalInput {
  readonly v: 1;
  readonly methodId: string;
  readonly times: TechnicalTimes;
}

/** Tells a provider that charges by itself to stop, however long it takes to answer; what it refuses goes to an operator. */
export async function stopRenewalWorkflow(input: StopRenewalInput): Promise<void> {
  const renewals = renewalActivities(input.times);
  try {
    await renewals.stopRenewal({ methodId: input.methodId });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    await renewals.parkStop({ methodId: input.methodId });
  }
}
