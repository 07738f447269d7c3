import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ActivityFailure, ParentClosePolicy, startChild } from '@temporalio/workflow';
import type { TechnicalTimes } from '../../domain/policy';
import { panelJobActivities, shopActivities } from '../activities';
import { serverJobWorkflow } from './serverJob';
import { serverJobWorkflowId } from './serverJobMessages';

export interface CheckServersInput {
  readonly v: 1;
  readonly times: TechnicalTimes;
}

/** Starts every job on a server that does not run: one that was only written down, or that a lost Temporal database forgot. */
async function startServerJobs(times: TechnicalTimes): Promise<void> {
  for (const jobId of await shopActivities(times).listServerJobs()) {
    try {
      await startChild(serverJobWorkflow, {
        workflowId: serverJobWorkflowId(jobId),
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        args: [{ v: 1, jobId, times }],
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}

/** Asks every panel how it is, all at once and each on its own: one that fails or hangs keeps none of the others. */
export async function checkServersWorkflow(input: CheckServersInput): Promise<Readonly<Record<string, string>>> {
  const panels = panelJobActivities(input.times);
  const states: Record<string, string> = {};
  await startServerJobs(input.times);
  await Promise.all(
    (await panels.listPanelIds()).map(async (panelId) => {
      try {
        states[panelId] = await panels.checkPanel({ panelId });
      } catch (error) {
        if (!(error instanceof ActivityFailure)) throw error;
        states[panelId] = 'failed';
      }
    }),
  );
  return states;
}
