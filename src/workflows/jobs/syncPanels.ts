import { ActivityFailure } from '@temporalio/workflow';
import type { TechnicalTimes } from '../../domain/policy';
import { panelJobActivities, shopActivities } from '../activities';

export interface SyncPanelsInput {
  readonly v: 1;
  readonly times: TechnicalTimes;
}

/** Compares every panel with what was paid for, each on its own; what failed is said at the end, after all others. */
export async function syncPanelsWorkflow(input: SyncPanelsInput): Promise<number> {
  const panels = panelJobActivities(input.times);
  await shopActivities(input.times).beginTrafficMonths();
  const failures: ActivityFailure[] = [];
  let synced = 0;
  await Promise.all(
    (await panels.listPanelIds()).map(async (panelId) => {
      try {
        await panels.syncPanel({ panelId });
        synced += 1;
      } catch (error) {
        if (!(error instanceof ActivityFailure)) throw error;
        failures.push(error);
      }
    }),
  );
  const first = failures[0];
  if (first !== undefined) throw first;
  return synced;
}
