import { ActivityFailure } from '@temporalio/workflow';
import type { Answered, ItemDone, WishActivities } from '../../activities/contract';
import { paymentActivities, shopActivities } from '../activities';
import { settle, type UserRun } from './children';
import type { Wish } from './mailbox';
import type { RequestOf, ResultOf, WishName } from './messages/wishes';

function askByName<Name extends keyof WishActivities>(
  run: UserRun,
  kind: Name,
  request: RequestOf<Name>,
): Promise<Answered<ResultOf<Name>>> {
  const shop: WishActivities = shopActivities(run.times);
  return shop[kind]({ userId: run.userId, ...request });
}

function askShop(run: UserRun, wish: Wish): Promise<Answered<ResultOf<WishName>>> {
  // Histories know the activity of this one wish by another name.
  if (wish.kind === 'openOrder') return shopActivities(run.times).createOrder({ userId: run.userId, ...wish.request });
  return askByName(run, wish.kind, wish.request);
}

async function invoice(run: UserRun, paymentId: string): Promise<ItemDone | undefined> {
  try {
    await paymentActivities(run.times).createInvoice({ paymentId });
    return undefined;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return shopActivities(run.times).failInvoice({ userId: run.userId, paymentId });
  }
}

/** Does what a caller asked for, with an invoice where one is needed, and gives the answer. */
export async function grantWish(run: UserRun, wish: Wish): Promise<ResultOf<WishName>> {
  const answered = await askShop(run, wish);
  const { paymentId } = answered;
  const failed = paymentId === undefined ? undefined : await invoice(run, paymentId);
  await settle(run, { view: failed?.view ?? answered.view, show: [...new Set([...answered.show, ...(failed?.show ?? [])])] });
  return answered.result;
}
