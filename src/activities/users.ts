import { loadUserView } from '../db/userView';
import { shopDay } from '../domain/shop';
import type { UserView } from '../domain/user';
import type { ActivityDeps } from './deps';

/** The user's view as the facts say now. */
export async function loadUser(deps: ActivityDeps, input: { readonly userId: number }): Promise<UserView> {
  const settings = await deps.settings();
  return loadUserView(deps.db, {
    userId: input.userId,
    policy: deps.policy,
    graceMs: settings.graceMs,
    day: shopDay(settings),
    now: deps.clock.now(),
  });
}
