import { ActivityFailure } from '@temporalio/workflow';
import type { ForgetAnswered, ItemDone, OperatorAnswered, OrderAnswered } from '../../activities/contract';
import { paymentActivities, shopActivities } from '../activities';
import { settle, type UserRun } from './children';
import type { Wish } from './mailbox';
import type { ForgetResult, OperatorResult, OrderResult } from './messages';

function askShop(run: UserRun, wish: Wish): Promise<OrderAnswered | OperatorAnswered | ForgetAnswered> {
  const shop = shopActivities(run.times);
  const { userId } = run;
  switch (wish.kind) {
    case 'openOrder':
      return shop.createOrder({ userId, ...wish.request });
    case 'cancelOrder':
      return shop.cancelOrder({ userId, ...wish.request });
    case 'payFromBalance':
      return shop.payFromBalance({ userId, ...wish.request });
    case 'forgetMethod':
      return shop.forgetMethod({ userId, ...wish.request });
    case 'submitTransfer':
      return shop.submitTransfer({ userId, ...wish.request });
    case 'decideTransfer':
      return shop.decideTransfer({ userId, ...wish.request });
    case 'refundOrder':
      return shop.refundOrder({ userId, ...wish.request });
    case 'endRefund':
      return shop.endRefund({ userId, ...wish.request });
    case 'correctBalance':
      return shop.correctBalance({ userId, ...wish.request });
    case 'resolveQuarantine':
      return shop.resolveQuarantine({ userId, ...wish.request });
    case 'settleDifference':
      return shop.settleDifference({ userId, ...wish.request });
  }
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
export async function grantWish(run: UserRun, wish: Wish): Promise<OrderResult | OperatorResult | ForgetResult> {
  const answered = await askShop(run, wish);
  const paymentId = 'paymentId' in answered ? answered.paymentId : undefined;
  const failed = paymentId === undefined ? undefined : await invoice(run, paymentId);
  await settle(run, { view: failed?.view ?? answered.view, show: [...new Set([...answered.show, ...(failed?.show ?? [])])] });
  return answered.result;
}
