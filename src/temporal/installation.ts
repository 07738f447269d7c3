import { setTimeout as wait } from 'node:timers/promises';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { installationWorkflow } from '../workflows/index';
import { queues } from '../workflows/queues';
import type { UserSignals } from './userSignals';

export interface RebuildDeps {
  readonly client: Client;
  readonly installationId: string;
  readonly signals: Pick<UserSignals, 'resync'>;
  /** Users with something open or live, ascending, after `afterId`. */
  readonly usersWithWork: (afterId: number, limit: number) => Promise<readonly number[]>;
  /** Pause between two users, in milliseconds. */
  readonly paceMs: number;
  readonly log: { warn(fields: object, message: string): void };
}

const page = 100;

function markerId(installationId: string): string {
  return `installation-${installationId}`;
}

/** Whether Temporal has the installation's marker; where it is missing, Temporal's database was lost, or is new. */
export async function isMarked(deps: Pick<RebuildDeps, 'client' | 'installationId'>): Promise<boolean> {
  try {
    const { status } = await deps.client.workflow.getHandle(markerId(deps.installationId)).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function mark(deps: RebuildDeps): Promise<void> {
  try {
    await deps.client.workflow.start<typeof installationWorkflow>('installationWorkflow', {
      workflowId: markerId(deps.installationId),
      taskQueue: queues.shop,
      args: [],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Tells every user with something open or live to look at the facts, a few per second, and sets the marker when all were told. */
export async function rebuild(deps: RebuildDeps): Promise<void> {
  let told = 0;
  let afterId = 0;
  for (;;) {
    const users = await deps.usersWithWork(afterId, page);
    for (const userId of users) {
      await deps.signals.resync(userId);
      told += 1;
      await wait(deps.paceMs);
    }
    const last = users.at(-1);
    if (last === undefined) break;
    afterId = last;
  }
  await mark(deps);
  if (told > 0) deps.log.warn({ users: told }, 'Temporal had lost its database; the users were rebuilt from Postgres');
}
