import { sleep } from '@temporalio/workflow';
import type { TechnicalTimes } from '../../domain/policy';
import { shopActivities } from '../activities';

export interface RetentionInput {
  readonly v: 1;
  readonly times: TechnicalTimes;
}

const atOnce = 25;
const paceMs = 5_000;
const longestRun = 600;

/** Deletes what is older than its table's rule, and lets keys go that were kept long enough, a few per second; tomorrow takes the rest. */
export async function retentionWorkflow(input: RetentionInput): Promise<{ readonly rows: number; readonly subscriptions: number }> {
  const shop = shopActivities(input.times);
  const rows = await shop.applyRetention();
  let subscriptions = 0;
  for (let round = 0; round < longestRun; round += 1) {
    const forgotten = await shop.forgetOldKeys({ limit: atOnce });
    subscriptions += forgotten;
    if (forgotten < atOnce) break;
    await sleep(paceMs);
  }
  return { rows, subscriptions };
}
