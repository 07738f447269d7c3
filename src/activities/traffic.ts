import { endOverdueDevices } from '../db/deliverExtra';
import { overdueExtras } from '../db/extras';
import { beginMonth, dueForReset, exhaust, usedUp } from '../db/traffic';
import type { ActivityDeps, UserSignals } from './deps';

const mostAtOnce = 200;

type Deps = ActivityDeps & { readonly signals: UserSignals };

/** Shuts what has used up its traffic, as far as this panel counts; its owners are told. Returns how many. */
export async function shutUsedUp(deps: Deps, panelId: string): Promise<number> {
  const { graceMs } = await deps.settings();
  const now = deps.clock.now();
  const subscriptions = await usedUp(deps.db, panelId, now);
  for (const subscriptionId of subscriptions) {
    const userId = await exhaust(deps.db, { subscriptionId, graceMs, now });
    if (userId !== undefined) await deps.signals.resync(userId);
  }
  return subscriptions.length;
}

async function endExtras(deps: Deps, at: { readonly graceMs: number; readonly now: Date }): Promise<number> {
  const subscriptions = await overdueExtras(deps.db, at.now, mostAtOnce);
  for (const subscriptionId of subscriptions) {
    const userId = await endOverdueDevices(deps.db, { subscriptionId, ...at });
    if (userId !== undefined) await deps.signals.resync(userId);
  }
  return subscriptions.length;
}

/** Begins the next month of traffic where it is due, and ends extra devices whose time is over. Returns how many. */
export async function beginTrafficMonths(deps: Deps): Promise<number> {
  const { graceMs } = await deps.settings();
  const now = deps.clock.now();
  const subscriptions = await dueForReset(deps.db, now, mostAtOnce);
  for (const subscriptionId of subscriptions) {
    const userId = await beginMonth(deps.db, { subscriptionId, graceMs, now });
    if (userId !== undefined) await deps.signals.resync(userId);
  }
  return subscriptions.length + (await endExtras(deps, { graceMs, now }));
}
