import { continueAsNew, setCurrentDetails, setHandler, sleep, workflowInfo } from '@temporalio/workflow';
import type { ServerJobSeen } from '../../activities/contract';
import type { TechnicalTimes } from '../../domain/policy';
import { shopActivities } from '../activities';
import { getProgress } from './serverJobMessages';

export interface ServerJobInput {
  readonly v: 1;
  readonly jobId: string;
  readonly times: TechnicalTimes;
}

const longestHistory = 1_000;
const shortestPauseMs = 500;

function describe(seen: ServerJobSeen): string {
  return `**${seen.kind} ${seen.serverId}**: ${seen.total - seen.left} of ${seen.total}, ${seen.waiting} piece(s) of panel work under way`;
}

/** Works off a job on a server, a few keys at a time, until its panel has done everything. Where it stands is in Postgres. */
export async function serverJobWorkflow(input: ServerJobInput): Promise<void> {
  let seen: ServerJobSeen | undefined;
  setHandler(getProgress, () => seen);
  let pauseMs = shortestPauseMs;
  while (workflowInfo().historyLength < longestHistory) {
    const before = seen;
    seen = (await shopActivities(input.times).workServerJob({ jobId: input.jobId })) ?? undefined;
    if (seen === undefined) return;
    setCurrentDetails(describe(seen));
    if (seen.state === 'done') return;
    // A job that a dead panel keeps looks less and less often.
    const stands = before !== undefined && before.left === seen.left && before.waiting === seen.waiting;
    pauseMs = stands ? Math.min(2 * pauseMs, input.times.maxRetryMs) : shortestPauseMs;
    await sleep(pauseMs, { summary: 'next few keys' });
  }
  await continueAsNew<typeof serverJobWorkflow>(input);
}
