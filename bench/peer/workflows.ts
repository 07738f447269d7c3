import { proxyActivities } from '@temporalio/workflow';

const { call } = proxyActivities<{ call(url: string): Promise<void> }>({ startToCloseTimeout: 10_000 });

/** As many activities as a purchase has, each one call to the sandbox, and nothing else. */
export async function peerWorkflow(url: string, activities: number): Promise<void> {
  for (let index = 0; index < activities; index += 1) await call(url);
}
