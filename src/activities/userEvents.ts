import type { Db } from '../db/connection';
import { extendUser } from '../db/extensions';
import { endGift, resumeGift, tellGiver } from '../db/gifts';
import { giveReward, restoreReward, takeReward, type RewardSettings } from '../db/rewards';
import { lockUser } from '../db/requests';
import { lockUserEvents, markUserEventApplied, type UserEvent } from '../db/userEvents';
import type { ItemDone } from './contract';
import type { ActivityDeps } from './deps';
import { loadUser } from './users';

function apply(tx: Db, event: UserEvent & { readonly userId: number }, by: RewardSettings): Promise<void> {
  const [id = '', step = ''] = event.source.split(':');
  switch (event.kind) {
    case 'reward_due':
      return giveReward(tx, id, by);
    case 'reward_taken_back':
      return takeReward(tx, id, by);
    case 'reward_restored':
      return restoreReward(tx, id, by);
    case 'extended':
      return extendUser(tx, event.userId, { ...by, extensionId: id });
    case 'gift_taken':
      return tellGiver(tx, event.userId, id);
    case 'gift_taken_back':
      return endGift(tx, event.userId, { ...by, orderId: id, step });
    case 'gift_restored':
      return resumeGift(tx, { ...by, orderId: id, step });
  }
}

/** Applies what other users' doings mean for this one, in the order they came, each once. */
export async function applyUserEvents(deps: ActivityDeps, input: { readonly userId: number }): Promise<ItemDone> {
  const settings = await deps.settings();
  const now = deps.clock.now();
  await deps.db.transaction(async (tx) => {
    await lockUser(tx, input.userId);
    for (const event of await lockUserEvents(tx, input.userId)) {
      await apply(tx, { ...event, userId: input.userId }, { settings, now });
      await markUserEventApplied(tx, event.id, now);
    }
  });
  return { view: await loadUser(deps, input), show: [] };
}
