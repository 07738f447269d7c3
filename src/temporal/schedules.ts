import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import { defaultTechnicalTimes, type TechnicalTimes } from '../domain/policy';
import { queues } from '../workflows/queues';

export interface JobPace {
  /** Pause of the asking job when nothing was due, in milliseconds. */
  readonly askMs: number;
  readonly reconcileMs: number;
  readonly sweepMs: number;
  /** Rates and reminders of operators. */
  readonly upkeepMs: number;
  /** Health of panels. */
  readonly checkMs: number;
  /** Comparing panels with what was paid for. */
  readonly syncMs: number;
}

export const defaultJobPace: JobPace = {
  askMs: 2_000,
  reconcileMs: 3_600_000,
  sweepMs: 3_600_000,
  upkeepMs: 300_000,
  checkMs: 60_000,
  syncMs: 900_000,
};

const minuteMs = 60_000;
const dayMs = 86_400_000;

interface Job {
  readonly id: string;
  readonly everyMs: number;
  readonly workflowType: string;
  readonly input: Readonly<Record<string, unknown>>;
}

function jobs(pace: JobPace, times: TechnicalTimes): readonly Job[] {
  return [
    {
      id: 'ask-providers',
      everyMs: Math.min(minuteMs, pace.reconcileMs),
      workflowType: 'askProvidersWorkflow',
      input: { v: 1, times, paceMs: pace.askMs },
    },
    {
      id: 'reconcile-payments',
      everyMs: pace.reconcileMs,
      workflowType: 'reconcilePaymentsWorkflow',
      input: { v: 1, times, sinceMs: 3 * dayMs },
    },
    { id: 'sweep-users', everyMs: pace.sweepMs, workflowType: 'sweepUsersWorkflow', input: { v: 1, times } },
    { id: 'check-servers', everyMs: pace.checkMs, workflowType: 'checkServersWorkflow', input: { v: 1, times } },
    { id: 'sync-panels', everyMs: pace.syncMs, workflowType: 'syncPanelsWorkflow', input: { v: 1, times } },
    { id: 'upkeep', everyMs: pace.upkeepMs, workflowType: 'upkeepWorkflow', input: { v: 1, times } },
    { id: 'retention', everyMs: dayMs, workflowType: 'retentionWorkflow', input: { v: 1, times } },
  ];
}

/** Ids of all schedules of a shop. */
export const scheduleIds: readonly string[] = jobs(defaultJobPace, defaultTechnicalTimes).map((job) => job.id);

function optionsFor(job: Job): ScheduleOptions {
  return {
    scheduleId: job.id,
    spec: { intervals: [{ every: job.everyMs }] },
    action: { type: 'startWorkflow', workflowType: job.workflowType, workflowId: job.id, taskQueue: queues.shop, args: [job.input] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: 10 * minuteMs },
    state: { triggerImmediately: true },
  };
}

/** Makes every schedule as it should be: created, or brought up to date where it exists. */
export async function ensureSchedules(client: Client, pace: JobPace, times: TechnicalTimes): Promise<void> {
  for (const job of jobs(pace, times)) {
    const options = optionsFor(job);
    try {
      await client.schedule.create(options);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await client.schedule
        .getHandle(job.id)
        .update((known) => ({ ...known, spec: options.spec, action: { ...options.action, args: [job.input] } }));
    }
  }
}
