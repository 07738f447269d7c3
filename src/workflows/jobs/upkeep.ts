import { ActivityFailure } from '@temporalio/workflow';
import type { TechnicalTimes } from '../../domain/policy';
import { paymentJobActivities, shopActivities } from '../activities';

export interface UpkeepInput {
  readonly v: 1;
  readonly times: TechnicalTimes;
}

/** Keeps rates fresh and operators reminded; what fails is thrown at the end, after everything else was done. */
export async function upkeepWorkflow(input: UpkeepInput): Promise<void> {
  const failures: ActivityFailure[] = [];
  for (const work of [() => paymentJobActivities(input.times).refreshRates(), () => shopActivities(input.times).remindOperators()]) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      failures.push(error);
    }
  }
  const first = failures[0];
  if (first !== undefined) throw first;
}
