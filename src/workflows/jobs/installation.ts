import { condition } from '@temporalio/workflow';

/** A marker: while it runs, this Temporal database is the one that knows this installation's users. It waits for ever and does nothing. */
export async function installationWorkflow(): Promise<void> {
  await condition(() => false);
}
