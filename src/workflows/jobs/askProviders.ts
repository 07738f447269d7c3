import { sleep, workflowInfo } from '@temporalio/workflow';
import type { TechnicalTimes } from '../../domain/policy';
import { paymentJobActivities } from '../activities';

export interface AskProvidersInput {
  readonly v: 1;
  readonly times: TechnicalTimes;
  readonly paceMs: number;
}

const batch = 20;
const longestHistory = 2_000;

/** Asks providers about payments whose time has come, continuously; a schedule starts it again when it ends. */
export async function askProvidersWorkflow(input: AskProvidersInput): Promise<void> {
  while (workflowInfo().historyLength < longestHistory) {
    const asked = await paymentJobActivities(input.times).askDuePayments({ limit: batch });
    if (asked < batch) await sleep(input.paceMs);
  }
}
