import { defineQuery } from '@temporalio/workflow';
import type { ServerJobSeen } from '../../activities/contract';

export const getProgress = defineQuery<ServerJobSeen | undefined>('getProgress');

/** Workflow id of one job on a server: it runs once, whoever starts it. */
export function serverJobWorkflowId(jobId: string): string {
  return `server-${jobId}`;
}
