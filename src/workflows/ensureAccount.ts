import { condition, sleep } from '@temporalio/workflow';
import type { EnsureOutcome } from '../activities/contract';
import type { Policy, TechnicalTimes } from '../domain/policy';
import { panelActivities, shopActivities, telegramActivities } from './activities';

export interface EnsureAccountInput {
  readonly v: 1;
  readonly userId: number;
  readonly operationId: string;
  readonly times: TechnicalTimes;
  readonly policy: Policy;
}

async function ensureWithPatience(input: EnsureAccountInput): Promise<EnsureOutcome> {
  let ended = false;
  const work = panelActivities(input.times)
    .ensureAccount({ operationId: input.operationId, look: 'first' })
    .finally(() => {
      ended = true;
    });
  if (!(await condition(() => ended, input.policy.patienceMs))) {
    const told = telegramActivities(input.times).tellDelay({ operationId: input.operationId });
    const [outcome] = await Promise.all([work, told]);
    return outcome;
  }
  return work;
}

/**
 * One piece of panel work: makes the panel equal to the desired state however long that takes, sends the link, reports to the user's
 * workflow, and looks once more after the panel's own job, which may have undone the write.
 */
export async function ensureAccountWorkflow(input: EnsureAccountInput): Promise<void> {
  const { outcome, orderId } = await ensureWithPatience(input);
  const report = shopActivities(input.times).reportOperation({ userId: input.userId, operationId: input.operationId });
  const announce = outcome === 'done' && orderId !== undefined ? telegramActivities(input.times).announceReady({ orderId }) : undefined;
  await Promise.all([report, announce]);
  if (outcome !== 'done') return;
  await sleep(input.policy.secondLookMs, { summary: 'second look at the panel' });
  await panelActivities(input.times).ensureAccount({ operationId: input.operationId, look: 'second' });
}
