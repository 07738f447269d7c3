import type { TechnicalTimes } from '../domain/policy';
import { telegramActivities } from './activities';

export interface ShowOrderInput {
  readonly v: 1;
  readonly orderId: string;
  readonly times: TechnicalTimes;
}

/** Brings an order's message up to date, however long Telegram takes. */
export async function showOrderWorkflow(input: ShowOrderInput): Promise<void> {
  await telegramActivities(input.times).showOrder({ orderId: input.orderId });
}
