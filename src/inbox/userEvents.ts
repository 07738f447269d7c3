import type { Clock } from '../clock';
import type { Db } from '../db/connection';
import { takeUsersWithEvents } from '../db/userEvents';
import type { UserSignals } from '../temporal/userSignals';
import { tellAgainMs } from './paymentEvents';

const batch = 50;

export interface UserEventDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly signals: Pick<UserSignals, 'userEventReported'>;
}

/** Tells the workflows of users whose events are due; what is not applied by then is told again after 2 min. Returns how many were told. */
export async function relayUserEvents(deps: UserEventDeps): Promise<number> {
  const users = await takeUsersWithEvents(deps.db, { now: deps.clock.now(), againMs: tellAgainMs, limit: batch });
  for (const userId of users) await deps.signals.userEventReported(userId);
  return users.length;
}
