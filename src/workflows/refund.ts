import { ActivityFailure, sleep } from '@temporalio/workflow';
import type { TechnicalTimes } from '../domain/policy';
import { refundActivities, shopActivities } from './activities';

export interface RefundInput {
  readonly v: 1;
  readonly refundId: string;
  readonly times: TechnicalTimes;
}

const shortestPauseMs = 10_000;
const longestPauseMs = 3_600_000;

/**
 * Gives money back at its provider: one call under one key, repeated until it is answered, and asked about while the provider takes its time.
 * What came of it reaches the user's workflow as an event of the payment; what the provider refuses waits for an operator.
 */
export async function refundWorkflow(input: RefundInput): Promise<void> {
  const refunds = refundActivities(input.times);
  try {
    let state = await refunds.callRefund({ refundId: input.refundId });
    for (
      let pauseMs = Math.min(shortestPauseMs, input.times.maxRetryMs);
      state === 'pending';
      pauseMs = Math.min(2 * pauseMs, longestPauseMs)
    ) {
      await sleep(pauseMs, { summary: 'the provider takes its time' });
      state = await refunds.askRefund({ refundId: input.refundId });
    }
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    await shopActivities(input.times).parkRefund({ refundId: input.refundId });
  }
}
