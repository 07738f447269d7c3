import type { Db } from '../db/connection';
import { giveReward, restoreReward, takeReward, type RewardSettings } from '../db/rewards';
import { lockUser } from '../db/requests';
import { lockUserEvents, markUserEventApplied, type UserEvent } from '../db/userEvents';
import type { ItemDone } from './contract';
import type { ActivityDeps } from './deps';
import { loadUser } from './users';

function apply(tx: Db, event: UserEvent, by: RewardSettings): Promise<void> {
  const [rewardId = ''] = event.source.split(':');
  switch (event.kind) {
    case 'reward_due':
      return giveReward(tx, rewardId, by);
    case 'reward_taken_back':
      return takeReward(tx, rewardId, by);
    case 'reward_restored':
      return restoreReward(tx, rewardId, by);
  }
}

/** Applies what other users' doings mean for this one, in the order they came, each once. */
export async function applyUserEvents(deps: ActivityDeps, input: { readonly userId: number }): Promise<ItemDone> {
  const settings = await deps.settings();
  const now = deps.clock.now();
  await deps.db.transaction(async (tx) => {
    await lockUser(tx, input.userId);
    for (const event of await lockUserEvents(tx, input.userId)) {
      await apply(tx, event, { settings, now });
      await markUserEventApplied(tx, event.id, now);
    }
  });
  return { view: await loadUser(deps, input), show: [] };
}
