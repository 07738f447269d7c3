import type { TechnicalTimes } from '../../domain/policy';
import { shopActivities } from '../activities';

export interface RetentionInput {
  readonly v: 1;
  readonly times: TechnicalTimes;
}

/** Deletes what is older than its table's rule. */
export async function retentionWorkflow(input: RetentionInput): Promise<number> {
  return shopActivities(input.times).applyRetention();
}
