import { ActivityFailure } from '@temporalio/workflow';
import type { TechnicalTimes } from '../../domain/policy';
import { panelJobActivities } from '../activities';

export interface CheckServersInput {
  readonly v: 1;
  readonly times: TechnicalTimes;
}

/** Asks every panel how it is, all at once and each on its own: one that fails or hangs keeps none of the others. */
export async function checkServersWorkflow(input: CheckServersInput): Promise<Readonly<Record<string, string>>> {
  const panels = panelJobActivities(input.times);
  const states: Record<string, string> = {};
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
