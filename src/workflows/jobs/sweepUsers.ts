import { sleep } from '@temporalio/workflow';
import type { TechnicalTimes } from '../../domain/policy';
import { shopActivities } from '../activities';

export interface SweepUsersInput {
  readonly v: 1;
  readonly times: TechnicalTimes;
}

const perSecond = 5;
const longestRun = 600;

/** Wakes users whose workflow is behind, a few per second. */
export async function sweepUsersWorkflow(input: SweepUsersInput): Promise<number> {
  let total = 0;
  for (let round = 0; round < longestRun; round += 1) {
    const woken = await shopActivities(input.times).sweepUsers({ limit: perSecond });
    total += woken;
    if (woken < perSecond) return total;
    await sleep(1_000);
  }
  return total;
}
